"""The administrator's settings file: what it says holds, and what is not understood in it
is told, without stopping anything."""

import json
import os
import pathlib
import re
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
SAMPLE = pathlib.Path(__file__).parents[2] / "whm-plugin/relaydoctor.conf"


def scan(root, settings):
    for path, text in {"etc/localdomains": "server1.example.net\n", "etc/userdomains": "*: nobody\n",
                       "etc/wwwacct.conf": "HOST server1.example.net\n",
                       "var/cpanel/mainip": "192.0.2.10\n",
                       "etc/relaydoctor/relaydoctor.conf": settings}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    root.chmod(0o755)
    done = subprocess.run([BUILD / "relaydoctor", "scan", "--root", root, "--json"],
                          capture_output=True, text=True, timeout=30)
    report = json.loads(done.stdout)
    return report["server"]["addresses"], next(
        s for s in report["sources"] if s["name"] == "settings"), done.returncode


def mark(severity, text):
    """As WHM's page writes it: FNV-1a over severity and text, whose numbers may change."""
    words = re.sub(r"(?<!\S)\d+(?!\S)", "#", text).split()
    value = 0xcbf29ce484222325
    for byte in (severity + "".join(word + " " for word in words)).encode():
        value = (value ^ byte) * 0x100000001b3 % 2**64
    return f"{value:016x}"


@pytest.mark.parametrize("until, status", [("2999-12-31", 0), ("2020-01-01", 1)])
def test_what_is_muted_does_not_make_the_exit_status_1(tmp_path, until, status):
    """Or what watches a server would ring for what somebody has looked at."""
    assert scan(tmp_path, None)[2] == 0
    with open(tmp_path / "etc/localdomains", "a", encoding="utf-8") as f:
        f.write("left.example\n")

    def run(*words):
        return subprocess.run([BUILD / "relaydoctor", *words, "--root", tmp_path, "--json"],
                              capture_output=True, text=True, timeout=30)
    found, = json.loads(run("scan").stdout)["findings"]
    assert run("scan").returncode == run("show", "left.example").returncode == 1
    (tmp_path / "etc/relaydoctor/relaydoctor.conf").write_text(
        f"mute = {found['id']} until {until} by root seen "
        f"{mark(found['severity'], found['text'])} because it is looked at\n")
    for done in (run("scan"), run("show", "left.example")):
        found, = json.loads(done.stdout)["findings"]
        assert (done.returncode, bool(found["muted"])) == (status, not status)


def test_without_a_file_nothing_is_wrong(tmp_path):
    _, source, status = scan(tmp_path, None)
    assert source["ok"] and not source["absent"] and source["why"] is None and status == 0


def test_an_address_is_the_servers_too(tmp_path):
    addresses, source, _ = scan(tmp_path, "address = 198.51.100.7\naddress=2001:db8::7\r\n")
    assert source["ok"] and {"198.51.100.7", "2001:db8::7"} <= set(addresses)


@pytest.mark.parametrize("line, word", [
    ("gatway = filter.example.net", "no such setting"),
    ("gateway filter.example.net", "key = value"),
    ("address = 198.51.100.0/24", "not a network"),
    ("address = mail.example.net", "not an address"),
    ("address = 127.0.0.1", "every server has this address"),
    ("address = ::", "every server has this address"),
    ("gateway = com", "top-level domain"),
    ("gateway = co.uk Everything", "unrelated owners"),
    ("gateway = *.example.net", "without a dot or a star"),
    ("gateway = filter.example.net \x1b[31m", "odd characters"),
    ("gateway =", "a host name"),
    ("scan_every = 10s", "too often"),
    ("scan_every = daily", "a time such as"),
    ("scan_on_change = 99999999999d", "a time such as"),
    ("scan_on_change = 0s", "too often"),
    ("api_rate = 9", "from 10 to 60000"), ("one_call = unblock_address", "a look at its preview"),
    ("one_call = nothing", "no such fix"), ("one_call = Set routing", "the id of a fix"),
    ("probe_every = 59m", "too often"), ("probe_every = yes", "a time such as"),
])
def test_what_is_not_understood_is_told_and_the_rest_holds(tmp_path, line, word):
    addresses, source, status = scan(tmp_path, f"{line}\naddress = 198.51.100.7\n")
    assert not source["ok"] and "line 1: " in source["why"] and word in source["why"]
    assert "198.51.100.7" in addresses and status == 0


def test_a_flood_of_faults_is_counted_not_listed(tmp_path):
    _, source, _ = scan(tmp_path, "nonsense = 1\n" * 5000)
    assert source["why"].startswith("5000 lines of ") and len(source["why"]) < 500


def test_the_sample_that_is_shipped_says_nothing_wrong_with_its_examples_on(tmp_path):
    text = "".join(line.removeprefix("#") if "=" in line and not line.startswith("# ") else line
                   for line in SAMPLE.read_text().splitlines(keepends=True))
    addresses, source, _ = scan(tmp_path, text)
    assert source["ok"], source["why"]
    assert "198.51.100.7" in addresses
