#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every scenario of tests/policy/scenes, a test each. Speaks TAP.
exec "${top_builddir:-.}/tests/policy/play" "${top_srcdir:-.}"/tests/policy/scenes/*.txt
