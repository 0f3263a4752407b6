/*
 * SPDX-License-Identifier: Apache-2.0
 * Where in its files every setting of a configuration stands.
 *
 * libconfig tells what is configured, and the line of it; whoever edits a file must
 * know the bytes, too. So the text is read a second time by a small scanner of the same
 * grammar (comments # // and C's, strings side by side, = or :, ; or , or none,
 * @include as libconfig has it), and the two must agree setting by setting, else there
 * is nothing to edit. For the files of the editor (edit_*.c) only; changes nothing.
 */
#ifndef CONFIGFILE_SPAN_H
#define CONFIGFILE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <libconfig.h>

enum span_kind { SPAN_SCALAR, SPAN_GROUP, SPAN_LIST, SPAN_ARRAY };

#define SPAN_NOWHERE ((size_t)-1)

struct span_comment {
	size_t begin, end; /* without the line end */
};

struct span_include { /* the name within the quotes of an @include */
	size_t begin, end;
	size_t file; /* what it includes */
};

struct span_file {
	char *name; /* as @include has it; NULL: the file itself */
	char *path;
	char *text;
	size_t len;
	const char *eol; /* "\n", or "\r\n" where most lines end so */
	struct span_comment *comments; /* in order */
	size_t ncomments;
	struct span_include *includes;
	size_t nincludes;
};

/* One setting of a group, or one element of a list or array. */
struct span {
	enum span_kind kind;
	struct span *parent;
	size_t nth; /* child of its parent */
	char *name; /* NULL: an element, or the file as a whole */
	size_t file; /* in which it begins */
	size_t begin; /* of the name, or of the value */
	size_t value; /* its first byte: a bracket or the scalar */
	size_t end_file, end; /* behind the last byte of the value */
	size_t sep_file, sep; /* of its ; or , (SPAN_NOWHERE: none) */
	struct span *children;
	size_t n;
};

struct spans {
	struct span_file *files; /* the first is the file itself */
	size_t nfiles;
	struct span root;
	json_t *tree; /* what libconfig makes of it: lists are arrays, groups objects */
};

/*
 * `text` is taken as the contents of the file at `path`; with `includes` other files
 * are read, starting at its directory, otherwise an @include is an error. NULL and
 * *cause when libconfig refuses it, or when it is not clear where a setting stands.
 */
struct spans *spans_read(
    const char *text, const char *path, bool includes, char **cause);
void spans_free(struct spans *); /* NULL is fine */

#endif
