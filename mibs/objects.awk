# SPDX-License-Identifier: Apache-2.0
# CLUSTER-SET-MIB.txt as C data for cli/: names, OIDs below the root, types, words, indexes.
#
#   awk -v part=h -f objects.awk CLUSTER-SET-MIB.txt >mib_objects.h
#   awk -v part=c -f objects.awk CLUSTER-SET-MIB.txt >mib_objects.c
#
# It reads our own module as it is laid out (one clause a line, enumerations may span
# several), not any SMIv2. What it does not understand ends it with an error, so that a
# build never goes on with half a MIB; a test compares the outcome with smidump's.

function fail(text)
{
	print "objects.awk: line " FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

function trim(s)
{
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# what SMIv2 or another module gives us
BEGIN {
	base["SnmpAdminString"] = base["OCTET STRING"] = "MIB_TEXT"
	base["DateAndTime"] = "MIB_TIME"
	base["Integer32"] = base["INTEGER"] = base["TestAndIncr"] = "MIB_INTEGER"
	base["Unsigned32"] = base["Gauge32"] = "MIB_UNSIGNED"
	base["Counter32"] = "MIB_COUNTER32"
	base["Counter64"] = "MIB_COUNTER64"
	base["VariablePointer"] = "MIB_OID"
	base["TruthValue"] = base["RowStatus"] = base["StorageType"] = "MIB_INTEGER"
	words["TruthValue"] = "true(1), false(2)"
	words["RowStatus"] = "active(1), notInService(2), notReady(3), createAndGo(4), createAndWait(5), destroy(6)"
	words["StorageType"] = "other(1), volatile(2), nonVolatile(3), permanent(4), readOnly(5)"
	sub_of["clusterSetMIB"] = ""
	access["read-only"] = "MIB_READ"
	access["read-write"] = "MIB_WRITE"
	access["read-create"] = "MIB_CREATE"
	access["not-accessible"] = "MIB_NONE"
	access["accessible-for-notify"] = "MIB_NOTIFY"
}

{
	sub(/--.*/, "")	# comments; no string of ours has two dashes outside DESCRIPTION
}

# descriptions are skipped: they may say anything
in_text {
	if (/"/)
		in_text = 0
	next
}
/^[ \t]*(DESCRIPTION|CONTACT-INFO|ORGANIZATION|REFERENCE)/ || (expect_text && /"/) {
	expect_text = 0
	line = $0
	quotes = gsub(/"/, "", line)
	if (quotes == 0)
		expect_text = 1
	else if (quotes == 1)
		in_text = 1
	next
}

/^[a-z][A-Za-z0-9]*[ \t]+OBJECT IDENTIFIER ::= \{/ {
	match($0, /\{.*\}/)
	split(trim(substr($0, RSTART + 1, RLENGTH - 2)), at, /[ \t]+/)
	if (!(at[1] in sub_of))
		fail($1 ": " at[1] " is not known")
	sub_of[$1] = sub_of[at[1]] at[2] "."
	next
}

/^[A-Za-z][A-Za-z0-9]* ::= TEXTUAL-CONVENTION/ { type = $1; kind = "type"; next }
/^[a-z][A-Za-z0-9]*[ \t]+OBJECT-TYPE/ { object = $1; kind = "object"; units = index_of = ""; next }
/^[a-z][A-Za-z0-9]*[ \t]+(NOTIFICATION-TYPE|OBJECT-GROUP|NOTIFICATION-GROUP|MODULE-COMPLIANCE|MODULE-IDENTITY)/ { kind = "" }
/^[A-Z][A-Za-z0-9]* ::= SEQUENCE/ { kind = "" }

kind == "" { next }

/^[ \t]*SYNTAX/ {
	syntax = $0
	while (gsub(/\{/, "{", syntax) > gsub(/\}/, "}", syntax)) {
		if ((getline more) <= 0)
			fail("SYNTAX does not end")
		sub(/--.*/, "", more)
		syntax = syntax " " more
	}
	sub(/^[ \t]*SYNTAX[ \t]*/, "", syntax)
	gsub(/[ \t]+/, " ", syntax)
	syntax = trim(syntax)
	list = range = ""
	if (match(syntax, /\{.*\}/)) {
		list = trim(substr(syntax, RSTART + 1, RLENGTH - 2))
		syntax = trim(substr(syntax, 1, RSTART - 1))
	} else if (match(syntax, /\(.*\)/)) {
		range = substr(syntax, RSTART, RLENGTH)
		gsub(/[()]|SIZE/, "", range)
		range = trim(range)
		syntax = trim(substr(syntax, 1, RSTART - 1))
	}
	if (kind == "type") {
		if (!(syntax in base))
			fail(type ": unknown syntax " syntax)
		base[type] = base[syntax]
		words[type] = list
		ranges[type] = range
		kind = ""
	}
	next
}
/^[ \t]*UNITS/ { split($0, at, /"/); units = at[2]; next }
/^[ \t]*MAX-ACCESS/ { max_access = $2; next }
/^[ \t]*INDEX/ {
	match($0, /\{.*\}/)
	index_of = substr($0, RSTART + 1, RLENGTH - 2)
	gsub(/[ \t]/, "", index_of)
	next
}
/^[ \t]*::= \{/ {
	if (kind != "object")
		next
	kind = ""
	match($0, /\{.*\}/)
	split(trim(substr($0, RSTART + 1, RLENGTH - 2)), at, /[ \t]+/)
	if (!(at[1] in sub_of))
		fail(object ": " at[1] " is not known")
	sub_of[object] = sub_of[at[1]] at[2] "."
	if (syntax ~ /^SEQUENCE OF/) {
		table = object
		table_no[table] = tables++
		table_name[table_no[table]] = table
		next
	}
	if (index_of != "") {
		entry_of[object] = table
		table_index[table] = index_of
		prefix = object
		sub(/Entry$/, "", prefix)
		entry_prefix[object] = prefix
		entry_sub[table] = sub_of[object]
		next
	}
	if (!(syntax in base))
		fail(object ": unknown syntax " syntax)
	n = objects++
	name[n] = object
	number[object] = n
	o_base[n] = base[syntax]
	o_words[n] = list != "" ? list : words[syntax]
	o_range[n] = range != "" ? range : ranges[syntax]
	o_type[n] = syntax
	o_units[n] = units
	o_access[n] = access[max_access]
	if (o_access[n] == "")
		fail(object ": unknown access " max_access)
	o_table[n] = at[1] in entry_of ? entry_of[at[1]] : ""
	o_sub[n] = sub_of[object]
	o_column[n] = at[2]
	# the name without what it shares with its table: csVmOperState -> operState
	key = object
	p = at[1] in entry_of ? entry_prefix[at[1]] : at[1]
	if (index(key, p) == 1)
		key = substr(key, length(p) + 1)
	else
		sub(/^cs/, "", key)
	o_key[n] = tolower(substr(key, 1, 1)) substr(key, 2)
	next
}

# a list of words, shared by all objects that have the same
function list_name(text,   parts, i, m, pair)
{
	if (text == "")
		return "NULL"
	if (!(text in list_no)) {
		list_no[text] = lists++
		printf "static const struct mib_word words%d[] = { ", list_no[text]
		m = split(text, parts, /,/)
		for (i = 1; i <= m; i++) {
			pair = trim(parts[i])
			if (!match(pair, /\([0-9]+\)/))
				fail("a word without a number: " pair)
			printf "{ %s, \"%s\" }, ", substr(pair, RSTART + 1, RLENGTH - 2),
			    trim(substr(pair, 1, RSTART - 1))
		}
		print "{ 0, NULL } };"
	}
	return "words" list_no[text]
}

END {
	if (failed)
		exit 1
	if (objects < 100 || tables < 10) {
		print "objects.awk: this is not CLUSTER-SET-MIB.txt" >"/dev/stderr"
		exit 1
	}
	print "/* SPDX-License-Identifier: Apache-2.0 */"
	print "/* Made from mibs/CLUSTER-SET-MIB.txt by mibs/objects.awk: change those. */"
	if (part == "h") {
		print "#ifndef CLI_MIB_OBJECTS_H\n#define CLI_MIB_OBJECTS_H\n\nenum mib_id {"
		for (i = 0; i < objects; i++)
			print "\t" name[i] ","
		print "\tMIB_OBJECTS,\n};\n\nenum mib_table_id {"
		for (i = 0; i < tables; i++)
			print "\t" table_name[i] ","
		print "\tMIB_TABLES,\n\tMIB_SCALAR = -1,\n};\n\n#endif"
		exit 0
	}
	print "#include \"cli/mib.h\"\n"
	for (i = 0; i < objects; i++)
		list_name(o_words[i])
	print "\nconst struct mib_object mib_objects[MIB_OBJECTS] = {"
	for (i = 0; i < objects; i++) {
		m = split(o_sub[i], at, /\./) - 1
		oid = ""
		for (j = 1; j <= m; j++)
			oid = oid (j > 1 ? ", " : "") at[j]
		low = 0
		high = "UINT32_MAX"
		if (o_range[i] != "") {
			split(o_range[i], at, /\.\./)
			low = at[1]
			high = at[2] != "" ? at[2] : at[1]
		}
		printf "\t[%s] = { \"%s\", \"%s\", \"%s\", \"%s\", %s, %s, %s, %s, %d, %s, %s, { %s }, %d },\n",
		    name[i], name[i], o_key[i], o_type[i], o_units[i], o_base[i],
		    list_name(o_words[i]), o_access[i],
		    o_table[i] != "" ? o_table[i] : "MIB_SCALAR", o_column[i], low, high, oid, m
	}
	print "};\n\nconst struct mib_table mib_tables[MIB_TABLES] = {"
	for (i = 0; i < tables; i++) {
		t = table_name[i]
		first = last = ""
		for (j = 0; j < objects; j++)
			if (o_table[j] == t) {
				if (first == "")
					first = name[j]
				last = name[j]
			}
		m = split(table_index[t], at, /,/)
		ids = ""
		for (j = 1; j <= m; j++) {
			if (!(at[j] in number))
				fail(t ": unknown index " at[j])
			ids = ids (j > 1 ? ", " : "") at[j]
		}
		printf "\t[%s] = { \"%s\", %s, %s, { %s }, %d },\n", t, t, first, last, ids, m
	}
	print "};"
}
