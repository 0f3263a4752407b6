/*
 * SPDX-License-Identifier: Apache-2.0
 * snmpd's configuration files, line by line. See doctor_snmpd.h.
 */
#include "cli/doctor_snmpd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cli/doctor_snmpd_int.h"

enum {
	SECONDS_MAX = 1000000,
	DEPTH_MAX = 8,
	FILES_MAX = 256,
	LINE_BYTES_MAX = 8192,
	WORDS_MAX = 16
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const usual[] = { "/etc/snmp/snmpd.conf",
	"/etc/snmp/snmpd.local.conf", "/usr/share/snmp/snmpd.conf",
	"/usr/local/share/snmp/snmpd.conf", "/var/lib/snmp/snmpd.conf" };

static void read_file(struct snmpd_conf *c, const char *path, unsigned depth);

/* --- words ------------------------------------------------------------------------ */

bool
snmpd_oid_parse(const char *text, struct snmpd_oid *oid)
{
	static const struct {
		const char *name, *oid;
	} known[] = { { "iso", "1" }, { "internet", "1.3.6.1" },
		{ "mib-2", "1.3.6.1.2.1" }, { "system", "1.3.6.1.2.1.1" },
		{ "enterprises", "1.3.6.1.4.1" } };
	unsigned long id;
	char *end;
	size_t i;

	if (*text == '.')
		text++;
	for (i = 0; i < COUNT(known); i++)
		if (strcmp(text, known[i].name) == 0)
			text = known[i].oid;
	oid->n = 0;
	while (isdigit((unsigned char)*text) && oid->n < SNMPD_OID_MAX) {
		id = strtoul(text, &end, 10);
		if (id > UINT32_MAX)
			return false;
		oid->id[oid->n++] = (uint32_t)id;
		if (*end == '\0')
			return true;
		if (*end != '.')
			return false;
		text = end + 1;
	}
	return false;
}

/* The next word, quotes taken off; NULL at the end. Changes the line. */
static char *
next_word(char **at)
{
	char *s = *at, *word, quote = '\0';

	while (*s == ' ' || *s == '\t')
		s++;
	if (*s == '\0')
		return NULL;
	if (*s == '"' || *s == '\'')
		quote = *s++;
	word = s;
	while (*s != '\0' && (quote != '\0' ? *s != quote : *s != ' ' && *s != '\t'))
		s++;
	if (*s != '\0')
		*s++ = '\0';
	*at = s;
	return word;
}

/* Net-SNMP's times: seconds, or with s, m, h, d, w behind. -1: none. */
static long
seconds(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || n < 0)
		return -1;
	if (n > SECONDS_MAX)
		n = SECONDS_MAX;
	switch (tolower((unsigned char)*end)) {
	case 'w':
		return n * 604800;
	case 'd':
		return n * 86400;
	case 'h':
		return n * 3600;
	case 'm':
		return n * 60;
	default:
		return n;
	}
}

/* --- single lines ----------------------------------------------------------------- */

static bool
is_local(const char *host)
{
	return strncasecmp(host, "127.", 4) == 0 ||
	    strcasecmp(host, "localhost") == 0 ||
	    strncmp(host, "localhost:", 10) == 0 || strncmp(host, "::1", 3) == 0 ||
	    strncmp(host, "[::1]", 5) == 0;
}

/* One of agentAddress: does it listen to other hosts? */
static bool
is_beyond(const char *address)
{
	static const char *const nets[] = { "udp:", "udp6:", "tcp:", "tcp6:", "udpv6:",
		"udpipv6:", "tcpv6:", "tlstcp:", "dtlsudp:", "ssh:" };
	size_t i;

	if (strncasecmp(address, "unix:", 5) == 0 || address[0] == '/')
		return false;
	for (i = 0; i < COUNT(nets); i++)
		if (strncasecmp(address, nets[i], strlen(nets[i])) == 0)
			return !is_local(address + strlen(nets[i]));
	return !is_local(address);
}

static void
take_address(struct snmpd_conf *c, char *text)
{
	char *one, *rest = text;

	free(c->address);
	c->address = xstrdup(text);
	c->address_said = true;
	c->beyond = false;
	while ((one = strsep(&rest, ", \t")) != NULL)
		if (*one != '\0' && is_beyond(one))
			c->beyond = true;
}

static void
take_view(struct snmpd_conf *c, char *const *w, size_t n)
{
	struct snmpd_view *v;
	const char *s;
	char octet[3] = "";

	if (n < 4)
		return;
	c->views = xreallocarray(c->views, c->nviews + 1, sizeof(*c->views));
	v = &c->views[c->nviews++];
	memset(v, 0, sizeof(*v));
	v->name = xstrdup(w[1]);
	v->included = strncasecmp(w[2], "incl", 4) == 0;
	v->known = snmpd_oid_parse(w[3], &v->oid);
	for (s = n > 4 ? w[4] : ""; *s != '\0' && v->nmask < sizeof(v->mask); s++) {
		if (!isxdigit((unsigned char)s[0]))
			continue;
		octet[0] = s[0];
		octet[1] = isxdigit((unsigned char)s[1]) ? *++s : '\0';
		v->mask[v->nmask++] = (uint8_t)strtoul(octet, NULL, 16);
	}
}

/* trapsess, informsink ...: counted by what they are. */
static void
take_trap(struct snmpd_conf *c, char *const *w, size_t n)
{
	size_t i;
	bool inform = strcasecmp(w[0], "informsink") == 0;

	if (n < 2)
		return;
	for (i = 1; strcasecmp(w[0], "trapsess") == 0 && i < n; i++)
		if (strncmp(w[i], "-C", 2) == 0 &&
		    strchr(w[i][2] == '\0' && i + 1 < n ? w[i + 1] : w[i] + 2, 'i') !=
		        NULL)
			inform = true;
	if (inform)
		c->informs++;
	else
		c->traps++;
}

static void
take_include(
    struct snmpd_conf *c, const char *from, const char *what, bool dir, unsigned depth)
{
	const char *slash = strrchr(from, '/');
	struct dirent **list;
	char *path, *file;
	size_t len;
	int i, n;

	if (what[0] == '/' || slash == NULL)
		path = xstrdup(what);
	else
		path = xasprintf("%.*s/%s", (int)(slash - from), from, what);
	if (!dir) {
		read_file(c, path, depth + 1);
		free(path);
		return;
	}
	n = scandir(path, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		len = strlen(list[i]->d_name);
		if (len > 5 && strcmp(list[i]->d_name + len - 5, ".conf") == 0) {
			file = xasprintf("%s/%s", path, list[i]->d_name);
			read_file(c, file, depth + 1);
			free(file);
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	free(path);
}

static void
take_line(
    struct snmpd_conf *c, char *line, const char *file, unsigned number, unsigned depth)
{
	char *w[WORDS_MAX], *at = line, *key = next_word(&at), *rest = at;
	size_t n = 1;

	if (key == NULL || key[0] == '#')
		return;
	if (strcasecmp(key, "agentaddress") == 0) {
		take_address(c, rest + strspn(rest, " \t"));
		return;
	}
	w[0] = key;
	while (n < WORDS_MAX && (w[n] = next_word(&at)) != NULL)
		n++;
	if (strcasecmp(key, "view") == 0)
		take_view(c, w, n);
	else if (strncasecmp(key, "trap", 4) == 0 ||
	    strcasecmp(key, "informsink") == 0) {
		if (strcasecmp(key, "trapsink") == 0 ||
		    strcasecmp(key, "trap2sink") == 0 ||
		    strcasecmp(key, "trapsess") == 0 ||
		    strcasecmp(key, "informsink") == 0)
			take_trap(c, w, n);
	} else if (n >= 2 && strcasecmp(key, "includeDir") == 0)
		take_include(c, file, w[1], true, depth);
	else if (n >= 2 && strcasecmp(key, "includeFile") == 0)
		take_include(c, file, w[1], false, depth);
	else if (n >= 2 && strcasecmp(key, "master") == 0)
		c->master = strcasecmp(w[1], "off") != 0 && strcasecmp(w[1], "no") != 0;
	else if (n >= 2 && strcasecmp(key, "agentXSocket") == 0) {
		free(c->socket);
		c->socket = xstrdup(w[1]);
	} else if (n >= 2 && strcasecmp(key, "agentXTimeout") == 0)
		c->timeout = seconds(w[1]);
	else if (n >= 2 && strcasecmp(key, "agentXRetries") == 0)
		c->retries = strtol(w[1], NULL, 10);
	else if (n >= 2 && strcasecmp(key, "agentXPerms") == 0)
		c->perms = true;
	else
		snmpd_take_right(c, w, n, file, number);
}

static void
read_file(struct snmpd_conf *c, const char *path, unsigned depth)
{
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	ssize_t len;
	FILE *f;

	if (depth > DEPTH_MAX || c->nfiles >= FILES_MAX)
		return;
	f = fopen(path, "re");
	if (f == NULL) {
		if (errno != ENOENT && c->cause == NULL)
			cause_set(&c->cause, "%s: %s", path, strerror(errno));
		return;
	}
	c->nfiles++;
	while ((len = getline(&line, &size, f)) > 0) {
		number++;
		if (len > LINE_BYTES_MAX)
			continue;
		while (len > 0 && strchr("\r\n", line[len - 1]) != NULL)
			line[--len] = '\0';
		take_line(c, line, path, number, depth);
	}
	free(line);
	fclose(f);
}

void
snmpd_conf_read(const char *file, struct snmpd_conf *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	out->timeout = out->retries = -1;
	out->beyond = true; /* without agentAddress: everywhere */
	out->named = file != NULL;
	out->file = xstrdup(file != NULL ? file : usual[0]);
	if (file != NULL)
		read_file(out, file, 0);
	else
		for (i = 0; i < COUNT(usual); i++)
			read_file(out, usual[i], 0);
	snmpd_join_rights(out);
	out->read = out->nfiles > 0;
	if (!out->read && out->cause == NULL)
		cause_set(&out->cause, "%s: %s", out->file, strerror(ENOENT));
}

static void
scope_clear(struct snmpd_scope *s)
{
	free(s->view);
}

void
snmpd_conf_clear(struct snmpd_conf *c)
{
	size_t i;

	for (i = 0; i < c->nviews; i++)
		free(c->views[i].name);
	for (i = 0; i < c->nrights; i++) {
		free(c->rights[i].name);
		free(c->rights[i].file);
		scope_clear(&c->rights[i].read);
		scope_clear(&c->rights[i].write);
	}
	free(c->views);
	free(c->rights);
	free(c->file);
	free(c->cause);
	free(c->socket);
	free(c->address);
	memset(c, 0, sizeof(*c));
}
