/*
 * SPDX-License-Identifier: Apache-2.0
 * --generate: big sets without a file. See config.h and README.md.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/ecxsim/config.h"

struct spec {
	long clusters, servers, groups, port, start_ms, stop_ms, keepalive_ms;
	char base[64], scheme[16], user[64], password[64], release[16], tls_dir[256];
	char control[80];
	bool pairs;
};

static int
spec_set(struct spec *s, const char *key, const char *value, char **cause)
{
	struct {
		const char *key;
		long *n, min, max;
		char *text;
		size_t size;
	} rows[] = {
		{ "clusters", &s->clusters, 1, 100000, NULL, 0 },
		{ "servers", &s->servers, 1, SERVERS_MAX, NULL, 0 },
		{ "groups", &s->groups, 0, 10000, NULL, 0 },
		{ "port", &s->port, 0, 65535, NULL, 0 },
		{ "start_ms", &s->start_ms, 0, 86400000, NULL, 0 },
		{ "stop_ms", &s->stop_ms, 0, 86400000, NULL, 0 },
		{ "keepalive_ms", &s->keepalive_ms, 1, 86400000, NULL, 0 },
		{ "base", NULL, 0, 0, s->base, sizeof(s->base) },
		{ "scheme", NULL, 0, 0, s->scheme, sizeof(s->scheme) },
		{ "user", NULL, 0, 0, s->user, sizeof(s->user) },
		{ "password", NULL, 0, 0, s->password, sizeof(s->password) },
		{ "release", NULL, 0, 0, s->release, sizeof(s->release) },
		{ "tls_dir", NULL, 0, 0, s->tls_dir, sizeof(s->tls_dir) },
		{ "control", NULL, 0, 0, s->control, sizeof(s->control) },
	};
	char *end;

	if (strcmp(key, "pairs") == 0) {
		s->pairs = strcmp(value, "yes") == 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].key, key) != 0)
			continue;
		if (rows[i].text != NULL) {
			if (strlen(value) >= rows[i].size)
				return cause_set(
				    cause, "--generate: %s is too long", key);
			memcpy(rows[i].text, value, strlen(value) + 1);
			return 0;
		}
		*rows[i].n = strtol(value, &end, 10);
		if (*end != '\0' || end == value || *rows[i].n < rows[i].min ||
		    *rows[i].n > rows[i].max)
			return cause_set(cause, "--generate: %s=%s: from %ld to %ld",
			    key, value, rows[i].min, rows[i].max);
		return 0;
	}
	return cause_set(cause, "--generate: unknown key '%s'", key);
}

static json_t *
one_group(const struct spec *s, long c, long g)
{
	/* in a pair both clusters know the same VMs; the even one runs them */
	long home = s->pairs ? c - c % 2 : c;
	char *vm = xasprintf("vm%ld-%ld", home, g),
	     *lun = xasprintf("lun%ld-%ld", home, g);
	json_t *disk, *script, *grp;

	disk = json_pack("{s:o, s:s, s:s}", "name", json_sprintf("sd-%s", vm), "type",
	    "sd", "lun", lun);
	script = json_pack("{s:o, s:s, s:[o]}", "name", json_sprintf("script-%s", vm),
	    "type", "script", "depends", json_sprintf("sd-%s", vm));
	grp = json_pack("{s:o, s:s, s:b, s:I, s:I, s:[o,o], s:[]}", "name",
	    json_sprintf("failover-%s", vm), "vm", vm, "autostart", home == c,
	    "start_ms", (json_int_t)s->start_ms, "stop_ms", (json_int_t)s->stop_ms,
	    "resources", disk, script, "servers");
	for (long i = 0; i < s->servers; i++) /* spread over the servers */
		json_array_append_new(json_object_get(grp, "servers"),
		    json_sprintf("c%ld-s%ld", c, (g + i) % s->servers + 1));
	free(vm);
	free(lun);
	return grp;
}

static json_t *
one_cluster(const struct spec *s, long c, uint32_t *address)
{
	json_t *j = json_pack("{s:o, s:s, s:[], s:[{s:s,s:s,s:s}], s:[], s:[]}", "name",
	    json_sprintf("cluster%ld", c), "release", s->release, "servers", "accounts",
	    "user", s->user, "password", s->password, "rights", "operation", "groups",
	    "monitors");

	for (long i = 1; i <= s->servers; i++) {
		struct in_addr in = { .s_addr = htonl((*address)++) };
		char text[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &in, text, sizeof(text));
		json_array_append_new(json_object_get(j, "servers"),
		    json_pack("{s:o, s:o, s:s}", "name",
		        json_sprintf("c%ld-s%ld", c, i), "listen",
		        json_sprintf("%s:%ld", text, s->port), "scheme", s->scheme));
	}
	for (long g = 0; g < s->groups; g++)
		json_array_append_new(json_object_get(j, "groups"), one_group(s, c, g));
	json_array_append_new(json_object_get(j, "monitors"),
	    json_pack("{s:s, s:s}", "name", "userw", "type", "userw"));
	return j;
}

json_t *
config_generate(const char *text, char **cause)
{
	struct spec s = { .clusters = 2,
		.servers = 2,
		.groups = 2,
		.port = 29009,
		.start_ms = 300,
		.stop_ms = 200,
		.keepalive_ms = 60000,
		.base = "127.1.0.1",
		.scheme = "http",
		.user = "operator",
		.password = "secret",
		.release = "6.0",
		.control = "127.0.0.1:0" };
	char *copy = xstrdup(text), *rest = copy, *part;
	struct in_addr base;
	uint32_t address;
	json_t *doc = NULL;

	while ((part = strsep(&rest, ",")) != NULL) {
		char *value = strchr(part, '=');

		if (value == NULL) {
			cause_set(cause, "--generate: '%s' is not KEY=VALUE", part);
			goto out;
		}
		*value++ = '\0';
		if (spec_set(&s, part, value, cause) != 0)
			goto out;
	}
	if (inet_pton(AF_INET, s.base, &base) != 1) {
		cause_set(cause, "--generate: base=%s is not an IPv4 address", s.base);
		goto out;
	}
	address = ntohl(base.s_addr);
	doc = json_pack("{s:s, s:I, s:[]}", "control", s.control, "keepalive_ms",
	    (json_int_t)s.keepalive_ms, "clusters");
	if (s.tls_dir[0] != '\0')
		json_object_set_new(doc, "tls_dir", json_string(s.tls_dir));
	for (long c = 0; c < s.clusters; c++)
		json_array_append_new(
		    json_object_get(doc, "clusters"), one_cluster(&s, c, &address));
out:
	free(copy);
	return doc;
}
