/*
 * SPDX-License-Identifier: Apache-2.0
 * A small clp.conf for unit tests, and a text with parts of it replaced. Both groups
 * have something of everything that a deletion has to touch.
 */
#ifndef TESTS_UNIT_CLPCONF_TEXT_H
#define TESTS_UNIT_CLPCONF_TEXT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* 4 + 2 servers + 2 groups + 5 resources + 5 monitors + (1 + 1) x 2 = 22 */
static const char clpconf_text[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<root>\n"
    "  <cluster><name>c1</name></cluster>\n"
    "  <all><serveros>linux</serveros></all>\n"
    "  <rstd><use>1</use></rstd>\n"
    "  <server name=\"n1\"><priority>0</priority><device id=\"400\"/></server>\n"
    "  <server name=\"n2\"><priority>1</priority><device id=\"400\"/></server>\n"
    "  <heartbeat><types name=\"lankhb\"/><lankhb name=\"hb1\"/></heartbeat>\n"
    "  <networkpartition><types name=\"pingnp\"/><pingnp name=\"np1\"/>"
    "</networkpartition>\n"
    "  <group name=\"g1\">\n"
    "    <resource name=\"fip@fip1\"/>\n"
    "    <resource name=\"md@md1\"/>\n"
    "    <resource name=\"exec@e1\"/>\n"
    "    <resource name=\"exec@e2\"/>\n"
    "    <gid>0</gid>\n"
    "  </group>\n"
    "  <group name=\"g2\">\n"
    "    <resource name=\"vm@vm2\"/>\n"
    "    <policy name=\"n2\"><order>0</order></policy>\n"
    "    <start>0</start>\n"
    "    <failback>1</failback>\n"
    "    <depend>\n"
    "      <act>\n"
    "        <depend name=\"g1\"/>\n"
    "      </act>\n"
    "    </depend>\n"
    "    <gid>1</gid>\n"
    "  </group>\n"
    "  <resource>\n"
    "    <types name=\"fip\"/>\n"
    "    <types name=\"md\"/>\n"
    "    <types name=\"exec\"/>\n"
    "    <types name=\"vm\"/>\n"
    "    <fip name=\"fip1\"/>\n"
    "    <md name=\"md1\">\n"
    "      <depend name=\"fip1\"/>\n"
    "    </md>\n"
    "    <exec name=\"e1\">\n"
    "      <depend name=\"md1\"/>\n"
    "    </exec>\n"
    "    <exec name=\"e2\">\n"
    "      <depend name=\"md1\"/>\n"
    "      <depend name=\"e1\"/>\n"
    "      <deact><action>2</action></deact>\n"
    "    </exec>\n"
    "    <vm name=\"vm2\"/>\n"
    "  </resource>\n"
    "  <monitor>\n"
    "    <types name=\"mdw\"/>\n"
    "    <mdw "
    "name=\"mdw1\"><target/><parameters><object>md1</object></parameters></mdw>\n"
    "    <types name=\"genw\"/>\n"
    "    <genw name=\"w1\"><target>e1</target>\n"
    "      <relation><type>rsc</type><name>e2</name></relation></genw>\n"
    "    <genw name=\"w2\"><target/>\n"
    "      <relation><type>grp</type><name>g2</name></relation></genw>\n"
    "    <types name=\"userw\"/>\n"
    "    <userw name=\"userw\"><relation><type>cls</type><name>LocalServer</name>"
    "</relation></userw>\n"
    "    <types name=\"fipw\"/>\n"
    "    <fipw name=\"fipw1\"><target>fip1</target>\n"
    "      <relation><type>rsc</type><name>fip1</name></relation></fipw>\n"
    "  </monitor>\n"
    "  <trekking><configid>5311010.123</configid></trekking>\n"
    "  <webmgr><client><objectnumber>22</objectnumber></client></webmgr>\n"
    "</root>\n";

/* `text`, which is freed, with the first `from` as `to`. */
static inline char *
clpconf_with(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from), *out;

	if (at == NULL)
		ck_abort_msg("the text has no: %s", from);
	out = xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return out;
}

#endif
