"""`relaydoctor log summary`: counts that add up, over files as they lie there, in little
memory however many names a log holds."""

import gzip
import json
import os
import pathlib
import random
import subprocess
import time

import pytest

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
SHARED = pathlib.Path(__file__).parent / "exim-log-lines.jsonl"
T = "2026-11-24 07:19:38 "


def refused(ip, rcpt="r@d.example", at=T):
    return f"{at}H=(x) [{ip}]:5 F=<s@b.example> rejected RCPT <{rcpt}>: relay not permitted\n"


def login(ip, user="u@local.example"):
    return f"{T}1xVkoU-00003j-0q <= {user} H=(x) [{ip}]:5 P=esmtpsa A=dovecot_plain:{user} S=1 for r@d.example\n"


def run(*words, data=b"", **more):
    return subprocess.run([BUILD / "relaydoctor", "log", "summary", *words], input=data,
                          capture_output=True, check=False, timeout=60, **more)


def counted(*words, data="", **more):
    done = run("--json", *words, data=data.encode(), **more)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def names(kind):
    return {n["name"]: n["count"] for n in kind["names"]}


def classes(found):
    return {c["class"]: c["count"] for c in found["classes"]}


def test_causes_domains_clients_and_accounts_are_counted():
    found = counted(data=refused("203.0.113.9") * 3 + refused("203.0.113.8", "r@OTHER.example") +
                    f"{T}dovecot_login authenticator failed for (x) [203.0.113.9]:5: 535 Incorrect authentication data (set_id=U@local.example)\n"
                    f"{T}Start queue run: pid=1\n")
    assert found["lines"] == 6
    assert classes(found) == {"relay_unauth": 4, "auth_fail": 1, "noise": 1}
    assert names(found["domains"]) == {"d.example": 3, "other.example": 1, "local.example": 1}
    assert names(found["clients"]) == {"203.0.113.9": 4, "203.0.113.8": 1}
    assert names(found["accounts"]) == {"u@local.example": 1}
    assert (found["from"], found["to"]) == (T.strip(), T.strip())


def test_probes_are_one_line_and_customers_are_none():
    data = login("203.0.113.77") + refused("203.0.113.9") + refused("198.51.100.7") * 5 + refused("127.0.0.1")
    assert counted(data=data)["probes"] == {"refusals": 5, "networks": 1, "more": False}
    shown = run(data=data.encode()).stdout.decode()
    assert [line for line in shown.splitlines() if line.startswith("Probes: 5 refusals")]


def test_several_files_plain_and_packed_add_up(tmp_path):
    data = "".join(json.loads(line)["line"].encode("utf-8", "replace").decode() + "\n"
                   for line in SHARED.read_text(encoding="utf-8").splitlines())
    (tmp_path / "a").write_text(data)
    (tmp_path / "b.gz").write_bytes(gzip.compress(data.encode()))
    once, twice = counted(tmp_path / "a"), counted(tmp_path / "a", tmp_path / "b.gz")
    assert twice["lines"] == 2 * once["lines"] == 444
    assert classes(twice) == {name: 2 * n for name, n in classes(once).items()}
    assert counted(data=data) == once == counted("-", data=data)


def test_only_lines_since_then_count():
    data = refused("203.0.113.9", at="2026-11-23 10:00:00 ") + refused("203.0.113.9") * 2
    for since in "2026-11-24", "2026-11-24 07:19", "2026-11-24T07:19:38":
        found = counted("--since", since, data=data)
        assert (found["lines"], found["old"], classes(found)) == (3, 1, {"relay_unauth": 2})
    assert counted("--since", "2026-11-25", data=data)["classes"] == []
    zone = {**os.environ, "TZ": "America/New_York"}
    assert counted("--since", "2026-11-24T12:19:38Z", data=data, env=zone)["old"] == 1
    assert counted("--since", "2026-11-24T12:19:39Z", data=data, env=zone)["old"] == 3


def test_a_span_back_from_now_is_the_servers_time():
    def stamp(ago):
        return time.strftime("%Y-%m-%d %H:%M:%S ", time.localtime(time.time() - ago))
    data = refused("203.0.113.9", at=stamp(3 * 86400)) + refused("203.0.113.9", at=stamp(7200))
    assert counted("--since", "4d", data=data)["old"] == 0
    assert counted("--since", "3h", data=data)["old"] == 1
    assert counted("--since", "90m", data=data)["old"] == 2


def test_frequent_names_are_found_among_any_number_and_what_was_cut_is_told():
    rng = random.Random(1)
    rare = [refused(f"{rng.randrange(1, 223)}.{n % 256}.{n // 256 % 256}.9", f"r@d{n}.example")
            for n in range(60_000)]
    frequent = [refused("203.0.113.9", "r@often.example")] * 3000
    lines = rare + frequent
    rng.shuffle(lines)
    found = counted(data="".join(lines))
    for kind, name in ("domains", "often.example"), ("clients", "203.0.113.9"):
        first = found[kind]["names"][0]
        assert first["name"] == name and first["count"] <= 3000 <= first["at_most"]
        assert not found[kind]["exact"] and len(found[kind]["names"]) == 20
    assert classes(found)["relay_unauth"] == 63_000 and found["probes"]["more"]
    assert "rare ones are missing" in run(data="".join(lines).encode()).stdout.decode()


def test_memory_stays_within_its_bound(tmp_path):
    log = tmp_path / "log"
    with open(log, "w", encoding="ascii") as out:
        for n in range(200_000):
            out.write(refused(f"{n % 223 + 1}.{n // 223 % 256}.{n // 57088 % 256}.1", f"r@{n:x}.example"))
    done = subprocess.run(["/usr/bin/env", "python3", "-c", """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)""",
                           BUILD / "relaydoctor", "log", "summary", log],
                          capture_output=True, check=True, timeout=60)
    assert os.environ.get("RD_SANITIZE") or int(done.stdout) < 24 * 1024


def test_names_from_a_log_are_not_obeyed():
    shown = run(data=(refused("203.0.113.9", "r@\x1b[31m\x07.example")).encode()).stdout.decode()
    assert "\\x1b[31m\\x07.example" in shown and "\x1b" not in shown


@pytest.mark.parametrize("words", [("--since",), ("--since", "yesterday"), ("--since", ""),
                                   ("--nosuch",), ("/nonexistent",), ("/tmp",)], ids=" ".join)
def test_what_cannot_be_meant_is_told(words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, b"") and done.stderr


def test_a_broken_file_is_told_and_the_others_are_counted(tmp_path):
    whole = gzip.compress(os.urandom(1000) + refused("203.0.113.9").encode() * 500)
    (tmp_path / "cut.gz").write_bytes(whole[:-40])
    (tmp_path / "good").write_text(refused("203.0.113.9"))
    done = run("--json", tmp_path / "cut.gz", tmp_path / "good")
    assert done.returncode == 3 and b"cut.gz" in done.stderr
    assert classes(json.loads(done.stdout))["relay_unauth"] >= 1
