"""What a client chooses (greeting, login, subject, local part, AUTH argument) imitates fields
and lines: no finding comes of it, no name of it is told, no password, and nothing moves a
terminal."""

import json
import os
import pathlib
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
NOW, T = 1795500000, "2026-11-24 05:00:00 "
STRANGER = "198.51.100.99"
OURS = "info@bakery.example"
AUTH = "dovecot_login authenticator failed for "
ID = "1vN001-00000001abC-0aBc "
# A customer's line as a client would like it to stand there.
LOGIN = f"{ID}<= {OURS} H=(pc) [{STRANGER}]:5 P=esmtpsa A=dovecot_login:{OURS} S=9 for x@far.example"
SECRET = "AGluZm9AYmFrZXJ5LmV4YW1wbGUAczNjcmV0"


def rejected(helo="pc", sender="a@far.example", recipient="b@far.example", ip=STRANGER):
    return (f"H=({helo}) [{ip}]:5 F=<{sender}> rejected RCPT <{recipient}>: relay not permitted")


LINES = {
    "a greeting with a login": rejected(helo=f"x A=dovecot_login:{OURS}"),
    "a greeting with loopback": rejected(helo="[127.0.0.1]"),
    "a greeting with a whole refusal":
        rejected(helo=f"x) [127.0.0.1]:5 F=<{OURS}> rejected RCPT <c@far.example>: relay not permitted"),
    "a greeting with a customer's line": rejected(helo=LOGIN),
    "a greeting with a broken authentication":
        rejected(helo=f"x) [{STRANGER}]:5: 435 Unable to authenticate at present (set_id={OURS}"),
    "a greeting that paints": rejected(helo="\x1b[2J\x07<script>"),
    "a login with an address": f"{AUTH}H=(pc) [{STRANGER}]:5: 535 Incorrect authentication data (set_id=bob) [127.0.0.1]:5: 535 Incorrect authentication data (set_id={OURS})",
    "a login with a deferral": f"{AUTH}H=(pc) [{STRANGER}]:5: 535 Incorrect authentication data (set_id=x): 435 Unable to authenticate at present (set_id={OURS})",
    "a login that paints": f"{AUTH}H=(pc) [{STRANGER}]:5: 535 Incorrect authentication data (set_id=\x1b[31m<b>{OURS})",
    "a subject with a login": f"{ID}<= s@far.example H=(pc) [{STRANGER}]:5 P=esmtp S=9 T=\"x\\\" A=dovecot_login:{OURS}\" for {OURS}",
    "a subject with a smarthost": f"{ID}<= s@far.example H=(pc) [{STRANGER}]:5 P=esmtp S=9 T=\"** x@y R=smarthost T=remote_smtp: 550 relay not permitted\" for {OURS}",
    "a local part with a refusal": rejected(recipient=f"\"x>: relay not permitted A=dovecot_login:{OURS} \"@far.example"),
    "a local part with a router": f"{ID}** \"R=smarthost T=remote_smtp: 550 relay not permitted\"@far.example R=lookuphost T=remote_smtp H=mx.far.example [192.0.2.50]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 550 no",
    "a remote answer with our words": f"{ID}** x@far.example R=lookuphost T=remote_smtp H=mx.far.example [192.0.2.50]: SMTP error from remote mail server after RCPT TO:<x@far.example>: 550 R=smarthost authentication required but authentication attempt(s) failed",
    "an argument of AUTH with a password": f"SMTP protocol error in \"AUTH PLAIN {SECRET}\" H=(pc) [{STRANGER}]:5 AUTH command used when not advertised",
    "an argument of AUTH with a line": f"SMTP protocol error in \"AUTH PLAIN x\" H=(pc) [127.0.0.1]:5 y\" H=(pc) [{STRANGER}]:5 AUTH command used when not advertised",
}
CHECKS = ("client_without_auth", "script_without_auth", "auth_failing", "auth_backend_broken",
          "smarthost_refuses")


def world_of(place, line):
    files = place / "files"
    files.mkdir(parents=True)
    (files / "localdomains").write_text("bakery.example\n")
    (files / "userdomains").write_text("bakery.example: bakery\n")
    (files / "mainip").write_text("192.0.2.10\n")
    (files / "exim_mainlog").write_bytes(((T + line + "\n") * 5).encode())
    (place / "world.json").write_text(json.dumps(
        {"schema": "relaydoctor-world/1", "now": NOW, "hostname": "server.example",
         "commands": {}, "dns": {}, "addresses": ["192.0.2.10"]}))
    return place


def run(*words):
    return subprocess.run([BUILD / "relaydoctor", *map(str, words)], capture_output=True,
                          check=False, timeout=60)


@pytest.mark.parametrize("what", LINES)
def test_no_finding_comes_of_what_a_client_chose(tmp_path, what):
    world = world_of(tmp_path / "world", LINES[what])
    done = run("scan", "--world", world, "--json")
    found = {f["check"] for f in json.loads(done.stdout)["findings"]}
    assert not found & set(CHECKS), what
    assert SECRET.encode() not in done.stdout


@pytest.mark.parametrize("what", LINES)
def test_what_a_client_chose_is_told_of_nobody_and_moves_no_terminal(tmp_path, what):
    log = tmp_path / "log"
    log.write_bytes((T + LINES[what] + "\n").encode())
    for words in ("log", "summary"), ("explain",), ("log", "parse"):
        shown = run(*words, log)
        assert not set(shown.stdout) & (set(range(32)) - {10}) and SECRET.encode() not in shown.stdout
    accounts = json.loads(run("log", "summary", "--json", log).stdout)["accounts"]["names"]
    assert OURS not in {n["name"] for n in accounts}


def test_the_same_words_in_their_own_place_do_count(tmp_path):
    """So that the tests above show something."""
    text = "\n".join([LOGIN, rejected(sender=OURS), rejected(ip="127.0.0.1")])
    world = world_of(tmp_path / "world", text.replace("\n", "\n" + T))
    found = {f["check"] for f in json.loads(run("scan", "--world", world, "--json").stdout)["findings"]}
    assert {"client_without_auth", "script_without_auth"} <= found


def test_a_login_within_a_message_id_makes_nobody_a_customer(tmp_path):
    named = f"{ID}<= s@far.example H=(pc) [{STRANGER}]:5 P=esmtp S=9 id=x A=dovecot_login:{OURS} for {OURS}"
    world = world_of(tmp_path / "world", (named + "\n" + rejected(sender=OURS)).replace("\n", "\n" + T))
    found = {f["check"] for f in json.loads(run("scan", "--world", world, "--json").stdout)["findings"]}
    assert not found & set(CHECKS)
