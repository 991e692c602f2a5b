"""A mail port on which nothing listens: found, Exim restarted, and proved by a
conversation; what did not help is told."""

import json

import pytest

from conftest import BUILD, Api, relaydoctor
from described import check
from lab.box import Box

FINDING = "port_closed_here:25/IPv4"


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD) as b:
        yield b


KILL = """
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        words = open(f"/proc/{pid}/cmdline").read().split("\\0")
    except OSError:
        continue
    if words[:2] == ["/usr/sbin/exim", "-bd"]:
        os.kill(int(pid), signal.SIGKILL)
"""


@pytest.fixture
def stopped(box):
    box.stop_unit("lab-exim.service")
    yield box
    box.python(KILL)        # what the panel has started
    box.start_unit("lab-exim.service")


def findings(box):
    _, out, _ = relaydoctor(box, "scan", "--check", "port_closed_here", "--json")
    return {f["id"]: f["fix"] for f in json.loads(out)["findings"]}


def test_a_port_that_nobody_serves_is_served_again_and_proved(stopped):
    assert findings(stopped)[FINDING]["id"] == "enable_listener"
    plan = json.loads(relaydoctor(stopped, "fix", FINDING, "--json", status=0)[1])
    assert plan["ops"] == [{"verb": "start_listener", "name": "25/IPv4",
                            "expect": "not listening", "value": "listening"}]
    assert any(n.startswith("Not undoable") for n in plan["notes"])
    api = Api(stopped)
    made = api.post("plan", finding=FINDING)
    status, reply = api.request("apply", body={"finding": FINDING, "digest": made["digest"]})
    assert status == 200, reply
    check("apply", "post", reply)
    change = reply["data"]
    assert (change["state"], change["undoable"]) == ("KEPT", False)
    assert change["listener"]["verdict"] == "answers" and change["listener"]["banner"]
    assert FINDING not in findings(stopped)
    assert "cannot be undone" in relaydoctor(stopped, "undo", change["id"])[2]


def test_a_restart_that_does_not_help_is_no_success(stopped):
    exim = stopped.read("/usr/local/cpanel/bin/whmapi1")
    stopped.write("/usr/local/cpanel/bin/whmapi1", '#!/bin/sh\necho \'{"metadata":{"result":0,'
                  '"reason":"exim failed to start"}}\'\n')
    try:
        status, _, err = relaydoctor(stopped, "fix", FINDING, "--apply")
    finally:
        stopped.write("/usr/local/cpanel/bin/whmapi1", exim)
    assert status != 0 and "exim failed to start" in err


def test_a_port_that_is_served_has_no_such_fix(box):
    assert relaydoctor(box, "fix", FINDING, "--apply")[0] != 0
    assert relaydoctor(box, "fix", "port_closed_here:0/IPv4", "--apply")[0] != 0
    assert relaydoctor(box, "fix", "port_closed_here:25/IPv4;id", "--apply")[0] != 0
