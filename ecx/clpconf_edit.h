/*
 * SPDX-License-Identifier: Apache-2.0
 * Deleting from a clp.conf with all consequences (contract 4.3 a to o), which the
 * product's clpcfset cannot do.
 *
 * A plan is made from a clpconf and a request: the new bytes, what changes and why in
 * words, and which script directories lose their owner. Bytes that are not concerned
 * stay as they are. Before a plan is handed out its bytes are read again, compared with
 * what was meant and checked. Files are the caller's business (cli/clpcfdel).
 */
#ifndef ECX_CLPCONF_EDIT_H
#define ECX_CLPCONF_EDIT_H

#include "ecx/clpconf.h"

enum clpconf_what {
	CLPCONF_RSC, /* group, type, name */
	CLPCONF_RSCDEP, /* type, name, on */
	CLPCONF_MON, /* type, name */
	CLPCONF_GRP, /* name: with all its resources */
};

/*
 * Monitors that refer to what is deleted. One that exists for a single resource (mdw,
 * fipw, vmw..., or any whose parameters/object it is) has no meaning without it.
 */
enum clpconf_monitors {
	CLPCONF_MONITORS_OWN, /* delete those, refuse when any other refers to it */
	CLPCONF_MONITORS_DELETE, /* delete all that refer to it */
	CLPCONF_MONITORS_RETARGET, /* delete those; the others get another resource of
	                            * the group to watch, and recover the group, or the
	                            * local server where the group goes, too */
	CLPCONF_MONITORS_REFUSE, /* refuse when any refers to it */
};

/* Resources that depend on the deleted one, and groups that wait for a deleted one. */
enum clpconf_depends {
	CLPCONF_DEPENDS_INHERIT, /* they depend on what it depended on; when nothing is
	                          * left: explicitly on nothing */
	CLPCONF_DEPENDS_NONE, /* that one is dropped; nothing left: explicitly nothing
	                       */
	CLPCONF_DEPENDS_DEFAULT, /* dropped; nothing left: ECX's default dependency */
	CLPCONF_DEPENDS_REFUSE,
};

/* A group whose last resource is deleted. */
enum clpconf_empty { CLPCONF_EMPTY_KEEP, CLPCONF_EMPTY_DELETE, CLPCONF_EMPTY_REFUSE };

/* A virtual computer name (vcom) whose floating IP address (fip) is deleted. */
enum clpconf_vcom { CLPCONF_VCOM_REFUSE, CLPCONF_VCOM_DELETE };

struct clpconf_request {
	enum clpconf_what what;
	const char *group, *type, *name, *on; /* UTF-8; as `what` needs them */
	enum clpconf_monitors monitors;
	enum clpconf_depends depends;
	enum clpconf_empty empty;
	enum clpconf_vcom vcom;
	/* Go on although the file has findings: bookkeeping is put right, and no
	 * finding may be there afterwards that was not there before. */
	bool mend;
	const char *random_digits; /* for configid; NULL: take random ones */
};

enum clpconf_end {
	CLPCONF_PLANNED,
	CLPCONF_NOT_FOUND, /* there is no such object */
	CLPCONF_REFUSED, /* the request or the file's state forbids it */
};

enum clpconf_weight {
	CLPCONF_DELETES, /* an object goes */
	CLPCONF_CHANGES, /* something else is adapted */
	CLPCONF_NOTE, /* stays, and you may wonder why */
	CLPCONF_WARNING, /* look at this before it is applied */
};

struct clpconf_consequence {
	enum clpconf_weight weight;
	unsigned line; /* of the old file; 0 none */
	char *text; /* one line, harmless to print */
};

struct clpconf_plan {
	enum clpconf_end end;
	char *bytes; /* the new file; NULL unless planned */
	size_t len;
	struct clpconf_consequence *list;
	size_t n;
	/* Directories below the one of scripts that have lost their owner: FOLDER/NAME,
	 * or NAME where the folder is "". Raw text of the file: whether it is a single
	 * component of a path is for the caller to see. */
	struct clpconf_script {
		char *folder, *name;
	} * scripts;
	size_t nscripts;
};

/* The bytes that were read; borrowed. */
const char *clpconf_bytes(const struct clpconf *conf, size_t *len);

/* Bytes in the encoding of that file, as UTF-8, for people to read. The caller frees.
 */
char *clpconf_utf8(const struct clpconf *conf, const char *bytes, size_t len);

/*
 * Never NULL; the caller frees. With an end other than CLPCONF_PLANNED, *cause says
 * what, where and the way out, in one line or more.
 */
struct clpconf_plan *clpconf_plan(
    const struct clpconf *conf, const struct clpconf_request *request, char **cause);
void clpconf_plan_free(struct clpconf_plan *plan);

#endif
