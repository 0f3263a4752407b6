# SPDX-License-Identifier: Apache-2.0
"""./quickstart where it cannot or must not do its work: clear words, nothing changed."""
import os
import shutil
import subprocess

import pytest

TOOLS = ("sh", "cat", "dirname", "id", "nproc", "mkdir", "date", "flock", "tail", "sed", "find",
         "head", "tr", "env")


@pytest.fixture
def quickstart(top_srcdir, tmp_path):
    """Runs it with a PATH of harmless tools and the given shell scripts."""
    def run(*words, **scripts):
        bin_dir = tmp_path / "bin"
        bin_dir.mkdir(exist_ok=True)
        for tool in TOOLS:
            if not (bin_dir / tool).exists():
                (bin_dir / tool).symlink_to(shutil.which(tool))
        for name, text in scripts.items():
            path = bin_dir / name.replace("_", "-")
            path.unlink(missing_ok=True)
            path.write_text("#!/bin/sh\n" + text + "\n")
            path.chmod(0o755)
        return subprocess.run(
            [os.path.join(top_srcdir, "quickstart"), *words], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, env={
                "PATH": str(bin_dir), "QUICKSTART_BUILD": str(tmp_path / "build"),
                "HOME": str(tmp_path)})
    return run


@pytest.mark.parametrize("words", [(), ("checks",), ("check", "more"), ("demo", "--kepp"),
                                   ("demo", "--keep", "x")])
def test_wrong_words_get_the_usage(quickstart, words):
    done = quickstart(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ./quickstart demo [--keep]")


def test_help_is_no_error(quickstart):
    done = quickstart("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage:")


def test_no_debian_gets_a_list(quickstart):
    done = quickstart("demo")
    assert done.returncode == 1
    assert "  libsnmp-dev\n" in done.stdout and "QUICKSTART_NO_INSTALL=1" in done.stdout


def test_missing_packages_without_a_way_to_root(quickstart):
    """Neither root nor sudo: it says what root has to do."""
    done = quickstart("check", dpkg_query='case $4 in uthash-dev) exit 1;; esac\n'
                      'echo "install ok installed"', apt_get="exit 1", id="echo 1000")
    assert done.returncode == 1
    assert "apt-get install uthash-dev" in done.stderr
