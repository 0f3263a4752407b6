# SPDX-License-Identifier: Apache-2.0
"""clusterset setup: the first configuration, with options and on a terminal."""
import os
import signal
import stat

import pytest

from harness import cli, clock


@pytest.fixture(autouse=True)
def need_clusterset(top_builddir):
    if not os.path.exists(cli.program(top_builddir)):
        pytest.skip("clusterset is not built")


@pytest.fixture
def directory(lab):
    path = os.path.join(lab.directory, "first")
    os.mkdir(path)
    return path


def conf_of(directory):
    return os.path.join(directory, "clusterset.conf")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def words(directory, more=""):
    return (f"setup --file {conf_of(directory)} --state-dir {directory} --cluster east "
            f"--server east/e1=https://192.0.2.1:29009 {more}")


ACCOUNT = "--user east=watch --password-file east=-"


class Talk:
    """Questions and answers, each behind the one before."""

    def __init__(self, screen):
        self.screen, self.at = screen, 0

    def __call__(self, question, answer=None):
        self.at = self.screen.wait(question, after=self.at)
        if answer is not None:
            self.screen.send(answer + "\n")


def on_terminal(lab, directory):
    return cli.Terminal(lab, f"setup --file {conf_of(directory)} --state-dir {directory}")


def test_options_say_it_all(lab, directory):
    done = cli.ok(lab, words(directory, "--name first " + ACCOUNT), stdin="s3cret\n")
    assert "What remains:" in done.out and "s3cret" not in done.out + done.err
    assert "/examples/snmpd.conf.d/clusterset.conf" in done.out and "cluster add" not in done.out
    secret = os.path.join(directory, "east.credentials")
    assert stat.S_IMODE(os.stat(secret).st_mode) == 0o600
    assert read(secret) == "user = watch\npassword = s3cret\n"
    assert ": good: 1 cluster" in cli.ok(lab, f"config check {conf_of(directory)}").out
    before = read(conf_of(directory))
    done = cli.run(lab, words(directory, ACCOUNT), stdin="x\n")  # never over one that is there
    assert done.code == 4 and read(conf_of(directory)) == before
    # an account that is there stays, and is used only when no other one is given
    os.unlink(conf_of(directory))
    done = cli.run(lab, words(directory, ACCOUNT), stdin="x\n")
    assert done.code == 4 and secret + " is there already" in done.err
    cli.ok(lab, words(directory))
    assert "s3cret" in read(secret) and 'credentials = "east.credentials"' in read(conf_of(directory))


def test_nothing_half_made_is_left(lab, directory):
    for bad in ("--server east/e2=nonsense", "--server east/e1=https://192.0.2.2",
                "--server east/e2", "--ca-file east=/nonexistent"):
        done = cli.run(lab, words(directory, f"{ACCOUNT} {bad}"), stdin="x\n")
        assert done.code in (1, 2) and "nothing was written" in done.err, repr(done)
        assert os.listdir(directory) == []
    done = cli.run(lab, f"setup --file {directory}/not/there.conf {ACCOUNT} --cluster east")
    assert done.code == 1 and f"install -d -m 0755 {directory}/not/" in done.err
    assert "//" not in done.err


@pytest.mark.parametrize("secret", ("", " begins", "ends ", "tab\t", "x" * 3000),
                         ids=("empty", "begins", "ends", "tab", "long"))
def test_passwords_that_would_be_read_otherwise(lab, directory, secret):
    done = cli.run(lab, words(directory, ACCOUNT), stdin=secret + "\n")
    assert done.code == 1 and "the password in standard input" in done.err, repr(done)
    assert os.listdir(directory) == []


def test_long_passwords_are_whole(lab, directory):
    secret = "a b\"#=" * 250
    cli.ok(lab, words(directory, ACCOUNT), stdin=secret + "\n")
    assert read(directory, "east.credentials") == f"user = watch\npassword = {secret}\n"


def test_without_a_cluster_it_says_so(lab, directory):
    done = cli.ok(lab, f"setup --file {conf_of(directory)}")
    assert "1. there is no cluster yet: clusterset cluster add" in done.out


def test_it_asks(lab, directory):
    ca = os.path.join(directory, "ca.pem")
    with open(ca, "w", encoding="ascii") as f:
        f.write("nothing\n")
    with on_terminal(lab, directory) as screen:
        talk = Talk(screen)
        talk("Name of the cluster set", "mine")
        talk("Name of a member", "a/b")
        talk("cannot be the name of a cluster; once more")
        talk("Name of a member", "east")
        talk("A server of it", "east1")
        talk("is not NAME=URL.*once more")
        talk("A server of it", "")
        talk("A server of it", "e1=ftp://x")
        talk("once more")
        talk("A server of it", "e1=https://192.0.2.1:29009")
        talk("Another server", "e1=https://192.0.2.2")
        talk("is given twice; once more")
        talk("Another server", "")
        talk("a PEM file", "nowhere.pem")
        talk("No such file or directory; once more")
        talk("a PEM file", "ca.pem")
        talk("holds no certificate")
        talk("a PEM file", "")
        talk("Account", "")
        talk("is empty; once more")
        talk("Account", "watch")
        talk("password", " hush")
        talk("begins or ends with a blank")
        talk("password", "hush hush")
        talk("Name of a member", "east")
        talk("once more")
        talk("Name of a member", "")
        assert screen.end() == 0, screen.text
        assert "hush" not in screen.text
    got = read(conf_of(directory))
    assert 'name = "mine";' in got and '{ name = "e1"; url = "https://192.0.2.1:29009"; }' in got
    assert "password = hush hush\n" in read(directory, "east.credentials")


def to_password(screen):
    talk = Talk(screen)
    talk("Name of the cluster set", "")
    talk("Name of a member", "east")
    talk("A server of it", "e1=https://192.0.2.1:29009")
    talk("Another server", "")
    talk("a PEM file", "")
    talk("Account", "watch")
    talk("password")
    return talk


def test_breaking_it_off(lab, directory):
    """Echo is back, no file is left; and the end of input ends it."""
    with on_terminal(lab, directory) as screen:
        to_password(screen)
        clock.wait_for(lambda: not cli.echoes(screen), "no echo", 10)
        screen.interrupt()
        clock.wait_for(lambda: cli.echoes(screen), "echo", 10)
        assert screen.end() == -signal.SIGINT
    with on_terminal(lab, directory) as screen:
        talk = to_password(screen)
        screen.send("hush\n")
        talk("Name of a member")
        assert os.listdir(directory) == ["east.credentials"]
        screen.interrupt()
        assert screen.end() == -signal.SIGINT
    assert os.listdir(directory) == []
    with on_terminal(lab, directory) as screen:
        talk = Talk(screen)
        talk("Name of the cluster set")
        screen.send("\x04")
        assert screen.end() == 1 and "no more answers" in screen.text


def test_it_goes_on_with_an_account_that_is_there(lab, directory):
    secret = os.path.join(directory, "east.credentials")
    with open(secret, "w", encoding="ascii") as f:
        f.write("user = watch\npassword = before\n")
    os.chmod(secret, 0o600)
    with on_terminal(lab, directory) as screen:
        talk = Talk(screen)
        talk("Name of the cluster set", "")
        talk("Name of a member", "east")
        talk("A server of it", "e1=https://192.0.2.1:29009")
        talk("Another server", "")
        talk("a PEM file", "")
        talk("Its account is in .* already")
        talk("Name of a member", "")
        assert screen.end() == 0, screen.text
    assert "before" in read(secret) and os.path.exists(conf_of(directory))
