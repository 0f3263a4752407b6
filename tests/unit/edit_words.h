/*
 * SPDX-License-Identifier: Apache-2.0
 * Changes of a configuration in a few words, for the tests of the editor.
 */
#ifndef EDIT_WORDS_H
#define EDIT_WORDS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/change.h"
#include "configfile/edit.h"

/*
 * A change in a few words: "+SECTION NAME KEY=VALUE ..." adds, "-SECTION NAME" removes,
 * "!SECTION NAME" removes with all that refers to it, "PATH=VALUE" sets, "PATH" unsets.
 */
static int __attribute__((unused)) change(json_t *tree, const char *what, char **cause)
{
	char *copy = xstrdup(what), *rest = copy, *word, *value, *section;
	json_t *entry;
	int result = 0;

	word = strsep(&rest, " ");
	section = xstrdup(word + 1);
	if (*word == '-' || *word == '!') {
		result = change_remove(tree, section, rest, *word == '!', NULL, cause);
	} else if (*word == '+') {
		word = strsep(&rest, " ");
		entry = change_add(tree, section, word, NULL, cause);
		result = entry == NULL ? -1 : 0;
		while (result == 0 && (word = strsep(&rest, " ")) != NULL) {
			value = strchr(word, '=');
			*value++ = '\0';
			result = change_assign(entry, section, word, value, cause);
		}
	} else {
		free(copy);
		copy = xstrdup(what);
		value = strchr(copy, '=');
		if (value != NULL)
			*value++ = '\0';
		result = change_option(tree, copy, value, cause);
	}
	free(section);
	free(copy);
	return result;
}

/* The text after it; the caller frees. */
static char *__attribute__((unused))
changed(const char *text, const char *what, char **cause)
{
	struct edit *e = edit_text(text, "conf", cause);
	char *result = NULL;

	if (e != NULL && change(edit_tree(e), what, cause) == 0 &&
	    edit_apply(e, cause) == 0)
		result = xstrdup(edit_new(e, 0));
	edit_free(e);
	return result;
}

static void __attribute__((unused)) has(const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "no %s in\n%.2000s", what, text);
}

#endif
