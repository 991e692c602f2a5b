"""A port of firewalld's through the root helper: the real firewalld where it is installed,
and a stand-in for firewall-cmd where every step is to be cut short."""
import os
import subprocess

import pytest

from callers import audit, front, user
from helper_box import Helper, install_helper, run, write
from lab.firewalld import Firewalld, lacking
from test_csf import fire, install, put_back, read, set_aside

CMD, NAME = "/usr/bin/firewall-cmd", "25 in public"
PROGRAMS = ["/usr/bin/systemd-run", CMD]


def furnish(box):
    box.reset()
    install("../lab/systemd_run.py", "/usr/bin/systemd-run")
    write("/run/timer.factor", "0")
    write("/run/timers", "")
    install_helper()


@pytest.fixture(scope="module")
def daemon(whole_box):
    """firewalld at work in a network namespace of its own, on the box's /run and /etc."""
    assert not lacking(), lacking()
    net = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep infinity"],
                           stdout=subprocess.PIPE)
    net.stdout.readline()
    firewalld = Firewalld(net.pid, apart=False)
    yield firewalld
    firewalld.close()
    net.kill()
    net.wait()
    net.stdout.close()
    run("umount", "/etc/firewalld")


@pytest.fixture
def wall(box, daemon):
    before = {path: set_aside(path) for path in PROGRAMS[:1]}
    furnish(box)
    yield daemon
    for where in ([], ["--permanent"]):
        daemon.cmd(*where, "--zone=public", "--remove-port=25/tcp")
    put_back(before)


@pytest.fixture
def stand_in(box):
    before = {path: set_aside(path) for path in PROGRAMS}
    prepare_stand_in(box)
    yield box
    put_back(before)


def prepare_stand_in(box):
    furnish(box)
    install("fake_firewall_cmd.py", CMD)
    for name in ("now", "permanent", "calls"):
        write("/run/firewalld." + name, "")


def ask(h, value="open", expect="closed", name=NAME):
    return h.ask("set_firewalld_port", name, expect, value)


def is_open(wall):
    return [wall.cmd(*where, "--zone=public", "--query-port=25/tcp", check=False).stdout
            for where in ([], ["--permanent"])]


OPEN, SHUT = ["yes\n"] * 2, ["no\n"] * 2


def test_a_port_is_opened_now_and_for_good_and_closed_again_by_undo(wall):
    with Helper() as h:
        r = ask(h)
        assert (r.code, r.before, r.after) == ("done", "closed", "open"), r.text
        assert is_open(wall) == OPEN
        assert h.ask("keep", r.change).code == "done"
        assert ask(h).code == "stale"
        u = h.ask("undo", r.change)
        assert (u.code, u.after) == ("done", "closed"), u.text
    assert is_open(wall) == SHUT
    assert [a["act"] for a in audit()] == ["set_firewalld_port", "keep", "undo"]


def test_what_nobody_keeps_is_closed_by_the_timer(wall):
    with Helper() as h:
        assert ask(h).code == "done"
    fire()
    assert is_open(wall) == SHUT
    with Helper() as h:
        assert h.journal()[0]["state"] == "UNDONE"
    assert audit()[-1]["act"] == "rollback"


def test_what_only_runs_is_told_and_left(wall):
    wall.cmd("--zone=public", "--add-port=25/tcp")
    with Helper() as h:
        r = ask(h)
        assert r.code == "stale" and "open until firewall-cmd --reload" in r.text
        r = ask(h, expect="open until firewall-cmd --reload")
        assert r.code == "done", r.text
        assert h.ask("undo", r.change).after == "open until firewall-cmd --reload"
    assert is_open(wall) == ["yes\n", "no\n"]


def test_a_zone_that_is_not_there_is_told(wall):
    with Helper() as h:
        r = ask(h, name="25 in nowhere")
        assert r.code == "unavailable" and "INVALID_ZONE" in r.text
        assert not h.journal()


def test_without_a_daemon_nothing_is_changed(stand_in):
    write("/run/firewalld.stopped", "")
    try:
        with Helper() as h:
            r = ask(h)
            assert r.code == "unavailable" and "not running" in r.text
    finally:
        os.unlink("/run/firewalld.stopped")
    os.unlink(CMD)
    with Helper() as h:
        assert ask(h).code == "not_found"


def test_firewall_cmd_gets_fixed_words_and_no_environment(stand_in):
    with Helper(env={"PATH": "/tmp", "DBUS_SYSTEM_BUS_ADDRESS": "x", "PYTHONPATH": "/tmp"}) as h:
        assert ask(h).code == "done"
    assert read("/run/firewalld.calls").splitlines()[-4:] == [
        f"{where}--zone=public --{act}-port=25/tcp 0"
        for act in ("add", "query") for where in ("", "--permanent ")]


@pytest.mark.parametrize("name, expect, value", [
    ("22 in public", "closed", "open"), ("25 out public", "closed", "open"),
    ("25 in ", "closed", "open"), ("25 in --direct", "closed", "open"),
    ("25 in a b", "closed", "open"), ("25 in public;id", "closed", "open"),
    ("25 in ../x", "closed", "open"), ("25 in " + "z" * 18, "closed", "open"),
    ("25/udp in public", "closed", "open"), (NAME, "", "open"), (NAME, "closed", "yes")])
def test_parameters_that_are_none_are_refused(stand_in, name, expect, value):
    with Helper() as h:
        assert ask(h, value, expect, name).code == "input"
    assert read("/run/firewalld.calls") == ""


def test_only_root_and_an_administrator_may_ask(stand_in):
    with front() as h:
        assert ask(h).code == "done"
    h, _ = user("alice")
    for caller in (Helper("relaydoctor-scan"), front("reseller.cgi", "rita"), h):
        with caller as h:
            assert ask(h).code == "denied"
