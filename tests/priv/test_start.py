"""A port of the mail server on which nothing listens, through the root helper."""
import os
import socket
import time

import pytest

from callers import audit, front
from helper_box import Helper
from test_unblock import lists  # noqa: F401

PORT = 20000 + os.getpid() % 10000 // 4 * 4      # one is served for a while
NAME, DEAD, ALIVE = f"{PORT}/IPv4", "not listening", "listening"


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    """What "serves" listens for five seconds: it is waited for."""
    yield
    until = time.monotonic() + 10
    for port in range(PORT, PORT + 4):
        while time.monotonic() < until:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.1)


def start(h, name=NAME, expect=DEAD, value=ALIVE):
    return h.ask("start_listener", name, expect, value)


def test_a_restart_is_done_when_the_port_is_served_and_is_not_undone(lists):  # noqa: F811
    lists.set(serves=PORT)
    with Helper() as h:
        r = start(h)
        assert (r.code, r.before, r.after) == ("done", DEAD, ALIVE), r.text
        assert start(h).code == "stale"     # served already: no second restart
        u = h.ask("undo", r.change)
        assert u.code == "denied" and "nothing to put back" in u.text
    assert [a["act"] for a in audit()] == ["start_listener"]


def test_a_daemon_that_is_started_inherits_no_lock(lists):  # noqa: F811
    lists.set(serves=PORT + 3)
    with Helper() as h:
        start(h, f"{PORT + 3}/IPv4")
    with open("/var/cpanel/inherited") as f:
        assert "change.lock" not in f.read()


def test_another_familys_socket_is_not_the_port(lists):  # noqa: F811
    lists.set(serves=PORT + 1)
    with Helper() as h:
        assert start(h, f"{PORT + 1}/IPv4").code == "done"
        assert h.ask("start_listener", f"{PORT + 1}/IPv6", ALIVE, ALIVE).code == "input"


def test_a_panel_that_refuses_is_told_at_once(lists):  # noqa: F811
    lists.set(hulk_quirk="refuses")
    with Helper() as h:
        r = start(h, f"{PORT + 2}/IPv4")
        assert r.code == "unavailable" and "permission" in r.text
        assert h.journal()[0]["state"] == "FAILED"


@pytest.mark.parametrize("name", ["", "0/IPv4", "025/IPv4", "65536/IPv4", "25", "25/ipv4", "/IPv4",
                                  "25/IPv5", "-1/IPv4", "25/IPv4 ", "25;id/IPv4"])
def test_what_is_no_port_is_refused(lists, name):  # noqa: F811
    with Helper() as h:
        assert start(h, name).code == "input"


def test_only_root_and_an_administrator_may_ask(lists):  # noqa: F811
    for caller in (Helper("relaydoctor-scan"), front("reseller.cgi", "rita")):
        with caller as h:
            assert start(h).code == "denied"
