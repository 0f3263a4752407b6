/*
 * SPDX-License-Identifier: Apache-2.0
 * What every configured endpoint answers: facts for the doctor, unjudged.
 *
 * Each server is asked at its own address, many servers at a time, the questions to one
 * of them one after the other, through ecx/http and with the times of the
 * configuration. After the first 401 nothing more is asked with that account there: ECX
 * can lock accounts (contract 9.12). Blocks until all have answered or timed out.
 */
#ifndef CLI_DOCTOR_REST_H
#define CLI_DOCTOR_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "set/observation.h"
#include "set/settings.h"

/*
 * The one POST of the doctor, which cannot act: resuming (never suspending) a monitor
 * of which no cluster has the name, on a server of which no cluster has the name. What
 * comes back before the name is looked up is 401 or 403, and that is all that is asked.
 */
#define DOCTOR_PROBE_MONITOR "clusterset-doctor-probe-there-is-no-such-monitor"
#define DOCTOR_PROBE_SERVER  "clusterset-doctor-no-such-server"

enum doctor_support { SUPPORT_UNKNOWN, SUPPORT_NO, SUPPORT_YES };

enum doctor_right {
	RIGHT_UNASKED,
	RIGHT_YES, /* the name was looked up, and not found */
	RIGHT_NO, /* 403 */
	RIGHT_DENIED, /* 401 */
	RIGHT_UNCLEAR /* no answer, 5xx */
};

struct doctor_endpoint {
	size_t cluster; /* index into the settings */
	size_t server; /* likewise; SIZE_MAX: the read_url */
	/* the first GET that failed; reach is REACH_OK when none did */
	enum ecx_reach reach;
	const char *failed; /* its path */
	int curl;
	long status, verify;
	char *cause; /* what happened, in words, without the server's name */
	struct obs_view view; /* what it said */
	msec_t took, slowest; /* of the five GETs of a round; -1: not measured */
	int64_t skew; /* seconds that its clock is ahead of ours */
	bool dated; /* skew is known */
	int64_t expires; /* of its certificate, seconds since 1970; 0: none, or not seen
	                  */
	/* what releases differ in (contract 1.3) */
	enum doctor_support select_resources, toratio, applied_date;
	/* of the account that gives orders; of the polling one when it is another */
	enum doctor_right operate, reader_operates;
	char *operate_said, *reader_said; /* "HTTP 403 for POST ..." */
};

struct doctor_rest {
	struct doctor_endpoint *list; /* in the order of the settings */
	size_t n;
	bool posted; /* rights were probed */
};

/* `post`: may the probe of the operation right be sent? */
void doctor_rest_gather(const struct settings *s, bool post, struct doctor_rest *out);
void doctor_rest_clear(struct doctor_rest *rest);

/* The releases that answer so: "at least X 5.2, before X 6.0"; "" when nothing is
 * known. */
const char *doctor_release(const struct doctor_endpoint *e);

/* What a POST's answer says about the right; pure. `curl`: not 0 is no answer. */
enum doctor_right doctor_right_of(int curl, long status);

/* Reads groups[].resources[] of GET /groups?select=resources and fills in the groups of
 * resources that tell none; pure. */
enum doctor_support doctor_select(const char *body, size_t len, struct obs_view *view);

#endif
