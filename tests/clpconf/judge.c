/*
 * SPDX-License-Identifier: Apache-2.0
 * An opinion of its own on a clp.conf after a deletion; see judge.h. It shares no code
 * with ecx/clpconf*, on purpose.
 */
#include "config.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/clpconf/judge.h"

/* Each must select nothing. */
static const struct {
	const char *path, *words;
} nowhere[] = {
	{ "/root/group/resource[not(contains(@name, '@'))]",
	    "a group's resource without @" },
	{ "/root/resource/*[not(self::types)][not(concat(name(), '@', @name) = "
	  "/root/group/resource/@name)]",
	    "a resource in no group" },
	{ "/root/group/resource[not(substring-after(@name, '@') = "
	  "/root/resource/*[not(self::types)]/@name)]",
	    "a group lists a resource that is not there" },
	{ "/root/resource/*/depend[@name != ''][not(@name = "
	  "/root/resource/*[not(self::types)]/@name)]",
	    "a dependency on nothing that is there" },
	{ "/root/resource/*[depend[@name = ''] and depend[@name != '']]",
	    "an empty dependency beside another" },
	{ "/root/resource/*/depend[@name = ../@name]", "a resource depends on itself" },
	{ "/root/resource/*/depend[@name = preceding-sibling::depend/@name]",
	    "a dependency stands twice" },
	{ "/root/group/depend/*/depend[not(@name = /root/group/@name)]",
	    "a group waits for one that is not there" },
	{ "/root/monitor/*[string(target) != ''][not(normalize-space(target) = "
	  "/root/resource/*[not(self::types)]/@name)]",
	    "a monitor's target is not there" },
	{ "/root/monitor/*[normalize-space(relation/type) = 'rsc']"
	  "[not(normalize-space(relation/name) = "
	  "/root/resource/*[not(self::types)]/@name)]",
	    "a monitor recovers a resource that is not there" },
	{ "/root/monitor/*[normalize-space(relation/type) = 'grp']"
	  "[not(normalize-space(relation/name) = /root/group/@name)]",
	    "a monitor recovers a group that is not there" },
	{ "/root/monitor/*[self::mdw or self::mdnw or self::hdw or self::hdnw or "
	  "self::sdw "
	  "or self::vmw][not(normalize-space(parameters/object) = "
	  "/root/resource/*[not(self::types)]/@name)]",
	    "a monitor's object is not there" },
	{ "/root/resource/vcom[not(normalize-space(parameters/target) = "
	  "/root/resource/fip/@name)]",
	    "a vcom's address is not there" },
	{ "/root/webmgr/client/objectnumber[. != 4 + count(/root/server) + "
	  "count(/root/group) + count(/root/resource/*[not(self::types)]) + "
	  "count(/root/monitor/*[not(self::types)]) + count(/root/server) * "
	  "count(/root/heartbeat/*[not(self::types)] | "
	  "/root/networkpartition/*[not(self::types)])]",
	    "objectnumber is wrong" },
	{ "/root/group/gid[. >= count(/root/group)]", "a gid is too large" },
	{ "/root/group[gid = preceding-sibling::group/gid]", "a gid stands twice" },
};

static size_t
count(xmlXPathContext *x, const char *path)
{
	xmlXPathObject *o = xmlXPathEvalExpression((const xmlChar *)path, x);
	size_t n;

	if (o == NULL)
		abort();
	n = o->nodesetval == NULL ? 0 : (size_t)o->nodesetval->nodeNr;
	xmlXPathFreeObject(o);
	return n;
}

/* Types entries and what is there, of one section: as many names on both sides, and the
 * same. */
static char *
types(xmlXPathContext *x, const char *section)
{
	char *path = xasprintf("/root/%s/*[not(self::types)]", section), *one,
	     *why = NULL;
	xmlXPathObject *used = xmlXPathEvalExpression((const xmlChar *)path, x);
	size_t i, n = used->nodesetval == NULL ? 0 : (size_t)used->nodesetval->nodeNr;
	size_t entries, distinct = 0;

	for (i = 0; i < n && why == NULL; i++) {
		xmlNode *node = used->nodesetval->nodeTab[i], *p;

		one = xasprintf(
		    "/root/%s/types[@name = '%s']", section, (const char *)node->name);
		entries = count(x, one);
		free(one);
		if (entries != 1)
			why = xasprintf("%zu types entries of %s", entries,
			    (const char *)node->name);
		for (p = node->prev; p != NULL; p = p->prev)
			if (p->type == XML_ELEMENT_NODE &&
			    xmlStrEqual(p->name, node->name))
				break;
		distinct += p == NULL;
	}
	one = xasprintf("/root/%s/types", section);
	if (why == NULL && count(x, one) != distinct)
		why = xasprintf("a types entry of %s that nobody has", section);
	free(one);
	free(path);
	xmlXPathFreeObject(used);
	return why;
}

static void
#if LIBXML_VERSION >= 21200
silent(void *arg, const xmlError *e)
#else
silent(void *arg, xmlError *e)
#endif
{
	(void)arg;
	(void)e;
}

static char *
judge_tree(xmlXPathContext *x)
{
	char *why = NULL;
	size_t i;

	for (i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		if (count(x, nowhere[i].path) > 0)
			return xstrdup(nowhere[i].words);
	why = types(x, "resource");
	return why != NULL ? why : types(x, "monitor");
}

static xmlDoc *
parse(const char *bytes, size_t len)
{
	xmlSetStructuredErrorFunc(NULL, silent);
	return xmlReadMemory(bytes, (int)len, NULL, NULL, XML_PARSE_NONET);
}

char *
judge_xml(const char *bytes, size_t len)
{
	xmlDoc *doc = parse(bytes, len);
	xmlXPathContext *x;
	char *why;

	if (doc == NULL)
		return xstrdup("is no XML any more");
	x = xmlXPathNewContext(doc);
	why = judge_tree(x);
	xmlXPathFreeContext(x);
	xmlFreeDoc(doc);
	return why;
}

char *
judge_holds(const char *bytes, size_t len)
{
	struct clpconf *c = clpconf_parse(bytes, len, "result", NULL, NULL);
	struct clpconf_findings f = { NULL, 0 };
	char *why = NULL;

	if (c == NULL)
		return xstrdup("cannot be read again");
	f = clpconf_check(c);
	if (f.n > 0)
		why = xstrdup(f.list[0].text);
	clpconf_findings_clear(&f);
	clpconf_free(c);
	return why;
}

/* --- lines -------------------------------------------------------------------------
 */

/* A text is cut behind every newline and before every '<', so that a file of one line
 * can be judged, too. */
static size_t
piece(const char *text, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (text[i] == '<' || text[i - 1] == '\n')
			return i;
	return len;
}

static bool
may_differ(const char *text, size_t len)
{
	static const char *const words[] = { "<objectnumber>", "<configid>", "<depend ",
		"</depend>", "<sameserver>", "</sameserver>", "<target", "</target>",
		"<gid>", "<name>", "<type>", "\n", "\r\n" };
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		if (len >= n && memcmp(text, words[i], n) == 0)
			return true;
	}
	for (i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL)
			return false;
	return true;
}

/* Blanks behind a tag may have been those of its neighbour. */
static size_t
trimmed(const char *text, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
		n--;
	return n;
}

/* Do all lines end with CR LF (1), none (0), or some (-1)? */
static int
line_ends(const char *text, size_t len)
{
	size_t i, lf = 0, cr = 0;

	for (i = 0; i < len; i++) {
		lf += text[i] == '\n';
		cr += i > 0 && text[i] == '\n' && text[i - 1] == '\r';
	}
	return cr == 0 ? 0 : cr == lf ? 1 : -1;
}

char *
judge_lines(const char *old, size_t old_len, const char *new, size_t new_len)
{
	size_t n, m;
	bool found;

	if (line_ends(old, old_len) != line_ends(new, new_len))
		return xstrdup("line ends have changed");
	for (; new_len > 0; new += n, new_len -= n) {
		n = piece(new, new_len);
		for (found = may_differ(new, n); !found && old_len > 0;) {
			m = piece(old, old_len);
			found = trimmed(old, m) == trimmed(new, n) &&
			    memcmp(old, new, trimmed(new, n)) == 0;
			old += m;
			old_len -= m;
		}
		if (!found)
			return xasprintf("is new, or stands elsewhere: %.*s",
			    (int)trimmed(new, n), new);
	}
	return NULL;
}

char *
judge_gone(const char *bytes, size_t len, const struct clpconf_request *q)
{
	xmlDoc *doc = parse(bytes, len);
	xmlXPathContext *x;
	const char *path;
	size_t n;

	if (doc == NULL)
		return xstrdup("is no XML any more");
	x = xmlXPathNewContext(doc);
	xmlXPathRegisterVariable(
	    x, (const xmlChar *)"name", xmlXPathNewCString(q->name));
	xmlXPathRegisterVariable(x, (const xmlChar *)"type",
	    xmlXPathNewCString(q->type == NULL ? "" : q->type));
	xmlXPathRegisterVariable(
	    x, (const xmlChar *)"on", xmlXPathNewCString(q->on == NULL ? "" : q->on));
	path = q->what == CLPCONF_RSC
	    ? "/root/resource/*[@name = $name] | /root/group/resource[@name = "
	      "concat($type, '@', $name)] | /root/resource/*/depend[@name = $name]"
	    : q->what == CLPCONF_MON ? "/root/monitor/*[@name = $name][name() = $type]"
	    : q->what == CLPCONF_GRP
	    ? "/root/group[@name = $name] | /root/group/depend/*/depend[@name = $name]"
	    : "/root/resource/*[@name = $name][name() = $type]/depend[@name = $on]";
	n = count(x, path);
	xmlXPathFreeContext(x);
	xmlFreeDoc(doc);
	return n == 0 ? NULL : xstrdup("is still there");
}
