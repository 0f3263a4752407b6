/*
 * SPDX-License-Identifier: Apache-2.0
 * The doctor's judgement: facts in, findings out. Pure but for the last section, so
 * that every rule is tested without network, files and clusters.
 */
#ifndef CLI_DOCTOR_JUDGE_H
#define CLI_DOCTOR_JUDGE_H

#include <sys/types.h>

#include "cli/doctor.h"
#include "cli/doctor_rest.h"
#include "cli/doctor_snmpd.h"
#include "ecx/clpconf.h"
#include "set/settings.h"

/* --- facts -------------------------------------------------------------------------
 */

struct doctor_clpconf {
	const char *file;
	size_t cluster; /* whose it is; SIZE_MAX: of none that we know */
	struct clpconf *conf; /* NULL: *cause says why */
	char *cause;
	bool other; /* given for this cluster, and not its file: *cause says why */
};

struct doctor_clpconfs {
	struct doctor_clpconf *list;
	size_t n;
};

enum doctor_unit { UNIT_UNKNOWN, UNIT_NO, UNIT_YES };

struct doctor_node { /* one file, directory or socket */
	const char *path;
	int error; /* errno of stat, 0: it is there */
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct doctor_host {
	struct doctor_node socket, socket_dir, state, state_file;
	bool socket_is_path;
	bool user_known;
	uid_t uid; /* of the daemon's user */
	char *user;
	gid_t *groups; /* that user's */
	size_t ngroups;
	uint64_t free_bytes, free_inodes; /* where the state is; UINT64_MAX: not known
	                                   */
	char *socket_group; /* name of the socket's group */
	enum doctor_unit active, enabled; /* clustersetd.service */
	bool joined; /* clustersetd has reached the socket, whatever it looks like */
};

/* --- whose group is it ------------------------------------------------------------ */

struct doctor_site {
	const char *vm;
	enum cs_vm_kind kind;
	const struct vm_settings *settings; /* NULL: of a pattern */
	const struct site_settings *site; /* likewise */
};

/* The VM that a group of a cluster is a site of. */
bool doctor_site_of(const struct settings *s, size_t cluster, const char *group,
    struct doctor_site *out);
/* The readable clp.conf that was given for the cluster and is its own, or NULL. */
const struct clpconf *doctor_clpconf_of(
    const struct doctor_clpconfs *all, size_t cluster);

/* --- judges ------------------------------------------------------------------------
 */

/* `warnings`: what the reader of the file said, a line each, or NULL. */
void doctor_judge_config(struct doctor_report *r, const struct settings *s,
    const char *warnings, const struct doctor_clpconfs *clp);
/* Its part about loads and policies. */
void doctor_judge_policies(struct doctor_report *r, const struct settings *s);
/* `now`: seconds since 1970. */
void doctor_judge_endpoints(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, int64_t now);
void doctor_judge_clusters(
    struct doctor_report *r, const struct settings *s, const struct doctor_rest *rest);
void doctor_judge_vms(struct doctor_report *r, const struct settings *s,
    const struct doctor_rest *rest, const struct doctor_clpconfs *clp);
void doctor_judge_clpconfs(struct doctor_report *r, const struct settings *s,
    const struct doctor_clpconfs *clp);
/* `s` NULL: not known. `root`: of the MIB. `joined`: clustersetd answers through snmpd,
 * which can have been told so on its command line, too, or have another file. */
void doctor_judge_snmpd(struct doctor_report *r, const struct settings *s,
    const struct snmpd_conf *conf, const char *root, bool joined);
void doctor_judge_host(struct doctor_report *r, const struct doctor_host *host);

/* The view that tells most of a cluster, or NULL. */
const struct obs_view *doctor_view_of(const struct doctor_rest *rest, size_t cluster);

/* --- gathering ---------------------------------------------------------------------
 */

void doctor_host_gather(const struct settings *s, struct doctor_host *out);
void doctor_host_clear(struct doctor_host *host);
/* Adds a clp.conf; `cluster` NULL: the only one that is called as the file says, else
 * the only one whose servers are in it. `rest` NULL: nobody was asked for names. */
void doctor_clpconf_add(struct doctor_clpconfs *all, const struct settings *s,
    const struct doctor_rest *rest, const char *cluster, const char *file);
void doctor_clpconfs_clear(struct doctor_clpconfs *all);

#endif
