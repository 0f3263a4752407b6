/*
 * SPDX-License-Identifier: Apache-2.0
 * One POST and what is known of it after. See command.h.
 */
#include "ecx/command.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/stats.h"
#include "base/text.h"
#include "ecx/decode.h"
#include "ecx/member.h"

struct command {
	struct command *next, **prev;
	struct http_transfer *transfer;
	ecx_command_cb *cb;
	void *arg;
	char *what; /* "server1 POST /groups/g/start", for messages */
};

char *
ecx_path(const char *format, const char *name)
{
	const char *at = strstr(format, "%s");
	char *encoded = curl_easy_escape(NULL, name, 0), *path;

	if (encoded == NULL || at == NULL)
		abort(); /* out of memory, see base/mem.h, or a bug */
	path = xasprintf("%.*s%s%s", (int)(at - format), format, encoded, at + 2);
	curl_free(encoded);
	return path;
}

static void
command_free(struct command *c)
{
	*c->prev = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	free(c->what);
	free(c);
}

void
command_cancel_all(struct ecx_poller *p)
{
	struct command *c;

	while ((c = p->commands) != NULL) {
		http_cancel(c->transfer);
		command_free(c);
	}
}

/* What a transfer without a whole answer means. */
static enum ecx_outcome
unanswered(const struct http_answer *a, char **cause)
{
	char *vis = text_vis(
	    a->detail[0] != '\0' ? a->detail : curl_easy_strerror((CURLcode)a->curl),
	    ECX_TEXT_MAX);

	if (a->late)
		cause_set(cause, "not sent: its deadline had passed");
	else
		cause_set(
		    cause, "%s: %s", a->sent ? "no whole answer" : "not sent", vis);
	free(vis);
	return a->sent ? ECX_UNANSWERED : ECX_NOT_SENT;
}

/*
 * A 4xx says no, with or without an envelope; so does an envelope with a code or a
 * message under 2xx (contract 1.6). A 5xx may come from something between us after the
 * server has acted, and 408 and whatever is garbled say nothing either way.
 */
static enum ecx_outcome
judge(const struct http_answer *a, int64_t *code, char **message, char **cause)
{
	enum ecx_decoded d;

	if (a->curl != CURLE_OK)
		return unanswered(a, cause);
	d = ecx_decode_envelope(a->body, a->len, code, message, cause);
	if (a->status >= 200 && a->status <= 299) {
		if (d == ECX_DECODED)
			return ECX_ACCEPTED;
		return d == ECX_SAYS_NO ? ECX_REFUSED : ECX_UNANSWERED;
	}
	cause_set(cause, "HTTP %ld%s%s", a->status, *message == NULL ? "" : ": ",
	    *message == NULL ? "" : *message);
	if (a->status >= 400 && a->status <= 499 && a->status != 408)
		return ECX_REFUSED;
	return ECX_UNANSWERED;
}

static void
on_answer(const struct http_answer *a, void *arg)
{
	static const char *const words[] = { "accepted", "refused", "not sent",
		"unanswered" };
	struct ecx_result result = { 0 };
	struct command *c = arg;
	char *message = NULL, *cause = NULL;
	ecx_command_cb *cb = c->cb;
	void *cb_arg = c->arg;

	result.http_status = a->status;
	result.code = ROW_NONE;
	result.outcome = judge(a, &result.code, &message, &cause);
	result.message = cause == NULL ? "" : cause;
	if (a->sent)
		stat_add(STAT_COMMANDS_SENT, 1);
	if (result.outcome == ECX_REFUSED)
		stat_add(STAT_COMMANDS_REFUSED, 1);
	if (result.outcome == ECX_UNANSWERED)
		stat_add(STAT_COMMANDS_UNANSWERED, 1);
	log_notice("ecx", "%s: %s%s%s", c->what, words[result.outcome],
	    cause == NULL ? "" : ": ", result.message);
	command_free(c);
	cb(&result, cb_arg);
	free(message);
	free(cause);
}

void
ecx_command(struct ecx_poller *p, size_t cluster, size_t server, const char *path,
    const char *body, msec_t deadline, ecx_command_cb *cb, void *arg)
{
	const struct cluster_settings *s = &p->settings->clusters[cluster];
	struct http_request rq = { 0 };
	struct command *c = xcalloc(1, sizeof(*c));
	char *url = ecx_url(s->servers[server].url, s->base_path, path);

	c->cb = cb;
	c->arg = arg;
	c->what =
	    xasprintf("%s of %s: POST %s", s->servers[server].name, s->name, path);
	c->next = p->commands;
	c->prev = &p->commands;
	if (c->next != NULL)
		c->next->prev = &c->next;
	p->commands = c;
	rq.url = url;
	rq.credentials = s->operate.user != NULL ? &s->operate : &s->poll;
	rq.ca_file = p->members[cluster]->ca_file;
	rq.pinned_key = s->pinned_key;
	rq.verify = s->verify;
	rq.connect_timeout = p->settings->poll.connect_timeout;
	rq.timeout = p->settings->poll.command_timeout;
	rq.answer_max = p->settings->poll.answer_max;
	rq.post = true;
	rq.body = body;
	rq.deadline = deadline;
	log_debug("ecx", "%s: asking, at most %" PRId64 " ms", c->what, rq.timeout);
	c->transfer = http_start(p->http, &rq, on_answer, c);
	free(url);
}
