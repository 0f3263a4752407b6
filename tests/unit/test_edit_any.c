/*
 * SPDX-License-Identifier: Apache-2.0
 * The editor of clusterset.conf at random: any sequence of changes leaves every other
 * line as it was and a configuration that loads; any tree can become any other.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "configfile/configfile.h"
#include "tests/unit/edit_words.h"

/* --- any sequence -------------------------------------------------------------------
 */

static unsigned seed;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return seed / 65536 % n;
}

static char *
sample(void)
{
	const char *top = getenv("top_srcdir");
	char *path =
	    xasprintf("%s/doc/clusterset.conf.sample", top == NULL ? "." : top);
	char *text = xcalloc(1, 65536);
	FILE *f = fopen(path, "r");

	ck_assert_msg(f != NULL, "%s", path);
	ck_assert_uint_gt(fread(text, 1, 65535, f), 1000);
	fclose(f);
	free(path);
	return text;
}

/* The sample in other hands. */
static char *
written_by(const char *text, int who)
{
	char *out = xcalloc(4, strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++) {
		if (who == 1 && *text == '\n') {
			*p++ = '\r';
			*p++ = '\n';
		} else if (who == 2 && *text == '\t') {
			*p++ = ' ';
			*p++ = ' ';
		} else if (who == 3 && *text == ';' && text[1] == '\n') {
			continue; /* terminators are optional */
		} else if (who == 4 && text[0] == '\n' && text[1] == '\n') {
			continue;
		} else {
			*p++ = *text;
		}
	}
	return out;
}

/* The lines of a diff that go (or come) and are not just another comma. */
static unsigned
lines_of(const char *diff, char mark)
{
	unsigned n = 0;
	const char *p;

	for (p = strstr(diff, "\n@@"); p != NULL && *p != '\0'; p++)
		n += p[0] == '\n' && p[1] == mark;
	return n;
}

/* What else a new entry needs, so that the whole is a good configuration. */
static void
complete(json_t *tree, const char *section, json_t *entry, unsigned round)
{
	json_t *clusters = json_object_get(tree, "clusters"), *site, *sites;
	char *url = xasprintf("https://192.0.2.99:%u", 1000 + round);
	const char *cluster;

	if (strcmp(section, "clusters") == 0) {
		json_object_set_new(entry, "servers",
		    json_pack("[{s:s, s:s}]", "name", "s", "url", url));
	} else if (strcmp(section, "vms") == 0 && json_array_size(clusters) > 0) {
		cluster = json_string_value(json_object_get(
		    json_array_get(clusters, dice((unsigned)json_array_size(clusters))),
		    "name"));
		site = json_pack("{s:s, s:O}", "cluster", cluster, "group",
		    json_object_get(entry, "name"));
		sites = json_pack("[o]", site);
		if (dice(2))
			json_object_set_new(
			    site, "monitors", json_pack("[s, s]", "m1", "m2"));
		json_object_set_new(entry, "sites", sites);
	}
	free(url);
}

static char *
any_change(const json_t *tree, unsigned round, bool *adds)
{
	static const char *const sections[] = { "fault-domains", "availability-sets",
		"clusters", "vms" };
	static const char *const more[] = { "description=more", "spread=node",
		"interval=3", "kind=stateless" };
	static const char *const options[] = { "poll.interval=%u", "moves.tries=%u",
		"set.description=text-%u", "history.events=1000%u",
		"evidence.offline-settle", "moves.force=true",
		"poll.backoff-max=6%u.5" };
	unsigned s = dice(4);
	const json_t *list = json_object_get(tree, sections[s]);

	*adds = false;
	switch (dice(3)) {
	case 0:
		*adds = s < 3 || json_array_size(json_object_get(tree, "clusters")) > 0;
		if (*adds)
			return xasprintf("+%s new-%u %s", sections[s], round, more[s]);
		break;
	case 1:
		if (json_array_size(list) > 0)
			return xasprintf("!%s %s", sections[s],
			    json_string_value(json_object_get(
			        json_array_get(
			            list, dice((unsigned)json_array_size(list))),
			        "name")));
		break;
	default:
		break;
	}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return xasprintf(options[dice(7)], 1 + dice(9));
#pragma GCC diagnostic pop
}

/* "clusters" of "+clusters new-3 ..." */
static json_t *
added(json_t *tree, const char *what, char **section)
{
	char *copy = xstrdup(what + 1), *rest = copy, *word = strsep(&rest, " ");
	json_t *entry = change_find(tree, word, strsep(&rest, " "));

	*section = xstrdup(word);
	free(copy);
	return entry;
}

static void
loads(const char *text)
{
	char *cause = NULL;
	struct settings *s = configfile_parse(text, "conf", &cause, NULL);

	ck_assert_msg(s != NULL, "%.1000s\n%.2000s", cause, text);
	settings_free(s);
}

START_TEST(test_any)
{
	char *base = sample(), *text = written_by(base, _i % 5), *now, *back, *what,
	     *cause = NULL, *diff, *minus;
	struct edit *e;
	unsigned round;
	json_t *entry;
	char *section;
	bool adds;

	seed = (unsigned)_i + 1;
	for (round = 0; round < 25; round++) {
		e = edit_text(text, "conf", &cause);
		ck_assert_msg(e != NULL, "%s\n%.2000s", cause, text);
		what = any_change(edit_tree(e), round, &adds);
		if (change(edit_tree(e), what, &cause) != 0)
			ck_abort_msg("%s: %s", what, cause);
		if (adds) {
			entry = added(edit_tree(e), what, &section);
			complete(edit_tree(e), section, entry, round);
			free(section);
		}
		if (edit_apply(e, &cause) != 0)
			ck_abort_msg("%s: %s\n%s", what, cause, text);
		now = xstrdup(edit_new(e, 0));
		edit_free(e);
		loads(now);
		diff = diff_unified(text, strlen(text), now, strlen(now), "a", "b");
		/* a line more, or another comma, or one value */
		if (strchr(what, '=') != NULL)
			ck_assert_msg(lines_of(diff, '-') <= 1, "%s\n%s", what, diff);
		/* what was added can be taken out as if nothing had been */
		if (adds) {
			minus = xasprintf("-%.*s",
			    (int)strcspn(strchr(what, ' ') + 1, " ") +
			        (int)(strchr(what, ' ') - what),
			    what + 1);
			back = changed(now, minus, &cause);
			ck_assert_msg(back != NULL && strcmp(back, text) == 0,
			    "%s, %s: %s\n%s", what, minus, cause, diff);
			free(back);
			free(minus);
		}
		/* removing takes lines away and adds none but for a comma less */
		if (*what == '!')
			ck_assert_msg(lines_of(diff, '+') <= lines_of(diff, '-'),
			    "%s\n%s", what, diff);
		free(diff);
		free(what);
		free(text);
		text = now;
	}
	free(text);
	free(base);
	free(cause);
}
END_TEST

/* A place somewhere in the tree that has children. */
static json_t *
any_place(json_t *at)
{
	json_t *next = at;
	const char *key;
	size_t n;

	for (;;) {
		if (json_array_size(at) > 0) {
			next = json_array_get(at, dice((unsigned)json_array_size(at)));
		} else if (json_object_size(at) > 0) {
			n = dice((unsigned)json_object_size(at));
			json_object_foreach (at, key, next) {
				if (n-- == 0)
					break;
			}
		} else {
			return at;
		}
		if (dice(4) == 0 || (!json_is_object(next) && !json_is_array(next)))
			return at;
		at = next;
	}
}

static json_t *
any_value(unsigned depth)
{
	json_t *v;
	unsigned n;
	char key[8];

	switch (dice(depth > 3 ? 4 : 7)) {
	case 0:
		return json_integer((json_int_t)dice(60000) * 100000);
	case 1:
		return json_real(dice(1000) / 8.0);
	case 2:
		return json_boolean(dice(2));
	case 3:
		return json_string(
		    dice(2) ? "text; } \"with\" # all \\ of it" : "\t\xc3\xa4");
	case 4:
		v = json_array();
		for (n = dice(4); n > 0; n--)
			json_array_append_new(v, any_value(depth + 1));
		return v;
	default:
		v = json_object();
		for (n = dice(4); n > 0; n--) {
			snprintf(key, sizeof(key), "k-%u", dice(20));
			json_object_set_new(v, key, any_value(depth + 1));
		}
		return v;
	}
}

static void
mutate(json_t *tree)
{
	json_t *at = any_place(tree);
	const char *key;
	char name[8];
	void *iter;
	size_t n = json_is_array(at) ? json_array_size(at) : json_object_size(at), i;

	if (json_is_array(at)) {
		switch (dice(4)) {
		case 0:
			json_array_insert_new(at, dice((unsigned)n + 1), any_value(0));
			break;
		case 1: /* another place */
			if (n > 1) {
				json_t *one =
				    json_incref(json_array_get(at, dice((unsigned)n)));

				for (i = 0; json_array_get(at, i) != one; i++)
					;
				json_array_remove(at, i);
				json_array_insert_new(at, dice((unsigned)n), one);
			}
			break;
		default:
			if (n > 0)
				json_array_remove(at, dice((unsigned)n));
			break;
		}
	} else if (n > 0) {
		i = dice((unsigned)n);
		for (iter = json_object_iter(at); i > 0; i--)
			iter = json_object_iter_next(at, iter);
		key = json_object_iter_key(iter);
		if (dice(3) == 0) {
			json_object_del(at, key);
		} else if (dice(2) == 0) {
			json_object_set_new(at, key, any_value(0));
		} else {
			snprintf(name, sizeof(name), "n-%u", dice(50));
			json_object_set_new(at, name, any_value(0));
		}
	}
}

/*
 * Whatever the tree becomes, the text becomes it; taking all of it back gives the old
 * values, and comments that no entry owns are still there.
 */
START_TEST(test_any_tree)
{
	static const char head[] = "The grammar is libconfig's";
	char *base = sample(), *text = written_by(base, _i % 5), *now, *cause = NULL;
	struct edit *e, *back;
	json_t *was;
	unsigned round, n;

	seed = (unsigned)_i * 7919u + 1;
	for (round = 0; round < 12; round++) {
		e = edit_text(text, "conf", &cause);
		ck_assert_msg(e != NULL, "%s\n%.2000s", cause, text);
		was = json_deep_copy(edit_tree(e));
		for (n = 1 + dice(5); n > 0; n--)
			mutate(edit_tree(e));
		if (edit_apply(e, &cause) != 0)
			ck_abort_msg("%u: %s\n%.3000s", round, cause, text);
		now = xstrdup(edit_new(e, 0));
		has(now, head);
		back = edit_text(now, "conf", &cause);
		json_object_clear(edit_tree(back));
		json_object_update(edit_tree(back), was);
		if (edit_apply(back, &cause) != 0)
			ck_abort_msg("%u back: %s\n%.3000s", round, cause, now);
		edit_free(back);
		json_decref(was);
		edit_free(e);
		free(text);
		text = now;
	}
	free(text);
	free(base);
	free(cause);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("edit any");
	TCase *t = tcase_create("edit any");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_any, 0, 60);
	tcase_add_loop_test(t, test_any_tree, 0, 60);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
