"""Networks in the lists of those who may relay, before a real Exim."""

import json
import time

import pytest

LOG = "/var/log/exim_mainlog"


@pytest.fixture
def listed(box):
    def write(path, text):
        box.write(path, before[path] + text)

    before = {p: box.read(p) for p in ("/etc/trustedmailhosts", "/etc/relayhosts")}
    yield write
    for path, text in before.items():
        box.write(path, text)
    if box.exists("/etc/backupmxhosts"):
        box.remove("/etc/backupmxhosts")


def found(box):
    done = box.run(["/usr/bin/relaydoctor", "scan", "--check", "relay_open_list", "--json"],
                   check=False)
    return {f["subject"]["name"]: f for f in json.loads(done.stdout)["findings"]}


def test_a_network_by_which_exim_relays_is_found_with_the_verb_that_does_it(box, listed):
    listed("/etc/trustedmailhosts", "198.51.100.0/24\n")
    listed("/etc/relayhosts", "198.0.0.0/11\n")
    got = found(box)
    assert {n: f["severity"] for n, f in got.items()} == {
        "trustedmailhosts:198.51.100.0/24": "warning", "relayhosts:198.0.0.0/11": "critical"}
    said = [e["text"] for e in got["relayhosts:198.0.0.0/11"]["evidence"]]
    assert said[0] == "line 3: 198.0.0.0/11"
    assert "as if from 198.0.0.1," in said[1] and "exim4.conf line" in said[1]


def test_a_file_that_exim_does_not_relay_by_is_none(box, listed):
    box.write("/etc/backupmxhosts", "0.0.0.0/0\n")
    assert found(box) == {}


def arrival(days, client, login=""):
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - days * 86400))
    return f"{at} 1vN0{days:02}-00000001abC-0aBc <= a@far.example H=(pc) [{client}]:50123 P=esmtp{login} S=900\n"


@pytest.mark.parametrize("lines, stale", [
    ([(40, "203.0.113.9"), (1, "203.0.113.9")], "40 days, as far back"),
    ([(50, "203.0.113.9"), (35, "198.51.100.9"), (1, "203.0.113.9")], "35 days"),
    ([(40, "203.0.113.9"), (5, "198.51.100.9"), (1, "203.0.113.9")], None),
    ([(40, "203.0.113.9"), (5, "198.51.100.9", "sa A=dovecot_login:x"), (1, "203.0.113.9")], "as far back"),
    ([(20, "203.0.113.9"), (1, "203.0.113.9")], None),
    ([(40, "203.0.113.9"), (3, "192.0.2.77] [198.51.100.9"), (1, "203.0.113.9")], None)])
def test_a_network_that_nobody_sends_from_is_called_stale_where_the_log_covers_it(box, listed, lines, stale):
    log = box.read(LOG)     # the box's rotation is of today, so the span grows backwards
    listed("/etc/trustedmailhosts", "198.51.100.0/24\n")
    box.write(LOG, "".join(arrival(*x) for x in [(25, "203.0.113.9"), *lines]) + log)
    try:
        got = found(box)["trustedmailhosts:198.51.100.0/24"]
    finally:
        box.write(LOG, log)
    said = [e["text"] for e in got["evidence"] if e["source"] == "exim_mainlog"]
    assert (stale in said[0] and len(said) == 1) if stale else said == []
    assert got["fix"]["id"] == "untrust_address"


def test_a_single_address_that_is_used_no_more_is_found_taken_out_and_put_back(box, listed):
    log, before = box.read(LOG), box.read("/etc/trustedmailhosts")
    listed("/etc/trustedmailhosts", "198.51.100.9\n198.51.100.8\n"
           "198.51.100.7 # Relay Doctor: trusted until 2099-12-28\n")
    listed("/etc/relayhosts", "198.51.100.6\n")
    box.write(LOG, "".join(arrival(*x) for x in [(25, "203.0.113.9"), (40, "203.0.113.9"),
                                                (3, "198.51.100.8"), (1, "203.0.113.9")]) + log)
    try:
        got = found(box)
        mine = {name: f for name, f in got.items() if name.split(":")[1].startswith("198.51.100.")}
        assert {n: f["severity"] for n, f in mine.items()} == {"trustedmailhosts:198.51.100.9": "info"}
        assert "for 40 days" in mine["trustedmailhosts:198.51.100.9"]["text"]
        words = ["/usr/bin/relaydoctor", "fix", "relay_open_list:trustedmailhosts:198.51.100.9"]
        change = json.loads(box.run([*words, "--apply", "--json"]).stdout)
        assert change["state"] == "KEPT" and "198.51.100.9\n" not in box.read("/etc/trustedmailhosts")
        box.run(["/usr/bin/relaydoctor", "undo", change["id"]])
        assert box.read("/etc/trustedmailhosts").startswith(before + "198.51.100.9\n198.51.100.8\n")
    finally:
        box.write(LOG, log)
