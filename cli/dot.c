/*
 * SPDX-License-Identifier: Apache-2.0
 * Graphviz's language and its program. See dot.h.
 */
#include "cli/dot.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/out_text.h"

extern char **environ;

void
dot_quoted(FILE *f, const char *text)
{
	char *safe = out_text_safe(text);
	const char *p;

	putc('"', f);
	for (p = safe; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			putc('\\', f);
		putc(*p, f);
	}
	putc('"', f);
	free(safe);
}

void
dot_html(FILE *f, const char *text)
{
	char *safe = out_text_safe(text);
	const char *p;

	for (p = safe; *p != '\0'; p++)
		switch (*p) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			putc(*p, f);
		}
	free(safe);
}

static int
copy(FILE *from, FILE *to, char **cause)
{
	char buffer[65536];
	size_t n;

	rewind(from);
	while ((n = fread(buffer, 1, sizeof buffer, from)) > 0)
		if (fwrite(buffer, 1, n, to) != n)
			return cause_set(
			    cause, "cannot write the picture: %s", strerror(errno));
	return 0;
}

int
dot_svg(FILE *text, FILE *to, char **cause)
{
	char program[] = "dot", format[] = "-Tsvg";
	char *argv[] = { program, format, NULL };
	posix_spawn_file_actions_t actions;
	FILE *picture = tmpfile();
	int error, status, result = -1;
	pid_t pid;

	if (picture == NULL)
		return cause_set(
		    cause, "cannot make a temporary file: %s", strerror(errno));
	rewind(text);
	lseek(fileno(text), 0, SEEK_SET);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(text), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(picture), STDOUT_FILENO);
	error = posix_spawnp(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error == ENOENT) {
		cause_set(cause,
		    "dot is not installed: install Graphviz (Debian: "
		    "apt-get install graphviz), or leave out --svg and "
		    "draw the text elsewhere");
		goto out;
	}
	if (error != 0) {
		cause_set(cause, "cannot run dot: %s", strerror(error));
		goto out;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			cause_set(cause, "dot is lost: %s", strerror(errno));
			goto out;
		}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		cause_set(cause, "dot failed (%s %d): what it said is above",
		    WIFEXITED(status) ? "exit code" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		goto out;
	}
	result = copy(picture, to, cause);
out:
	fclose(picture);
	return result;
}
