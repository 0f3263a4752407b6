/*
 * SPDX-License-Identifier: Apache-2.0
 * Unified diffs: the text of small ones, and that patch(1)'s rules rebuild the new text
 * from any of them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/mem.h"

static const struct {
	const char *a, *b, *diff;
} texts[] = {
	{ "", "", "" },
	{ "a\nb\n", "a\nb\n", "" },
	{ "", "a\n", "--- o\n+++ n\n@@ -0,0 +1 @@\n+a\n" },
	{ "a\n", "", "--- o\n+++ n\n@@ -1 +0,0 @@\n-a\n" },
	{ "a\nb\nc\n", "a\nx\nc\n", "--- o\n+++ n\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n" },
	{ "a\nb", "a\nb\n",
	    "--- o\n+++ n\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of "
	    "file\n+b\n" },
	{ "a\r\nb\r\n", "a\r\nb\n", "--- o\n+++ n\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+b\n" },
	{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	    "--- o\n+++ n\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n" },
	/* six lines between two changes join the hunks, seven part them */
	{ "x\n1\n2\n3\n4\n5\n6\nx\n", "y\n1\n2\n3\n4\n5\n6\ny\n",
	    "--- o\n+++ n\n@@ -1,8 +1,8 @@\n-x\n+y\n 1\n 2\n 3\n 4\n 5\n 6\n-x\n+y\n" },
	{ "x\n1\n2\n3\n4\n5\n6\n7\nx\n", "y\n1\n2\n3\n4\n5\n6\n7\ny\n",
	    "--- o\n+++ n\n@@ -1,4 +1,4 @@\n-x\n+y\n 1\n 2\n 3\n"
	    "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-x\n+y\n" },
};

START_TEST(test_texts)
{
	char *d = diff_unified(texts[_i].a, strlen(texts[_i].a), texts[_i].b,
	    strlen(texts[_i].b), "o", "n");

	ck_assert_str_eq(d, texts[_i].diff);
	free(d);
}
END_TEST

/* Applies a diff as patch(1) does, without fuzz; checks every context line. */
static char *
patched(const char *a, const char *diff)
{
	char *text = NULL;
	size_t len, line = 0, from, n;
	FILE *f = open_memstream(&text, &len);
	const char *p = diff, *end;

	if (*p != '\0') {
		p = strchr(p, '\n') + 1;
		p = strchr(p, '\n') + 1;
	}
	while (*p != '\0') {
		end = strchr(p, '\n') + 1;
		if (*p == '@') {
			from = strtoul(p + 4, NULL, 10);
			n = p[4 + strcspn(p + 4, ", ")] == ','
			    ? strtoul(p + 5 + strcspn(p + 4, ", "), NULL, 10)
			    : 1;
			for (line++; line < from + (n == 0); line++) {
				fwrite(a, 1, strcspn(a, "\n") + 1, f);
				a += strcspn(a, "\n") + 1;
			}
			line--;
		} else if (*p == ' ' || *p == '-') {
			ck_assert_int_eq(strncmp(a, p + 1, (size_t)(end - p - 1)), 0);
			if (*p == ' ')
				fwrite(p + 1, 1, (size_t)(end - p - 1), f);
			a += end - p - 1;
			line++;
		} else {
			fwrite(p + 1, 1, (size_t)(end - p - 1), f);
		}
		p = end;
	}
	fputs(a, f);
	fclose(f);
	return text;
}

static unsigned
next(unsigned *seed)
{
	return *seed = *seed * 1103515245u + 12345u;
}

START_TEST(test_any)
{
	unsigned seed = (unsigned)_i + 1, round;

	for (round = 0; round < 200; round++) {
		char a[400] = "", b[400] = "", *d, *p;
		size_t i, na = next(&seed) / 65536 % 30, nb = next(&seed) / 65536 % 30,
		          kinds = 1 + next(&seed) / 65536 % 5;

		for (i = 0; i < na; i++)
			snprintf(a + 2 * i, 3, "%c\n",
			    (char)('a' + next(&seed) / 65536 % kinds));
		for (i = 0; i < nb; i++)
			snprintf(b + 2 * i, 3, "%c\n",
			    (char)('a' + next(&seed) / 65536 % kinds));
		d = diff_unified(a, strlen(a), b, strlen(b), "o", "n");
		p = patched(a, d);
		ck_assert_msg(strcmp(p, b) == 0, "%s\n---\n%s\n%s", a, b, d);
		free(p);
		free(d);
	}
}
END_TEST

/* Too different for the shortest way: still right. */
START_TEST(test_far)
{
	char *a = xcalloc(1, 40000), *b = xcalloc(1, 40000), *d, *p;
	size_t i, na = 0, nb = 0;

	for (i = 0; i < 3000; i++) {
		na += (size_t)snprintf(a + na, 10, "a%zu\n", i);
		nb += (size_t)snprintf(b + nb, 10, "%c%zu\n", i % 7 ? 'b' : 'a', i);
	}
	d = diff_unified(a, na, b, nb, "o", "n");
	p = patched(a, d);
	ck_assert_str_eq(p, b);
	free(p);
	free(d);
	free(a);
	free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("diff");
	TCase *t = tcase_create("diff");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(t, test_texts, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(t, test_any, 0, 20);
	tcase_add_test(t, test_far);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? 0 : 1;
}
