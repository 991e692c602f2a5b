"""What the packet filter had the kernel log stands beside a finding, and makes none."""

import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from test_cases import record

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
CUSTOMER = "203.0.113.5"


def line(kind, rest, ago=60, who="kernel:", form="%b %e %H:%M:%S"):
    at = time.strftime(form, time.localtime(time.time() - ago))
    return f"{at} server {who} [9.1] Firewall: *{kind} Blocked* {rest}\n"


def out(port, uid, **more):
    return line("TCP_OUT", f"IN= OUT=eth0 SRC=192.0.2.1 DST=198.18.1.9 PROTO=TCP SPT=4 DPT={port} "
                f"UID={uid} GID={uid} ", **more)


def came(ip, port):
    return line("TCP_IN", f"IN=eth0 OUT= SRC={ip} DST=192.0.2.1 PROTO=TCP SPT=4 DPT={port} SYN ",
                form="%Y-%m-%dT%H:%M:%S.000001+00:00")


@pytest.fixture
def scan(tmp_path):
    def run(case, check, text, name="messages"):
        root = tmp_path / "root"
        shutil.copytree(HERE / case / "root", root, symlinks=True)
        log = root / "var/log"
        log.mkdir(exist_ok=True)
        (log / name).write_text(text)
        (root / "etc/passwd").write_text("shopco:x:1001:1001::/home/shopco:/bin/sh\n")
        subprocess.run(["chmod", "-R", "a+rX", tmp_path], check=True)
        done = subprocess.run([BUILD / "relaydoctor", "scan", "--root", root, "--resolver",
                               "127.0.0.1:1", "--check", check, "--json"],
                              capture_output=True, text=True, timeout=60)
        return [f for f in json.loads(done.stdout)["findings"] if f["severity"] != "unknown"]
    return run


def told(finding):
    return [e["text"].split(", last")[0] for e in finding["evidence"]
            if e["source"] in ("/var/log/messages", "/var/log/kern.log")]


@pytest.mark.parametrize("name", ["messages", "kern.log"])
def test_whoever_was_stopped_at_a_port_is_named_beside_the_port(scan, name):
    found = {f["subject"]["name"]: told(f) for f in scan(
        "csf_tcp_out_missing", "csf_tcp_out_missing", out(465, 1001) * 3 + out(465, 7777) +
        out(25, 1001, ago=30 * 86400) + out(587, 1001, who="shopco:") + out(53, 1001), name)}
    assert found == {"465": ["to port 465 of others, stopped: shopco (uid 1001), 3 times in 7 days",
                             "to port 465 of others, stopped: uid 7777, once in 7 days"],
                     "25": [], "587": []}


def test_lines_alone_are_no_finding(scan):
    text = out(25, 1001) * 500 + came(CUSTOMER, 25) * 500 + "\x1b[2J\0" + out(465, 0)
    assert scan("csf_tcp_out_missing_silent", "csf_tcp_out_missing", text) == []


def test_a_thousand_users_are_counted_and_five_named(scan):
    text = "".join(out(465, 2000 + i) for i in range(1000))
    port, = (f for f in scan("csf_tcp_out_missing", "csf_tcp_out_missing", text)
             if f["subject"]["name"] == "465")
    assert len(told(port)) == 6 and "507 more users" in told(port)[-1]


def test_a_customer_who_is_blocked_is_seen_to_have_tried(tmp_path):
    root = tmp_path / "root"
    shutil.copytree(HERE / "ip_blocked" / "root", root, symlinks=True)
    seen = "Nov 24 06:00:0{} host kernel: Firewall: *TCP_IN Blocked* IN=eth0 SRC={} DPT=587 SYN\n"
    (root / "var/log/messages").write_text(
        seen.format(1, CUSTOMER) + seen.format(2, CUSTOMER) + seen.format(3, "198.51.100.99"))
    record(HERE / "ip_blocked", root, tmp_path / "world", 1795500000)
    subprocess.run(["chmod", "-R", "a+rX", tmp_path], check=True)
    done = subprocess.run([BUILD / "relaydoctor", "scan", "--world", tmp_path / "world", "--check",
                           "ip_blocked", "--json"], capture_output=True, text=True, timeout=60)
    lines = {f["subject"]["name"]: told(f) for f in json.loads(done.stdout)["findings"] if told(f)}
    assert lines == {CUSTOMER: ["from there to port 587, stopped, 2 times in 7 days"]}
