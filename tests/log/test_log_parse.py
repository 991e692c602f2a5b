"""`relaydoctor log parse` says of each line what its case expects: lines that real Exims
wrote, and lines of our own for each form that those do not have. A byte that is no UTF-8
stands as a lone surrogate, U+DC00 + byte, in the cases and in the output alike."""

import gzip
import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
TYPES = set("""arrival delivery fail defer completed frozen reject reject_early sender_verify
    auth_fail auth_fail_out host_error connection disconnect smtp_dropped smtp_syntax_error
    smtp_protocol_error smtp_sync_error smtp_timeout incomplete no_mail no_ptr ptr_no_ip refused
    tls_error acl_warn queue_run queued daemon_start admin dkim args continuation other""".split())


def cases(name):
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


SHARED, OWN = cases("exim-log-lines.jsonl"), cases("own-lines.jsonl")


def parse(data, *words):
    return subprocess.run([BUILD / "relaydoctor", "log", "parse", *words], input=data,
                          capture_output=True, check=False, timeout=60)


def bytes_of(lines):
    return b"".join(line.encode("utf-8", "surrogateescape") + b"\n" for line in lines)


def parsed(lines):
    done = parse(bytes_of(lines), "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


@pytest.mark.parametrize("known", [SHARED, OWN], ids=["written by Exim", "of our own"])
def test_every_field_of_every_case_is_right(known):
    objects = parsed(case["line"] for case in known)
    assert len(objects) == len(known)
    for case, found in zip(known, objects):
        expected = case["expect"]
        assert {key: found.get(key) for key in expected} == expected, case["line"]
        assert not found.keys() & set(case.get("absent", ())), case["line"]


def test_every_type_has_a_case():
    assert {case["expect"].get("type") for case in SHARED + OWN} - {None} == TYPES
    assert {o["type"] for o in parsed(case["line"] for case in SHARED + OWN)} == TYPES


def test_an_ambiguous_line_names_no_client():
    for found in parsed(case["line"] for case in SHARED + OWN):
        if found.get("ambiguous"):
            assert len(found["ip_candidates"]) > 1
            assert not found.keys() & {"ip", "host", "helo", "rcpt", "sender"} or found["type"] == "arrival"


def test_no_credential_is_passed_on():
    secret = b"AGJvYgBzZWNyZXQ="
    lines = bytes_of(case["line"] for case in OWN)
    assert lines.count(secret) > 2
    for words in (), ("--json",):
        assert secret not in parse(lines, *words).stdout


def test_the_form_for_people_is_one_line_each_and_shows_what_a_terminal_would_obey():
    lines = [case["line"] for case in SHARED + OWN]
    shown = parse(bytes_of(lines)).stdout
    assert shown.count(b"\n") == len(lines)
    text = shown.decode()       # UTF-8, whatever the log held
    assert not [c for c in text if (ord(c) < 32 and c != "\n") or c in "\x7f\u202e"]
    assert "\\x1b[31mred\\xff\\xe2\\x80\\xae" in text


def test_a_file_a_gzip_and_standard_input_are_read_alike(tmp_path):
    data = bytes_of(case["line"] for case in SHARED)
    (tmp_path / "log").write_bytes(data)
    (tmp_path / "log.gz").write_bytes(gzip.compress(data))
    (tmp_path / "crlf").write_bytes(data.replace(b"\n", b"\r\n"))
    expected = parse(data, "--json").stdout
    assert parse(data, "-", "--json").stdout == expected
    for name in "log", "log.gz", "crlf":
        assert parse(b"", "--json", tmp_path / name).stdout == expected
    assert parse(data.rstrip(b"\n"), "--json").stdout == expected


def test_the_rest_of_an_endless_line_is_no_line():
    forged = b"2026-11-24 07:19:38 H=[9.9.9.9] F=<a@b.example> rejected RCPT <c@d.example>: x"
    for length in range(65530, 65540):
        done = parse(b"x" * length + forged + b"\n2026-11-24 07:19:39 Start queue run: pid=1\n", "--json")
        first, last = (json.loads(line) for line in done.stdout.splitlines())
        assert (first["type"], last["type"]) == ("continuation", "queue_run")
        assert "truncated" in first and len(first["text"]) < 20000


def test_what_cannot_be_read_is_told(tmp_path):
    whole = gzip.compress(bytes_of(case["line"] for case in SHARED))
    (tmp_path / "cut.gz").write_bytes(whole[:len(whole) // 2])
    done = parse(b"", "--json", tmp_path / "cut.gz")
    assert done.returncode == 3 and b"cut.gz" in done.stderr
    for path in tmp_path, tmp_path / "none":
        done = parse(b"", path)
        assert (done.returncode, done.stdout) == (2, b"") and done.stderr
