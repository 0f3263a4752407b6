/*
 * SPDX-License-Identifier: Apache-2.0
 * Just enough SNMPv2c (RFC 3416, BER) to walk an agent faster than it can answer.
 *
 * The walker's own: no library between it and the socket, so that what is measured is
 * the agent. Decoding is strict; an answer that is not understood ends the benchmark.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_OID_MAX  128 /* sub-identifiers */
#define WIRE_VARS_MAX 4096 /* of one answer */
#define WIRE_SIZE     65536

enum wire_pdu {
	WIRE_GET = 0xa0,
	WIRE_GETNEXT = 0xa1,
	WIRE_RESPONSE = 0xa2,
	WIRE_GETBULK = 0xa5
};

struct wire_oid {
	uint32_t id[WIRE_OID_MAX];
	size_t len;
};

/* "1.3.6.1" (a leading dot is fine); false when it is none. */
bool wire_oid_parse(const char *text, struct wire_oid *);
int wire_oid_compare(const struct wire_oid *, const struct wire_oid *);
bool wire_oid_below(const struct wire_oid *, const struct wire_oid *root);

/* One request; `repeat` is max-repetitions of a GETBULK (non-repeaters 0). Returns the
 * start of the message within buf[WIRE_SIZE] and its *size. */
const unsigned char *wire_request(unsigned char *buf, size_t *size, enum wire_pdu,
    const char *community, int32_t id, int32_t repeat,
    const struct wire_oid *const *oids, size_t n);

struct wire_var {
	struct wire_oid oid;
	int tag; /* of the value */
};

struct wire_answer {
	int32_t id, error, index;
	size_t n;
	struct wire_var *vars; /* WIRE_VARS_MAX of them, the caller's */
};

/* NULL, or what is wrong with the message. */
const char *wire_parse(const unsigned char *msg, size_t size, struct wire_answer *);

/* noSuchObject, noSuchInstance, endOfMibView */
static inline bool
wire_exception(int tag)
{
	return tag >= 0x80 && tag <= 0x82;
}

#endif
