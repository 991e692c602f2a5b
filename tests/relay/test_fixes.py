"""The lists of those who may relay, and a daemon that has not read its configuration, put
right and back."""

import json
import os
import time

import pytest

from test_relay import probe

LIST = "/etc/trustedmailhosts"
ID = "relay_open_list:trustedmailhosts:198.51.100.0/24"


def relaydoctor(box, *words, status=0):
    done = box.run(["/usr/bin/relaydoctor", *words], check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def accepted(box):
    return probe(box, "198.51.100.9", 25, None, "a@stranger.example",
                 ["x@nowhere.example"])["accepted"]


@pytest.fixture
def wide(box):
    before = box.read(LIST)
    text = "# partners, \xe4\xf6\n" + before + "198.51.100.0/24   # the office\n\n192.0.2.99\n"
    text = text.encode("latin-1")
    box.write(LIST, text)
    yield text
    box.write(LIST, before)


def test_a_network_is_taken_out_and_put_back_in_its_place(box, wide):
    os.chmod(box.path(LIST), 0o604)
    assert accepted(box)
    said = relaydoctor(box, "fix", ID)
    assert "198.51.100.0/24   # the office" in said and box.read(LIST, binary=True) == wide
    change = json.loads(relaydoctor(box, "fix", ID, "--apply", "--json"))
    assert change["state"] == "KEPT"
    assert box.read(LIST, binary=True) == wide.replace(b"198.51.100.0/24   # the office\n", b"")
    assert os.stat(box.path(LIST)).st_mode & 0o777 == 0o604
    assert not accepted(box)
    relaydoctor(box, "undo", change["id"])
    assert box.read(LIST, binary=True) == wide and accepted(box)


def test_what_somebody_changed_since_is_not_undone(box, wide):
    change = json.loads(relaydoctor(box, "fix", ID, "--apply", "--json"))
    box.write(LIST, "198.51.100.0/24 # by hand\n")
    assert "changed meanwhile" in relaydoctor(box, "undo", change["id"], status=1)
    assert box.read(LIST) == "198.51.100.0/24 # by hand\n"


@pytest.mark.parametrize("text, why", [
    ("198.51.100.0/24\n198.51.100.0/24 # again\n", "more than once"),
    ("198.51.100.0/24 # \x1b[2J\n", "by hand"), ("198.51.100.0/24 " + "x" * 300 + "\n", "by hand"),
    ("198.51.100.0/24", "by hand")])
def test_what_could_not_be_put_back_is_left_alone(box, wide, text, why):
    box.write(LIST, text)
    assert why in relaydoctor(box, "fix", ID, "--apply", status=1)
    assert box.read(LIST) == text


def test_the_panels_own_list_has_no_button(box, wide):
    before = box.read("/etc/relayhosts")
    box.write(LIST, "")
    box.write("/etc/relayhosts", "198.51.100.0/24\n")
    try:
        said = relaydoctor(box, "fix", "relay_open_list:relayhosts:198.51.100.0/24", status=1)
    finally:
        box.write("/etc/relayhosts", before)
    assert "no one-click fix" in said


def test_exim_is_restarted_and_that_is_proved(box):
    box.restart_unit("lab-exim.service")
    start = time.time()
    os.utime(box.path("/etc/exim.conf"), (start + 3, start + 3))
    time.sleep(66)
    finding = "exim_config_stale:server1.hosting.example"
    assert "nothing to undo" in relaydoctor(box, "fix", finding)
    old = box.pids("lab-exim")
    change = json.loads(relaydoctor(box, "fix", finding, "--apply", "--json"))
    assert change["state"] == "KEPT" and box.pids("lab-exim") != old
    assert "nothing to put back" in relaydoctor(box, "undo", change["id"], status=1)
    assert "not found any more" in relaydoctor(box, "fix", finding, status=1)
