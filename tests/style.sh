#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# House rules that a machine can check; `make check-style` runs it over the tree.
#
# style.sh [TOP_SRCDIR]; CLANG_FORMAT names the formatter (version 14 decides, another
# version or none is said and not judged). One line a finding, FILE:LINE: words; the last
# line is `style files=N findings=N`. It changes nothing.
LC_ALL=C
export LC_ALL
top=${1:-.}
cd "$top" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

if git rev-parse --is-inside-work-tree >/dev/null 2>&1 &&
    test "$(git rev-parse --show-prefix)" = ""; then
	git ls-files --cached --others --exclude-standard
else
	find . -path './build*' -prune -o -type f -print | sed 's|^\./||'
fi | sort >"$tmp/all"
grep -E '\.[ch]$' "$tmp/all" >"$tmp/c"
grep -E '(\.([ch]|py|sh)|^quickstart|^\.ci/run)$' "$tmp/all" >"$tmp/sources"
: >"$tmp/findings"

# every FILE of a list that exists
each()
{
	while read -r f; do
		test -f "$f" && printf '%s\n' "$f"
	done <"$tmp/$1"
}

# clang-format
formatter=${CLANG_FORMAT:-clang-format}
if version=$("$formatter" --version 2>/dev/null); then
	case $version in
	*"version 14."*)
		each c | xargs -r -n 40 "$formatter" --dry-run 2>&1 |
		    sed -n 's/^\([^:]*:[0-9]*\):[0-9]*: .*\[-Wclang-format-violations\].*/\1: not as clang-format has it/p' |
		    sort -u >>"$tmp/findings" ;;
	*)
		echo "note: formatting is judged by clang-format 14 only, this is $version" ;;
	esac
else
	echo "note: clang-format is not installed, formatting was not checked"
fi

# functions that are not used here; comments may name them
each c | while read -r f; do
	awk -v file="$f" '
	function code(s,   out, i) {	# without strings and comments
		gsub(/"([^"\\]|\\.)*"/, "\"\"", s)
		out = ""
		while (s != "") {
			if (inside) {
				i = index(s, "*/")
				if (!i) return out
				s = substr(s, i + 2); inside = 0
			} else {
				i = index(s, "/*")
				if (!i) { out = out s; break }
				out = out substr(s, 1, i - 1)
				s = substr(s, i + 2); inside = 1
			}
		}
		sub(/\/\/.*/, "", out)
		return out
	}
	{
		line = code($0)
		if (match(line, /(^|[^A-Za-z0-9_])(sprintf|vsprintf|strcpy|strcat|strtok|atoi|atol|gets|system|popen|localtime|gmtime)[ \t]*\(/)) {
			word = substr(line, RSTART, RLENGTH)
			gsub(/[^a-z]/, "", word)
			print file ":" FNR ": " word "() is banned (see HACKING.md)"
		}
	}' "$f"
done >>"$tmp/findings"

# each room includes its own and what lies below
allowed()
{
	case $1 in
	base) echo "base" ;;
	set) echo "base set" ;;
	ecx) echo "base set ecx" ;;
	move) echo "base set move" ;;
	policy) echo "base set move policy" ;;
	hooks) echo "base set move hooks" ;;
	configfile) echo "base set configfile" ;;
	cli) echo "base set ecx policy configfile cli" ;;
	subagent) echo "base set ecx move policy hooks configfile subagent" ;;
	esac
}
for room in base set ecx move policy hooks configfile cli subagent; do
	may=$(allowed "$room")
	grep "^$room/" "$tmp/c" | while read -r f; do
		test -f "$f" || continue
		sed -n 's|^[ \t]*#[ \t]*include[ \t]*"\([a-z0-9_]*\)/.*|\1|p' "$f" | sort -u |
		while read -r other; do
			case " $may " in
			*" $other "*) ;;
			*)
				line=$(grep -n "include *\"$other/" "$f" | head -1 | cut -d: -f1)
				echo "$f:$line: $room/ must not include $other/ (includes run downward only)" ;;
			esac
		done
		case $room in
		set | move | base)
			grep -nE '# *include *<(net-snmp/|curl/|event|sqlite3)' "$f" |
			    sed "s|^\([0-9]*\):.*|$f:\1: $room/ compiles without Net-SNMP, curl, libevent and SQLite|" ;;
		esac
	done
done >>"$tmp/findings"

each sources | while read -r f; do
	head -3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
	    echo "$f:1: no SPDX-License-Identifier: Apache-2.0 in the first three lines"
	lines=$(wc -l <"$f")
	test "$lines" -le 700 ||
	    echo "$f:$lines: $lines lines, more than 700: a second subject crept in"
	grep -nE '(TO)DO|(FIX)ME|(X)XX' "$f" | grep -v "mktemp\|mkstemp\|mkdtemp\|XXXXXX\|# TO""DO " |
	    sed "s|^\([0-9]*\):.*|$f:\1: a marker for later: do it or drop it|"
	grep -nE '[ 	]+$' "$f" | sed "s|^\([0-9]*\):.*|$f:\1: blanks at the end of the line|"
done >>"$tmp/findings"

# manual pages
if command -v mandoc >/dev/null 2>&1; then
	grep -E '^(doc|cli|subagent)/.*\.[1-8](\.in)?$' "$tmp/all" | while read -r f; do
		test -f "$f" && mandoc -Tlint -W warning "$f" 2>&1 |
		    sed -n 's|^mandoc: \([^:]*:[0-9]*\):[0-9]*: |\1: |p'
	done >>"$tmp/findings"
elif grep -qE '^doc/.*\.[1-8]' "$tmp/all"; then
	echo "note: mandoc is not installed, manual pages were not checked"
fi

sort -u "$tmp/findings"
files=$(each sources | wc -l)
findings=$(sort -u "$tmp/findings" | wc -l)
echo "style files=$((files)) findings=$((findings))"
test "$findings" -eq 0
