/*
 * SPDX-License-Identifier: Apache-2.0
 * The doctor's round: the configuration and all that it leads to, and snmpd's. See
 * doctor_judge.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/doctor_judge.h"
#include "configfile/configfile.h"

/* A line of the reader's complaint each. */
static void
config_wrong(struct doctor_report *r, const char *file, const char *cause)
{
	const char *line = cause, *end, *denied = strerror(EACCES);

	for (; *line != '\0'; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		if (end == line)
			continue;
		doctor_find(r, DOC_CONFIG_WRONG, file, "%.*s", (int)(end - line), line);
		/* the daemon may well read it */
		if (memmem(line, (size_t)(end - line), denied, strlen(denied)) != NULL)
			doctor_remedy(r,
			    "run the doctor as root or as clustersetd's "
			    "user, who may read it");
	}
}

static struct settings *
load(struct doctor_report *r, const char *file, char **warnings)
{
	struct settings *s;
	char *cause = NULL;

	if (access(file, F_OK) != 0 && errno == ENOENT) {
		doctor_find(
		    r, DOC_CONFIG_MISSING, file, "%s: %s", file, strerror(ENOENT));
		return NULL;
	}
	s = configfile_load(file, &cause, warnings);
	if (s == NULL)
		config_wrong(r, file, cause == NULL ? "" : cause);
	free(cause);
	return s;
}

/* [CLUSTER=]FILE; a FILE with "=" in it is taken whole when it exists. */
static void
add_clpconf(struct doctor_clpconfs *clp, const struct settings *s,
    const struct doctor_rest *rest, char **copy, const char *given)
{
	char *equals;

	*copy = xstrdup(given);
	equals = strchr(*copy, '=');
	if (equals == NULL || access(given, F_OK) == 0) {
		doctor_clpconf_add(clp, s, rest, NULL, *copy);
		return;
	}
	*equals = '\0';
	doctor_clpconf_add(clp, s, rest, *copy, equals + 1);
}

/* All that the configuration leads to. */
static void
examine(struct doctor_report *r, const struct doctor_wish *wish,
    const struct settings *s, const char *warnings)
{
	char **copies = xcalloc(wish->nclp + 1, sizeof(*copies));
	struct doctor_clpconfs clp = { 0 };
	struct doctor_rest rest = { 0 };
	struct doctor_host host;
	size_t i;

	/* first of all: what the clusters call themselves tells whose a clp.conf is */
	if (wish->endpoints)
		doctor_rest_gather(s, wish->post, &rest);
	for (i = 0; i < wish->nclp; i++)
		add_clpconf(&clp, s, &rest, &copies[i], wish->clp[i]);
	doctor_judge_config(r, s, warnings, &clp);
	if (wish->endpoints) {
		doctor_judge_endpoints(r, s, &rest, (int64_t)time(NULL));
		doctor_judge_clusters(r, s, &rest);
		doctor_judge_vms(r, s, &rest, &clp);
		doctor_rest_clear(&rest);
	}
	doctor_judge_clpconfs(r, s, &clp);
	doctor_host_gather(s, &host);
	host.joined = wish->joined;
	doctor_judge_host(r, &host);
	doctor_host_clear(&host);
	doctor_clpconfs_clear(&clp);
	for (i = 0; i < wish->nclp; i++)
		free(copies[i]);
	free(copies);
}

bool
doctor_examine(struct doctor_report *r, const struct doctor_wish *wish)
{
	struct snmpd_conf snmpd;
	struct settings *s;
	char *warnings = NULL;
	bool loaded;

	s = load(r, wish->config, &warnings);
	loaded = s != NULL;
	if (loaded)
		examine(r, wish, s, warnings);
	snmpd_conf_read(wish->snmpd_conf, &snmpd);
	doctor_judge_snmpd(r, s, &snmpd, wish->root, wish->joined);
	snmpd_conf_clear(&snmpd);
	settings_free(s);
	free(warnings);
	return loaded;
}
