/*
 * SPDX-License-Identifier: Apache-2.0
 * clp.conf, the cluster configuration file of ECX: what it says, and whether it holds
 * together (contract 4.1).
 *
 * Reads bytes into facts and checks their references, counts and cycles;
 * ecx/clpconf_edit.h deletes from it. clpcfdel and `clusterset doctor` call it. It
 * never prints, never writes a file, never opens one that is not named to it, and never
 * fetches anything: a DOCTYPE, an entity of its own, or an encoding whose bytes could
 * hide a tag is refused, as are files over CLPCONF_BYTES_MAX.
 */
#ifndef ECX_CLPCONF_H
#define ECX_CLPCONF_H

#include <stdbool.h>
#include <stddef.h>

#define CLPCONF_BYTES_MAX    (16u << 20)
#define CLPCONF_ELEMENTS_MAX 200000u
#define CLPCONF_DEPTH_MAX    64u
#define CLPCONF_OBJECTS_MAX  20000u /* resources, monitors, groups, servers: of each */

struct clpconf;

/*
 * Reads a file, or `len` bytes of which `name` says in messages where they are from.
 * NULL and *cause ("FILE:LINE: what is wrong, and the way out") when it cannot be read,
 * is no well-formed XML, or no clp.conf. Mistakes inside a readable one are for
 * clpconf_check. *refused (may be NULL) tells a file that was read and is not accepted
 * (true) from one that could not be read (false).
 */
struct clpconf *clpconf_load(const char *path, bool *refused, char **cause);
struct clpconf *clpconf_parse(
    const char *bytes, size_t len, const char *name, bool *refused, char **cause);
void clpconf_free(struct clpconf *conf); /* NULL allowed */

/* --- facts -------------------------------------------------------------------------
 * All text is UTF-8, never NULL unless it says so, and lives as long as the clpconf.
 * Lines count from 1. Names are as ECX spells them and may hold anything a file can:
 * text_vis() before printing.
 */

/*
 * Attributes of a group. What the file does not say is the product's default, which is
 * AUTO for start and failover and MANUAL for failback (CreateClusterOnLinux:
 * GroupParameters_Linux_jp.md); `*_said` tells which it is.
 */
enum clpconf_auto { CLPCONF_MANUAL = 0, CLPCONF_AUTO = 1 };

struct clpconf_names {
	const char **names;
	size_t n;
};

struct clpconf_server {
	const char *name;
	int priority; /* 0 is the first; -1 not said */
	unsigned line;
};

struct clpconf_group {
	const char *name;
	const char *type; /* "failover", "cluster" (management group) or
	                   * "virtualmachine" (contract 3) */
	unsigned line;
	enum clpconf_auto start, failover, failback;
	bool start_said, failover_said, failback_said;
	struct clpconf_names servers; /* where it may run, first choice first */
	bool servers_said; /* false: no policy, so all servers */
	struct clpconf_names start_waits; /* groups it waits for before it starts */
	struct clpconf_names stop_waits; /* and before it stops */
	const size_t *resources; /* indexes into facts->resources */
	size_t nresources;
};

/* Final actions at an activation or deactivation failure (contract 3). */
enum clpconf_action {
	CLPCONF_ACT_NEXT = 0, /* nothing, and go on with the next resource */
	CLPCONF_ACT_NOTHING = 1, /* nothing; the default at activation */
	CLPCONF_ACT_STOP_GROUP = 2, /* stop the group */
	CLPCONF_ACT_STOP_CLUSTER = 3,
	CLPCONF_ACT_SHUTDOWN =
	    4, /* and shut the OS down; the default at deactivation */
	CLPCONF_ACT_REBOOT = 5,
	CLPCONF_ACT_STOP_ERROR = 6, /* Windows: a deliberate stop error */
};

struct clpconf_resource {
	const char *name;
	const char *type; /* "exec", "md", "sd", "vm"... */
	unsigned line;
	size_t group; /* index into facts->groups; CLPCONF_NONE when no group has it */
	struct clpconf_names depends;
	bool depends_said; /* false: follows ECX's default dependency; true and no name:
	                    * depends on nothing, explicitly */
	/* act/action, deact/action: enum clpconf_action or another number of the
	 * product's (8 to 15: panics, BMC resets) */
	int act, deact;
	bool act_said, deact_said;
};

struct clpconf_monitor {
	const char *name;
	const char *type; /* "genw", "mdw", "userw"... */
	unsigned line;
	const char *target; /* resource it watches while active, "" none */
	const char *object; /* parameters/object, "" none */
	const char *relation_type; /* recovery target: "rsc", "grp", "cls" or "" */
	const char *relation_name;
};

#define CLPCONF_NONE ((size_t)-1)

enum clpconf_switch { CLPCONF_UNSAID = -1, CLPCONF_OFF = 0, CLPCONF_ON = 1 };

struct clpconf_facts {
	const char *cluster; /* name of the cluster, "" not said */
	const char *os; /* "linux", "windows" or "" */
	enum clpconf_switch rest_api; /* /root/rstd/use */
	const struct clpconf_server *servers;
	size_t nservers;
	const struct clpconf_group *groups;
	size_t ngroups;
	const struct clpconf_resource *resources;
	size_t nresources;
	const struct clpconf_monitor *monitors;
	size_t nmonitors;
};

/* Borrowed; never NULL. Objects stand in the order of the file. */
const struct clpconf_facts *clpconf_facts(const struct clpconf *conf);

/* Index by name, CLPCONF_NONE when there is none. */
size_t clpconf_find_group(const struct clpconf *conf, const char *name);
size_t clpconf_find_resource(
    const struct clpconf *conf, const char *type, const char *name);
size_t clpconf_find_monitor(
    const struct clpconf *conf, const char *type, const char *name);

/* --- check -------------------------------------------------------------------------
 */

enum clpconf_kind {
	CLPCONF_MISTAKE, /* a reference into nothing, a name used twice, a cycle */
	CLPCONF_BOOKKEEPING, /* a count, a types list or a gid that any edit puts right
	                      */
};

struct clpconf_finding {
	enum clpconf_kind kind;
	unsigned line;
	char *text; /* what is wrong and the way out; one line, harmless to print */
};

struct clpconf_findings {
	struct clpconf_finding *list; /* by line */
	size_t n;
};

/* Everything that does not hold together; {NULL, 0} when all does. The caller clears.
 */
struct clpconf_findings clpconf_check(const struct clpconf *conf);
void clpconf_findings_clear(struct clpconf_findings *findings);

#endif
