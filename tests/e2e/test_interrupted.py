"""Whatever is killed, and whatever stands where a list should: the old state or the
new one, a journal that says which, and a scan that reports instead of hanging."""

import json
import os
import signal
import threading
import time

import pytest

from conftest import FINDING, Api, relaydoctor
from lab.box import wait_for

APPLY = ("fix", FINDING, "--set", "confirm=shop.example", "--apply")


def history(box):
    _, out, _ = relaydoctor(box, "history", "--json", status=0)
    return json.loads(out)


def mxcheck(box):
    return box.list_mxs("shopco", "shop.example")["mxcheck"]


def restore(box, before):
    """Undoes what an interrupted change has left, through the product itself."""
    for change in history(box):
        if change["undoable"] and mxcheck(box) == change["after"] != change["before"]:
            relaydoctor(box, "undo", change["id"], status=0)
    assert box.state() == before


def interrupt(box, unit, seconds):
    """Starts an apply whose write takes 2 s, and kills the unit's processes then."""
    with box.quirks(slow_write=2):
        p = box.popen(["/usr/bin/relaydoctor", *APPLY], stdout=-1, stderr=-1)
        wait_for(lambda: any(c["state"] == "PREPARED" for c in journal_files(box)), 20,
                 "the journal entry")
        time.sleep(seconds)
        box.kill_unit(unit)
        p.communicate(timeout=60)


def journal_files(box):
    directory = box.path("/var/lib/relaydoctor/journal")
    entries = []
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        if name.startswith("."):
            continue
        with open(f"{directory}/{name}", encoding="utf-8") as f:
            entries.append(dict(w.split("=", 1) for w in f.read().split()))
    return entries


@pytest.mark.parametrize("seconds", [0.0, 1.0, 1.9, 2.2])
def test_a_killed_helper_leaves_a_state_that_the_journal_names(box, seconds):
    before = box.state()
    interrupt(box, "relaydoctor-helper", seconds)
    latest = history(box)[0]
    now = mxcheck(box)
    assert now in ("auto", "remote")
    assert latest["state"] in ("DONE", "KEPT", "UNDONE", "FAILED")
    assert now == (latest["after"] if latest["state"] in ("DONE", "KEPT")
                   else latest["before"])
    restore(box, before)


def test_recovery_waits_for_the_program_that_the_killed_helper_left(box):
    before = box.state()
    interrupt(box, "relaydoctor-helper", 0.0)
    latest = history(box)[0]
    assert mxcheck(box) == "remote"
    assert latest["state"] == "DONE" and latest["after"] == "remote"
    restore(box, before)


@pytest.mark.parametrize("seconds", [0.0, 1.0, 2.5])
def test_a_killed_front_leaves_a_state_that_the_journal_names(box, seconds):
    before = box.state()
    api = Api(box)
    plan = api.post("plan", finding=FINDING)
    body = {"finding": FINDING, "digest": plan["digest"], "typed": "shop.example"}
    with box.quirks(slow_write=2):
        t = threading.Thread(target=lambda: api.request("apply", body=body))
        t.start()
        wait_for(lambda: any(c["state"] == "PREPARED" for c in journal_files(box)), 20,
                 "the journal entry")
        time.sleep(seconds)
        box.kill_unit("relaydoctor-admin", signal.SIGKILL)
        t.join(60)
    wait_for(lambda: all(c["state"] != "PREPARED" for c in journal_files(box)), 20,
             "the helper to end")
    latest = history(box)[0]
    assert mxcheck(box) == (latest["after"] if latest["state"] in ("DONE", "KEPT")
                            else latest["before"])
    restore(box, before)
    assert wait_for(lambda: Api(box).request("status")[0] == 200, 20, "the front")


def put_fifo(path):
    os.unlink(path)
    os.mkfifo(path, 0o644)


def put_link(path):
    os.rename(path, path + ".real")
    os.symlink("localdomains.real", path)


def put_giant(path):
    with open(path, "r+b") as f:
        f.truncate(1 << 30)


@pytest.mark.parametrize("damage,word", [(put_fifo, "FIFO"), (put_link, "symbolic link"),
                                         (put_giant, "1073741824")],
                         ids=["fifo", "link", "giant"])
def test_what_is_no_list_is_reported_and_never_hung_on(box, damage, word):
    path = box.path("/etc/localdomains")
    with open(path, "rb") as f:
        content = f.read()
    damage(path)
    try:
        start = time.monotonic()
        status, out, _ = relaydoctor(box, "scan", "--json")
        assert time.monotonic() - start < 15
        report = json.loads(out)
        assert status == 3
        found = [f for f in report["findings"] if f["check"] == "domain_lists_unreadable"]
        assert found and any(word in e["text"] for f in found for e in f["evidence"]) \
            or any(word in f["text"] for f in found)
        assert not any(f["check"].startswith("routing_") and f["severity"] != "unknown"
                       for f in report["findings"])
    finally:
        os.unlink(path)
        box.write("/etc/localdomains", content, 0o644)


def test_a_user_cannot_reach_the_sockets_of_the_admin(box):
    code = """
import socket, sys
for path, kind in (("admin.sock", socket.SOCK_STREAM), ("scan.sock", socket.SOCK_STREAM),
                   ("helper.sock", socket.SOCK_SEQPACKET)):
    try:
        socket.socket(socket.AF_UNIX, kind).connect("/run/relaydoctor/" + path)
        print(path)
    except PermissionError:
        pass
"""
    assert box.python(code, user="bakery").stdout == ""
