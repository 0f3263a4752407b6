/*
 * SPDX-License-Identifier: Apache-2.0
 * Fuzz target for the planner's readers: any text gives an input or words with the
 * file's name, never a crash, and an input that is accepted can be planned: every move
 * is allowed when it is made. FUZZ_GANETI: Ganeti's format, its -U part after a line
 * "===".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/plan_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int fact)
{
	if (!fact)
		abort();
}

static void
plan(struct plan_input *in)
{
	struct plan_why *why;
	struct plan *p;
	char *words;
	size_t i;

	in->settings.work = 20000;
	in->settings.swaps = true;
	p = plan_make(in);
	if (in->nvms > 0) {
		why = plan_explain(in, p, (int)in->nvms - 1);
		must(why->words != NULL);
		plan_why_free(why);
	}
	for (i = 0; i < p->nmoves && i < 10; i++) {
		words = plan_forbids(in, p->moves[i].vm, p->moves[i].to);
		must(words == NULL);
		in->vms[p->moves[i].vm].node = p->moves[i].to;
	}
	plan_free(p);
}

static struct plan_input *
read_text(const char *text, size_t size, char **cause)
{
#ifdef FUZZ_GANETI
	const char *util = memmem(text, size, "\n===\n", 5);
	const size_t len = util == NULL ? size : (size_t)(util - text);
	struct plan_input *in = plan_ganeti_parse(text, len, "fuzz", cause);

	if (in == NULL || util == NULL ||
	    plan_ganeti_util(in, util + 5, size - len - 5, "fuzz", cause) == 0)
		return in;
	plan_input_free(in);
	return NULL;
#else
	return plan_json_parse(text, size, "fuzz", cause);
#endif
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *cause = NULL;
	struct plan_input *in;

	/* up to a zero byte; behind it there is nothing to read */
	in = read_text(text, strlen(text), &cause);
	must((in == NULL) == (cause != NULL));
	if (in == NULL)
		must(strncmp(cause, "fuzz:", 5) == 0);
	else {
		must(plan_input_check(in, NULL, NULL) == 0);
		plan(in);
	}
	plan_input_free(in);
	free(cause);
	free(text);
	return 0;
}
