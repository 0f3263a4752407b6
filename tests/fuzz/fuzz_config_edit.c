/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz target for the editor of clusterset.conf: of any text it either says why it
 * cannot edit it, or it adds an entry and can take it out again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "configfile/change.h"
#include "configfile/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* The text after adding or removing; NULL: it cannot be done. */
static char *
changed(const char *text, bool add)
{
	char *cause = NULL, *result = NULL;
	struct edit *e = edit_text(text, "fuzz", &cause);
	json_t *list;

	must((e == NULL) == (cause != NULL));
	if (e == NULL)
		goto out;
	must(edit_apply(e, &cause) == 0 && !edit_changed_any(e));
	list = json_object_get(edit_tree(e), "fault-domains");
	if (add && list != NULL && !json_is_array(list))
		goto out;
	if (add)
		change_add(
		    edit_tree(e), "fault-domains", "one more of them", NULL, &cause);
	else
		change_remove(edit_tree(e), "fault-domains", "one more of them", false,
		    NULL, &cause);
	if (cause == NULL && edit_apply(e, &cause) == 0)
		result = xstrdup(edit_new(e, 0));
out:
	edit_free(e);
	free(cause);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *more, *back = NULL;

	more = changed(text, true);
	if (more != NULL)
		back = changed(more, false);
	must(more == NULL || back != NULL); /* what went in comes out */
	free(text);
	free(more);
	free(back);
	return 0;
}
