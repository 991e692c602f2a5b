"""Networks in the lists of those who may relay, before a real Exim."""

import json

import pytest


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
