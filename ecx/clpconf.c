/*
 * SPDX-License-Identifier: Apache-2.0
 * Reading a clp.conf: bytes, encoding, libxml2's tree, the scanner's elements, and that
 * both are the same; see clpconf.h.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "ecx/clpconf_edit.h"
#include "ecx/clpconf_int.h"

/*
 * Accepted encodings, and the superset under which they are read: product files hold
 * vendor characters (NEC's row 13) that the strict names do not know.
 */
static const struct encoding {
	const char *name, *reader;
} encodings[] = { { "UTF-8", "UTF-8" }, { "UTF8", "UTF-8" }, { "ASCII", "ASCII" },
	{ "US-ASCII", "ASCII" }, { "EUC-JP", "EUC-JP-MS" }, { "EUCJP", "EUC-JP-MS" },
	{ "SJIS", "CP932" }, { "SHIFT_JIS", "CP932" }, { "SHIFT-JIS", "CP932" },
	{ "WINDOWS-31J", "CP932" }, { "CP932", "CP932" }, { "MS932", "CP932" },
	{ "GB2312", "GB18030" }, { "EUC-CN", "GB18030" }, { "GBK", "GB18030" },
	{ "CP936", "GB18030" }, { "GB18030", "GB18030" }, { "EUC-KR", "EUC-KR" },
	{ "BIG5", "BIG5" }, { "ISO-8859-1", "ISO-8859-1" } };

struct complaint {
	unsigned line;
	char *text;
};

/* The encoding that the XML declaration names, NULL when there is none. */
static char *
declared(const char *bytes, size_t len)
{
	struct element e = { 0 };
	struct span value;
	const char *end;
	char quote;

	if (len < 6 || memcmp(bytes, "<?xml", 5) != 0)
		return NULL;
	end = memmem(bytes, len, "?>", 2);
	if (end == NULL)
		return NULL;
	e.from = 1; /* behind the '?' it looks like any start tag */
	e.open_to = (size_t)(end - bytes);
	if (!scan_attribute(bytes, &e, "encoding", &value, &quote) ||
	    value.to > e.open_to)
		return NULL;
	return xstrndup(bytes + value.from, value.to - value.from);
}

static bool
can_read(const char *encoding)
{
	xmlCharEncodingHandler *handler = xmlFindCharEncodingHandler(encoding);

	if (handler == NULL)
		return false;
	xmlCharEncCloseFunc(handler);
	return true;
}

/* The encoding to read the file in. */
static int
reader_of(
    const char *name, const char *bytes, size_t len, const char **reader, char **cause)
{
	char *word = declared(bytes, len), *shown;
	const struct encoding *e = NULL;
	size_t i;
	int ret = 0;

	*reader = "UTF-8";
	if (word == NULL)
		return 0;
	for (i = 0; e == NULL && i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (strcasecmp(word, encodings[i].name) == 0)
			e = &encodings[i];
	shown = text_vis(word, 40);
	if (e == NULL)
		ret = cause_set(cause,
		    "%s:1: encoding \"%s\" is not one that this program can edit "
		    "(UTF-8, ASCII, EUC-JP, SJIS, GB2312): pull the file again with "
		    "clpcfctrl; nothing was changed",
		    name, shown);
	else if (can_read(e->reader))
		*reader = e->reader;
	else if (can_read(e->name))
		*reader = e->name;
	else
		ret = cause_set(cause,
		    "%s:1: encoding \"%s\" is not known to this machine's iconv: "
		    "install "
		    "its character sets (glibc-gconv-extra on Red Hat's systems)",
		    name, shown);
	free(shown);
	free(word);
	return ret;
}

static void
complain(void *arg, XML_ERROR *e)
{
	xmlParserCtxt *ctxt = arg;
	struct complaint *first = ctxt->_private;

	if (first->text != NULL || e->level < XML_ERR_ERROR)
		return;
	first->line = e->line > 0 ? (unsigned)e->line : 1;
	first->text = text_vis(e->message, 200);
	if (strlen(first->text) > 4 &&
	    strcmp(first->text + strlen(first->text) - 4, "\\012") == 0)
		first->text[strlen(first->text) - 4] = '\0';
}

/* Converters complain past the context, to standard error. */
static void
ignore(void *arg, XML_ERROR *e)
{
	(void)arg;
	(void)e;
}

static int
read_tree(struct clpconf *c, char **cause)
{
	xmlStructuredErrorFunc others = xmlStructuredError;
	void *others_arg = xmlStructuredErrorContext;
	struct complaint first = { 1, NULL };
	xmlParserCtxt *ctxt;

	if (reader_of(c->name, c->bytes, c->len, &c->reader, cause) != 0)
		return -1;
	ctxt = xmlNewParserCtxt();
	if (ctxt == NULL)
		return cause_set(cause, "%s: libxml2 does not start", c->name);
	ctxt->_private = &first;
	ctxt->sax->serror = complain;
	xmlSetStructuredErrorFunc(NULL, ignore);
	c->doc = xmlCtxtReadMemory(ctxt, c->bytes, (int)c->len, NULL, c->reader,
	    XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOERROR |
	        XML_PARSE_BIG_LINES);
	xmlSetStructuredErrorFunc(others_arg, others);
	if (c->doc != NULL && !ctxt->wellFormed) {
		xmlFreeDoc(c->doc);
		c->doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	if (c->doc == NULL)
		cause_set(cause, "%s:%u: not well-formed XML: %s; nothing was changed",
		    c->name, first.line,
		    first.text == NULL ? "libxml2 does not say why" : first.text);
	else if (c->doc->intSubset != NULL || c->doc->extSubset != NULL)
		cause_set(cause, "%s:1: a DOCTYPE, which is not accepted: remove it",
		    c->name);
	free(first.text);
	return c->doc == NULL || c->doc->intSubset != NULL ? -1 : 0;
}

static xmlNode *
next_element(xmlNode *n)
{
	while (n != NULL && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return n;
}

/* The element that follows in document order. */
static xmlNode *
following(xmlNode *n)
{
	xmlNode *k = next_element(n->children);

	while (k == NULL && n != NULL) {
		k = next_element(n->next);
		n = n->parent;
		if (n == NULL || n->type != XML_ELEMENT_NODE)
			break;
	}
	return k;
}

static bool
same_name(const struct clpconf *c, const struct element *e, const char *name)
{
	size_t n = strlen(name);
	const char *p = c->bytes + e->from + 1;

	return e->open_to - e->from > n + 1 && memcmp(p, name, n) == 0 &&
	    strchr(" \t\r\n/>", p[n]) != NULL;
}

/* Both readers must have seen the same elements, nested in the same way. */
static int
compare(struct clpconf *c, char **cause)
{
	xmlNode *n = xmlDocGetRootElement(c->doc);
	struct element *e;
	size_t i;

	for (i = 0; i < c->scan.n && n != NULL; i++, n = following(n)) {
		e = &c->scan.list[i];
		if (!same_name(c, e, (const char *)n->name) ||
		    (e->parent == NONE ? (void *)c->doc
		                       : (void *)c->scan.list[e->parent].node) !=
		        (void *)n->parent)
			break;
		e->node = n;
		e->name = (const char *)n->name;
	}
	if (i == c->scan.n && n == NULL)
		return 0;
	return cause_set(cause,
	    "%s:%u: the tags here can be read in two ways; write them plainly (no name "
	    "spaces, no markup within CDATA); nothing was changed",
	    c->name, i < c->scan.n ? c->scan.list[i].line : 1);
}

static int
parse(struct clpconf *c, char **cause)
{
	if (c->len > CLPCONF_BYTES_MAX)
		return cause_set(cause,
		    "%s: more than %u bytes, no clp.conf is so large", c->name,
		    CLPCONF_BYTES_MAX);
	if (memchr(c->bytes, '\0', c->len) != NULL)
		return cause_set(cause,
		    "%s: has bytes of value 0: UTF-16, or no text at all; a clp.conf "
		    "is "
		    "UTF-8, ASCII, EUC-JP, SJIS or GB2312; nothing was changed",
		    c->name);
	if (scan_elements(&c->scan, c->name, c->bytes, c->len, cause) != 0 ||
	    read_tree(c, cause) != 0 || compare(c, cause) != 0)
		return -1;
	if (strcmp(c->scan.list[0].name, "root") != 0 ||
	    child_of(c, 0, "cluster") == NONE)
		return cause_set(cause,
		    "%s:%u: this is no clp.conf: it has no /root/cluster; nothing was "
		    "changed",
		    c->name, c->scan.list[0].line);
	return model_build(c, cause);
}

struct clpconf *
clpconf_parse(
    const char *bytes, size_t len, const char *name, bool *refused, char **cause)
{
	struct clpconf *c = xcalloc(1, sizeof(*c));

	c->name = text_vis(name, 1024);
	c->len = len;
	c->bytes = xmalloc(len + 1);
	memcpy(c->bytes, bytes, len);
	c->bytes[len] = '\0';
	if (refused != NULL)
		*refused = false;
	if (parse(c, cause) == 0)
		return c;
	if (refused != NULL)
		*refused = true;
	clpconf_free(c);
	return NULL;
}

static char *
read_file(int fd, const char *path, size_t *len, char **cause)
{
	char *buf = NULL;
	size_t cap = 0;
	ssize_t got;

	*len = 0;
	for (;;) {
		if (cap - *len < 65536) {
			cap = cap == 0 ? 131072 : cap * 2;
			buf = xreallocarray(buf, cap, 1);
		}
		got = read(fd, buf + *len, cap - *len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			cause_set(
			    cause, "%s: cannot be read: %s", path, strerror(errno));
			free(buf);
			return NULL;
		}
		*len += (size_t)got;
		if (got == 0 || *len > CLPCONF_BYTES_MAX)
			return buf;
	}
}

struct clpconf *
clpconf_load(const char *path, bool *refused, char **cause)
{
	struct clpconf *c = NULL;
	struct stat st;
	char *buf = NULL;
	size_t len;
	int fd;

	if (refused != NULL)
		*refused = false;
	/* a FIFO without a writer must not hang us */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) != 0) {
		cause_set(cause, "%s: cannot be opened: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		cause_set(cause, "%s: is %s, not a file; name the clp.conf itself",
		    path,
		    S_ISDIR(st.st_mode) ? "a directory" : "a device, pipe or socket");
		goto out;
	}
	buf = read_file(fd, path, &len, cause);
	if (buf != NULL)
		c = clpconf_parse(buf, len, path, refused, cause);
out:
	free(buf);
	if (fd >= 0)
		close(fd);
	return c;
}

void
clpconf_free(struct clpconf *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nowned; i++)
		free(c->owned[i]);
	free(c->owned);
	if (c->doc != NULL)
		xmlFreeDoc(c->doc);
	free(c->scan.list);
	free(c->bytes);
	free(c->name);
	free(c);
}

const struct clpconf_facts *
clpconf_facts(const struct clpconf *c)
{
	return &c->facts;
}

const char *
clpconf_bytes(const struct clpconf *c, size_t *len)
{
	*len = c->len;
	return c->bytes;
}

char *
clpconf_utf8(const struct clpconf *c, const char *bytes, size_t len)
{
	xmlCharEncodingHandler *handler = xmlFindCharEncodingHandler(c->reader);
	xmlBuffer *in = xmlBufferCreateSize(len + 1), *out = xmlBufferCreate();
	char *text;

	xmlBufferAdd(in, (const xmlChar *)bytes, (int)len);
	if (handler == NULL || strcmp(c->reader, "UTF-8") == 0 ||
	    xmlCharEncInFunc(handler, out, in) < 0 || xmlBufferLength(in) > 0)
		text = xstrndup(bytes, len); /* it was read: this does not happen */
	else
		text = xstrdup((const char *)xmlBufferContent(out));
	xmlCharEncCloseFunc(handler);
	xmlBufferFree(in);
	xmlBufferFree(out);
	return text;
}

/* --- elements -------------------------------------------------------------- */

void *
own(struct clpconf *c, void *p)
{
	if (p == NULL)
		return NULL;
	if (c->nowned == c->owned_cap) {
		c->owned_cap = c->owned_cap == 0 ? 128 : c->owned_cap * 2;
		c->owned = xreallocarray(c->owned, c->owned_cap, sizeof(*c->owned));
	}
	c->owned[c->nowned++] = p;
	return p;
}

static char *
trimmed(xmlChar *text)
{
	static const char blanks[] = " \t\r\n";
	const char *from = text == NULL ? "" : (const char *)text;
	size_t n;
	char *copy;

	from += strspn(from, blanks);
	for (n = strlen(from); n > 0 && strchr(blanks, from[n - 1]) != NULL; n--)
		;
	copy = xstrndup(from, n);
	xmlFree(text);
	return copy;
}

char *
element_text(const struct clpconf *c, size_t el)
{
	return el == NONE ? xstrdup("")
	                  : trimmed(xmlNodeGetContent(c->scan.list[el].node));
}

char *
element_attr(const struct clpconf *c, size_t el, const char *attr)
{
	xmlChar *value = xmlGetNoNsProp(c->scan.list[el].node, (const xmlChar *)attr);

	return value == NULL ? NULL : trimmed(value);
}

const char *
own_text(struct clpconf *c, size_t el)
{
	return own(c, element_text(c, el));
}

const char *
own_attr(struct clpconf *c, size_t el, const char *attr)
{
	return own(c, element_attr(c, el, attr));
}

size_t
first_child(const struct clpconf *c, size_t el)
{
	return c->scan.list[el].next > el + 1 ? el + 1 : NONE;
}

size_t
next_child(const struct clpconf *c, size_t el, size_t child)
{
	size_t k = c->scan.list[child].next;

	return k < c->scan.list[el].next ? k : NONE;
}

bool
is_named(const struct clpconf *c, size_t el, const char *name)
{
	return strcmp(c->scan.list[el].name, name) == 0;
}

size_t
child_of(const struct clpconf *c, size_t el, const char *name)
{
	size_t k;

	for (k = first_child(c, el); k != NONE; k = next_child(c, el, k))
		if (is_named(c, k, name))
			return k;
	return NONE;
}

size_t
find_path(const struct clpconf *c, size_t el, const char *path)
{
	char *copy = xstrdup(path), *rest = copy, *word;

	while (el != NONE && (word = strsep(&rest, "/")) != NULL)
		el = child_of(c, el, word);
	free(copy);
	return el;
}

char *
element_path(const struct clpconf *c, size_t el)
{
	char *path = xstrdup(""), *longer, *attr, *seen;

	for (; el != NONE; el = c->scan.list[el].parent) {
		attr = element_attr(c, el, "name");
		if (attr == NULL)
			attr = element_attr(c, el, "id");
		seen = attr == NULL ? xstrdup("") : text_vis(attr, 200);
		longer = xasprintf("/%s%s%s%s", c->scan.list[el].name,
		    attr == NULL ? "" : "@", seen, path);
		free(path);
		free(attr);
		free(seen);
		path = longer;
	}
	return path;
}
