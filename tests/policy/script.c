/*
 * SPDX-License-Identifier: Apache-2.0
 * Reads a scenario: its situation into the world, its time line into lines, and what
 * its log is expected to be. README.md says how one is written.
 */
#include "tests/policy/play.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_BEGINS "--- log\n"
#define MONDAY     ((time_t)1767571200) /* 2026-01-05 00:00 UTC */

/* --- words -------------------------------------------------------------------------
 */

char *
next_word(char **at)
{
	char *w;

	if (*at == NULL)
		return NULL;
	*at += strspn(*at, " \t");
	if (**at == '\0')
		return NULL;
	w = *at;
	*at += strcspn(*at, " \t");
	if (**at != '\0')
		*(*at)++ = '\0';
	return w;
}

char *
word_value(char *word, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

msec_t
read_time(const char *text)
{
	msec_t total = 0, colons = 0;
	bool clock = strchr(text, ':') != NULL;
	double n;
	char *end;

	if (*text == '\0')
		return -1;
	while (*text != '\0') {
		n = strtod(text, &end);
		if (end == text || n < 0)
			return -1;
		text = end;
		if (clock) {
			colons = colons * 60 + (msec_t)n;
			if (*text != '\0' && *text++ != ':')
				return -1;
			continue;
		}
		total += (msec_t)(n * 1000) *
		    (*text == 'h'          ? 3600
		            : *text == 'm' ? 60
		                           : 1);
		if (*text == 'h' || *text == 'm' || *text == 's')
			text++;
	}
	return clock ? colons * 1000 : total;
}

static char *
add_line(char *all, const char *line)
{
	char *more = xasprintf("%s%s\n", all == NULL ? "" : all, line);

	free(all);
	return more;
}

/* --- the situation -----------------------------------------------------------------
 */

static bool
read_number(const char *text, double *n)
{
	char *end;

	errno = 0;
	*n = strtod(text, &end);
	return end != text && *end == '\0' && errno == 0;
}

/* An option of a node; false: it is none. */
static bool
node_option(struct w_node *n, char *w)
{
	double value = 0;
	char *v;

	if ((v = word_value(w, "domain")) != NULL) {
		free(n->domain);
		n->domain = xstrdup(v);
		return true;
	}
	v = strchr(w, '=');
	if (strcmp(w, "sized") == 0)
		n->sized = true;
	else if (strcmp(w, "untold") == 0)
		n->untold = true;
	else if (strcmp(w, "off") == 0)
		n->off = true;
	else if (v == NULL || !read_number(v + 1, &value))
		return false;
	else if (word_value(w, "cpus") != NULL)
		n->cpus = value;
	else if (word_value(w, "memory") != NULL)
		n->memory = (int64_t)value;
	else if (word_value(w, "base") != NULL)
		n->base = value;
	else
		return false;
	return true;
}

static bool
read_cluster(struct world *w, char *at, char **cause)
{
	struct w_cluster *c;
	char *word, *v;
	size_t i;

	word = next_word(&at);
	if (word == NULL || world_cluster(w, word) >= 0)
		return cause_set(cause, "a cluster needs a new name") == 0;
	w->clusters =
	    xreallocarray(w->clusters, w->nclusters + 1, sizeof(*w->clusters));
	c = &w->clusters[w->nclusters++];
	memset(c, 0, sizeof(*c));
	c->name = xstrdup(word);
	while ((word = next_word(&at)) != NULL) {
		if ((v = word_value(word, "fence")) != NULL)
			c->fence = xstrdup(v);
		else if ((v = word_value(word, "domain")) != NULL)
			c->domain = xstrdup(v);
		else if (strcmp(word, "fence-manual") == 0)
			c->fence_manual = true;
		else if (strcmp(word, "stays") == 0)
			c->stays = true;
		else if (strchr(word, '=') != NULL || strcmp(word, "sized") == 0) {
			for (i = 0; i < c->nnodes; i++)
				if (!node_option(&c->nodes[i], word))
					return cause_set(cause,
					           "%s: no such option of a "
					           "cluster",
					           word) == 0;
		} else {
			c->nodes =
			    xreallocarray(c->nodes, c->nnodes + 1, sizeof(*c->nodes));
			c->nodes[c->nnodes++] = (struct w_node) {
				.name = xstrdup(word), .cpus = 8, .memory = 32768
			};
		}
	}
	return c->nnodes > 0 ||
	    cause_set(cause, "a cluster needs its nodes' names") == 0;
}

static bool
read_node(struct world *w, char *at, char **cause)
{
	char *word = next_word(&at);
	size_t c, n;

	if (word == NULL || !world_node(w, word, &c, &n))
		return cause_set(cause, "no such node") == 0;
	while ((word = next_word(&at)) != NULL)
		if (!node_option(&w->clusters[c].nodes[n], word))
			return cause_set(cause, "%s: no such option of a node", word) ==
			    0;
	return true;
}

/* "0.5..3.5/600" or "0.5..3.5/600+60", "#" in front: on and off instead of a sine. */
static bool
read_wave(struct w_vm *v, const char *text)
{
	char *end;

	v->square = *text == '#';
	v->low = strtod(text + v->square, &end);
	if (strncmp(end, "..", 2) != 0)
		return false;
	v->high = strtod(end + 2, &end);
	if (*end != '/')
		return false;
	v->period = (msec_t)(strtod(end + 1, &end) * 1000);
	v->phase = *end == '+' ? (msec_t)(strtod(end + 1, &end) * 1000) : 0;
	return v->period > 0 && *end == '\0';
}

/* An option that every VM of a line gets; false: it is none. */
static bool
vm_option(const struct world *w, struct w_vm *vm, char *word, char **on)
{
	double n = 0;
	char *v;
	int slot;
	size_t i;

	if ((v = word_value(word, "on")) != NULL) {
		*on = v;
	} else if ((v = word_value(word, "set")) != NULL) {
		free(vm->set);
		vm->set = xstrdup(v);
	} else if ((v = word_value(word, "home")) != NULL) {
		free(vm->home);
		vm->home = xstrdup(v);
	} else if ((v = word_value(word, "wave")) != NULL) {
		return read_wave(vm, v);
	} else if ((v = word_value(word, "auto")) != NULL) {
		slot = world_cluster(w, v);
		for (i = 0; i < vm->nplaces; i++)
			vm->places[i].automatic |= (int)vm->places[i].cluster == slot;
		return slot >= 0;
	} else if (strcmp(word, "stateless") == 0) {
		vm->stateless = true;
	} else if (strcmp(word, "unmeasured") == 0) {
		vm->unmeasured = true;
	} else if (strcmp(word, "untold") == 0) {
		vm->untold = true;
	} else if (strcmp(word, "down") == 0) {
		*on = NULL;
	} else if ((v = strchr(word, '=')) == NULL || !read_number(v + 1, &n)) {
		return false;
	} else if (word_value(word, "cpus") != NULL) {
		vm->vcpus = n;
	} else if (word_value(word, "memory") != NULL) {
		vm->memory = (int64_t)n;
	} else if (word_value(word, "load") != NULL) {
		vm->load = n;
	} else if (word_value(word, "noise") != NULL) {
		vm->noise = n;
	} else if (word_value(word, "priority") != NULL) {
		vm->priority = (int64_t)n;
	} else if (word_value(word, "start") != NULL) {
		vm->start = (msec_t)(n * 1000);
	} else if (word_value(word, "stop") != NULL) {
		vm->stop = (msec_t)(n * 1000);
	} else {
		return false;
	}
	return true;
}

/* Puts it where "e1,e2" says: the n-th VM of its line on the n-th of them. */
static bool
put_on(const struct world *w, struct w_vm *v, const char *on, size_t nth)
{
	char *copy = xstrdup(on), *at = copy, *word = NULL, *found = NULL;
	size_t n = 1, c = 0, node = 0;
	const char *s;
	struct w_place *p = NULL;

	for (s = on; *s != '\0'; s++)
		n += *s == ',';
	for (n = nth % n + 1; n > 0 && (word = strsep(&at, ",")) != NULL; n--)
		found = word;
	if (found != NULL && world_node(w, found, &c, &node))
		p = world_place(v, c);
	free(copy);
	if (p == NULL)
		return false;
	p->state = G_ON;
	p->node = (int)node;
	return true;
}

static bool
add_vm(struct world *w, const char *name, size_t nth, const char *rest, char **cause)
{
	char *copy = xstrdup(rest), *at = copy, *word, *on;
	struct w_vm *v;
	bool ok = true;
	int c;

	w->vms = xreallocarray(w->vms, w->nvms + 1, sizeof(*w->vms));
	v = &w->vms[w->nvms++];
	*v = (struct w_vm) { .name = xstrdup(name),
		.vcpus = 2,
		.memory = 2048,
		.load = 0.5,
		.start = 10000,
		.stop = 5000,
		.priority = -1 };
	on = NULL;
	while (ok && (word = next_word(&at)) != NULL) {
		c = world_cluster(w, word);
		if (c >= 0) {
			v->places = xreallocarray(
			    v->places, v->nplaces + 1, sizeof(*v->places));
			v->places[v->nplaces++] = (struct w_place) {
				.cluster = (size_t)c, .node = -1, .next = -1
			};
		} else if (!vm_option(w, v, word, &on)) {
			ok = cause_set(cause, "%s: no such cluster or option of a VM",
			         word) == 0;
		}
	}
	if (ok && on != NULL && !put_on(w, v, on, nth))
		ok = cause_set(
		         cause, "on=%s: no such node of a site of %s", on, name) == 0;
	free(copy);
	return ok;
}

/* "web1" or "web1..8". */
static bool
read_vms(struct world *w, char *at, char **cause)
{
	char *name = next_word(&at), *dots, *digits, *one;
	unsigned long first, last, i;
	bool ok = true;

	if (name == NULL)
		return cause_set(cause, "a VM needs a name") == 0;
	dots = strstr(name, "..");
	if (dots == NULL)
		return add_vm(w, name, 0, at, cause);
	last = strtoul(dots + 2, NULL, 10);
	digits = dots;
	while (digits > name && isdigit((unsigned char)digits[-1]))
		digits--;
	first = strtoul(digits, NULL, 10);
	for (i = first; ok && i <= last && i < first + 1000; i++) {
		one = xasprintf("%.*s%lu", (int)(digits - name), name, i);
		ok = add_vm(w, one, i - first, at, cause);
		free(one);
	}
	return ok;
}

static bool
is_section(const char *w)
{
	static const char *const all[] = { "policies", "load", "moves", "poll",
		"evidence" };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(w, all[i]) == 0)
			return true;
	return false;
}

/* "Mon 21:30" */
static bool
read_start(struct script *s, const char *text)
{
	static const char days[] = "MonTueWedThuFriSatSun";
	const char *day;
	msec_t t;

	if (strlen(text) < 5 || text[3] != ' ')
		return false;
	for (day = days; *day != '\0'; day += 3)
		if (strncmp(day, text, 3) == 0)
			break;
	t = read_time(text + 4);
	if (*day == '\0' || t < 0)
		return false;
	/* "21:30" was read as minutes and seconds */
	s->start = MONDAY + (day - days) / 3 * 86400 + t / 1000 * 60;
	return true;
}

/* "balance automatic", as the configuration says it. */
static bool
read_mode(struct script *s, char *at, char **cause)
{
	char *policy = next_word(&at), *mode = next_word(&at), *whole;

	if (mode == NULL)
		return cause_set(cause, "mode of which policy, and which?") == 0;
	whole = xasprintf("policies %s = { mode = \"%s\"; }", policy, mode);
	s->sections = add_line(s->sections, whole);
	free(whole);
	return true;
}

bool
script_situation(struct script *s, struct world *w, char *line, char **cause)
{
	char *at = line, *word, *whole;

	word = next_word(&at);
	if (word == NULL)
		return true;
	if (is_section(word)) {
		whole = xasprintf("%s %s", word, at);
		s->sections = add_line(s->sections, whole);
		free(whole);
		return true;
	}
	if (strcmp(word, "mode") == 0)
		return read_mode(s, at, cause);
	if (strcmp(word, "cluster") == 0)
		return read_cluster(w, at, cause);
	if (strcmp(word, "node") == 0)
		return read_node(w, at, cause);
	if (strcmp(word, "vm") == 0)
		return read_vms(w, at, cause);
	if (strcmp(word, "set") == 0) {
		s->sets = add_line(s->sets, at);
	} else if (strcmp(word, "domain") == 0) {
		s->domains = add_line(s->domains, at);
	} else if (strcmp(word, "seed") == 0) {
		w->seed = strtoull(at, NULL, 10);
	} else if (strcmp(word, "start") == 0) {
		if (!read_start(s, at))
			return cause_set(cause,
			           "start is a day and a time: Mon "
			           "21:30") == 0;
	} else {
		return cause_set(cause, "%s: no such line of a situation", word) == 0;
	}
	return true;
}

/* --- the file ----------------------------------------------------------------------
 */

static char *
read_file(const char *path, char **cause)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (f == NULL) {
		cause_set(cause, "%s: %s", path, strerror(errno));
		return NULL;
	}
	n = getdelim(&text, &size, '\0', f);
	fclose(f);
	if (n < 0) {
		free(text);
		cause_set(cause, "%s: nothing in it", path);
		return NULL;
	}
	return text;
}

static bool
read_line(struct script *s, struct world *w, char *line, unsigned number, char **cause)
{
	char *at = line, *word, *copy;
	bool ok;

	at += strspn(at, " \t");
	if (*at == '#' || *at == '\0')
		return true;
	if (strncmp(at, "at ", 3) != 0 && strncmp(at, "end ", 4) != 0) {
		copy = xstrdup(at);
		ok = script_situation(s, w, copy, cause);
		free(copy);
		return ok;
	}
	word = next_word(&at);
	if (strcmp(word, "end") == 0) {
		s->end = read_time(at);
		return s->end > 0 || cause_set(cause, "%s: no time", at) == 0;
	}
	word = next_word(&at);
	s->lines = xreallocarray(s->lines, s->nlines + 1, sizeof(*s->lines));
	s->lines[s->nlines] = (struct line) { .at = word == NULL ? -1 : read_time(word),
		.number = number,
		.text = xstrdup(at) };
	if (s->lines[s->nlines].at < 0) {
		free(s->lines[s->nlines].text);
		return cause_set(cause, "at which time?") == 0;
	}
	if (s->nlines > 0 && s->lines[s->nlines].at < s->lines[s->nlines - 1].at) {
		free(s->lines[s->nlines].text);
		return cause_set(cause, "that is before the line above") == 0;
	}
	s->nlines++;
	return true;
}

int
script_read(struct script *s, struct world *w, const char *path, char **cause)
{
	const char *slash = strrchr(path, '/');
	char *text = read_file(path, cause), *log, *copy, *at, *line, *why = NULL;
	unsigned number = 0;
	int rc = 0;

	if (text == NULL)
		return -1;
	memset(s, 0, sizeof(*s));
	s->path = xstrdup(path);
	s->name = xstrdup(slash == NULL ? path : slash + 1);
	if (strchr(s->name, '.') != NULL)
		*strchr(s->name, '.') = '\0';
	s->start = MONDAY + 8 * 3600;
	s->end = 3600000;
	log = strstr(text, LOG_BEGINS);
	s->head = log == NULL ? xstrdup(text) : xstrndup(text, (size_t)(log - text));
	s->log = xstrdup(log == NULL ? "" : log + strlen(LOG_BEGINS));
	copy = at = xstrdup(s->head);
	while (rc == 0 && (line = strsep(&at, "\n")) != NULL) {
		number++;
		if (!read_line(s, w, line, number, &why))
			rc = cause_set(cause, "%s:%u: %s", path, number,
			    why == NULL ? "not understood" : why);
	}
	if (rc == 0 && w->nclusters == 0)
		rc = cause_set(cause, "%s: no cluster in it", path);
	free(why);
	free(copy);
	free(text);
	return rc;
}

void
script_clear(struct script *s)
{
	size_t i;

	for (i = 0; i < s->nlines; i++)
		free(s->lines[i].text);
	free(s->lines);
	free(s->path);
	free(s->name);
	free(s->head);
	free(s->log);
	free(s->sections);
	free(s->sets);
	free(s->domains);
}
