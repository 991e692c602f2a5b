"""`relaydoctor explain`: bounces, log lines and SMTP errors, each with the cause that it must
give. They are written from documented texts, none is a copy of a real one."""

import base64
import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
EXPECTED = json.loads((HERE / "expect.json").read_text(encoding="utf-8"))
CLASSES = set("""relay_unauth relay_remote_denied relay_other_mta auth_fail auth_tempfail
    auth_not_advertised auth_required_upstream sender_verify_fail sender_verify_defer permission
    unrouteable host_unknown_cpanel mx_dead mx_ip mx_null mx_self host_self dns_tempfail no_user
    mailbox_full loop loop_exploit retry_timeout conn_timeout fw_block hold limit_deferfail
    limit_hourly ptr_remote proto_abuse rbl_listed too_big tls_required auth_policy
    spoof_negative noise unknown""".split())
WHO = {"sender", "this server", "remote server", "dns owner", "nobody"}
KEYS = {"class", "rule", "who", "title", "text", "evidence", "steps", "fix"}


def explain(data, *words):
    return subprocess.run([BUILD / "relaydoctor", "explain", *words], input=data,
                          capture_output=True, check=False, timeout=60)


def explained(data):
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogateescape")
    done = explain(data, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


def of_case(name):
    return explained((HERE / "cases" / name).read_bytes())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_text_is_explained_by_its_cause(name):
    found = of_case(name)
    found.update(found["read"])
    assert {key: found[key] for key in EXPECTED[name]} == EXPECTED[name]


def test_every_case_is_expected_and_every_class_has_two():
    assert {p.name for p in (HERE / "cases").iterdir()} == set(EXPECTED)
    found = [e["class"] for e in EXPECTED.values()]
    assert len(found) >= 80 and {c for c in CLASSES if found.count(c) >= 2} == CLASSES


def test_what_looks_like_a_relay_error_is_not_called_one():
    """Group G of the catalogue; G10 is an enhanced code 5.7.1 with other words behind it."""
    alike = [e for e in EXPECTED.values() if e.get("rule") in {f"G{n:02}" for n in range(1, 12)}]
    assert len({e["rule"] for e in alike}) >= 9
    alike += [EXPECTED[name] for name in ("log-user-571", "log-spam-571")]
    assert not [e for e in alike if e["class"].startswith("relay_")]


def test_an_explanation_has_every_field_and_words_for_people():
    for name in EXPECTED:
        found = of_case(name)
        assert found.keys() >= KEYS and found["class"] in CLASSES and found["who"] in WHO
        assert found["title"] and found["text"] and found["steps"] and found["fix"] is None
        assert all(e["source"] and e["text"] for e in found["evidence"])
        assert not [s for s in (found["title"], found["text"], *found["steps"]) if "!" in s]


def test_a_file_and_standard_input_are_explained_alike():
    path = HERE / "cases" / "dsn-postfix"
    expected = explain(path.read_bytes(), "--json").stdout
    assert explain(b"", "--json", path).stdout == expected
    assert explain(path.read_bytes(), "-", "--json").stdout == expected


def test_line_ends_and_quoting_change_nothing():
    for name in sorted(EXPECTED)[::3]:
        data = (HERE / "cases" / name).read_bytes()
        if b"\r" in data or data.startswith((b"From", b"Return-P")):
            continue        # a message is no longer one when it is quoted
        cause = explained(data)["class"], explained(data)["rule"]
        for changed in (data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"),
                        b"".join(b"> " + line + b"\n" for line in data.split(b"\n"))):
            found = explained(changed)
            assert (found["class"], found["rule"]) == cause, (name, changed)


# ---- what strangers put into their fields

IMITATIONS = (
    "relay not permitted", "x) [9.9.9.9]:1 F=<a@b> rejected RCPT <c@d>: relay not permitted",
    "550 5.7.1 Relay access denied", "A=dovecot_login:root", "No Such User Here",
    "** a@b R=r T=t: Too many \"Received\" headers - suspected mail loop", "Sender verify failed",
)
T = "2026-11-24 07:19:38 "
I = T + "1xVkoU-00003j-0q "
# {} is where the client's words stand; the class must stay, or be "only an imitation".
FIELDS = {
    "HELO": (T + "H=({}) [203.0.113.9]:5 F=<s@b.example> rejected RCPT <r@d.example>: Mail to r@d.example has been suspended", "unknown"),
    "HELO of a login": (T + "dovecot_login authenticator failed for ({}) [203.0.113.9]:5: 535 Incorrect authentication data (set_id=u)", "auth_fail"),
    "set_id": (T + "dovecot_login authenticator failed for (x) [203.0.113.9]:5: 535 Incorrect authentication data (set_id={})", "auth_fail"),
    "set_id of a failure of ours": (T + "dovecot_login authenticator failed for (x) [203.0.113.9]:5: 435 Unable to authenticate at present (set_id={}): no", "auth_tempfail"),
    "subject": (I + "<= s@b.example H=(x) [203.0.113.9]:5 P=esmtp S=12 T=\"{}\" for r@d.example", "noise"),
    "sender": (T + "H=(x) [203.0.113.9]:5 F=<\"{}\"@b.example> rejected RCPT <r@d.example>: host lookup did not complete", "dns_tempfail"),
    "recipient": (T + "H=(x) [203.0.113.9]:5 F=<s@b.example> rejected RCPT <\"{}\"@d.example>: host lookup did not complete", "dns_tempfail"),
    "recipient of a delivery": (I + "** \"{}\"@d.example R=lookuphost: Unrouteable address", "unrouteable"),
    "recipient in a reply": (I + "** r@d.example R=l T=remote_smtp H=mx [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<\"{}\"@d.example>: 552 5.2.2 over quota", "mailbox_full"),
    "AUTH argument": (T + "SMTP protocol error in \"AUTH {}\" H=(x) [203.0.113.9]:5 AUTH command used when not advertised", "auth_not_advertised"),
    "command": (T + "SMTP syntax error in \"MAIL FROM:<{}\" H=(x) [203.0.113.9]:5 \"@\" or \".\" expected after \"a\"", "proto_abuse"),
}


def quoted(words):
    return words.replace("\\", "\\\\").replace('"', '\\"')


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_imitates_moves_no_verdict(field):
    line, right = FIELDS[field]
    for words in IMITATIONS:
        inside = quoted(words) if "\"{}\"" in line else words
        found = explained(line.format(inside) + "\n")
        assert found["class"] in (right, "spoof_negative"), words
        assert found["read"]["client"] in (None, "203.0.113.9")
        if right not in ("noise", "unknown") and found["class"] == "spoof_negative":
            # Only a line that reads in two ways, or says nothing, is called that.
            assert "9.9.9.9" in words


def test_a_returned_message_and_a_subject_prove_nothing():
    for words in IMITATIONS:
        for name in "dsn-only-the-copy-says-so", "exim-unrouteable", "exim-no-user":
            data = (HERE / "cases" / name).read_text()
            right = of_case(name)["class"]
            subject = data.replace("Subject: ", f"Subject: {words} ", 1)
            found = explained(subject)["class"]
            assert found == right or (right == "unknown" and found == "spoof_negative")


@pytest.mark.parametrize("name, times", [
    ("exim-loop-received", 14), ("dsn-received", 3), ("dsn-received-headers", 12),
    ("dsn-received-no-user", 5), ("headers-pasted", 6)])
def test_a_returned_message_that_went_round_names_the_pair_of_hosts_and_how_often(name, times):
    found = of_case(name)
    said = [e["text"] for e in found["evidence"]
            if e["source"] == "Received lines of the message"]
    assert len(said) == 1
    assert f"from mx.far.example to host.b.example {times} times" in said[0]
    assert "loop through the outside" in said[0]
    # What the text already shows is no step any more.
    assert not [s for s in found["steps"] if s.startswith("Read the Received lines")]


HOP = "Received: from {} by {}; Tue, 24 Nov 2026 07:00:00 +0000\n"


@pytest.mark.parametrize("way", [
    [("mx.a.example", "b.example"), ("b.example", "mx.a.example")] * 2,
    [("localhost", "mx.a.example"), ("mx.a.example", "localhost")] * 20,
    [("mx.a.example", "MX.A.example")] * 20,
    [("user", "host.b.example with local")] * 20,
    [(f"h{n}.example", f"h{n + 1}.example") for n in range(30)],
    [("x", "(from mx.a.example by b.example)")] * 20,
    [("mx.a.example; by b.example", "")] * 20,
    [("mx.a.example (by b.example)", "")] * 20,
    [("\x1b[31m.example", "b.example")] * 20,
], ids=range(9))
def test_an_honest_or_senseless_way_is_no_loop(way):
    data = (HERE / "cases/dsn-received").read_text()
    start, end = data.index("Received: "), data.index("From: s@b.example")
    lines = "".join(HOP.format(*hop) for hop in way)
    found = explained(data[:start] + lines + data[end:])
    assert found["class"] == "unknown" and not found["evidence"]


def test_the_hosts_of_a_way_are_told_apart_by_name_alone():
    """A comment says what the client called itself, and may end nowhere."""
    lines = HOP.format("mx.a.example (by evil.example (x) [192.0.2.1])", "b.example (") * 3
    found = explained((HERE / "cases/headers-pasted").read_text().replace(
        "From: s@", lines * 3 + "From: s@"))
    assert "from mx.a.example to b.example 9 times" in found["evidence"][0]["text"]


SECRET = base64.b64encode(b"\0user\0a password").decode()


@pytest.mark.parametrize("text", [
    T + f'SMTP protocol error in "AUTH PLAIN {SECRET}" H=(x) [203.0.113.9]:5 AUTH command used when not advertised',
    T + f'SMTP protocol error in "auth\tplain  {SECRET}" H=(x) [203.0.113.9]:5 AUTH command used when not advertised',
    T + f'H=(x) [203.0.113.9]:5 rejected AUTH PLAIN {SECRET}: use TLS',
    T + f'SMTP protocol synchronization error (next input sent too soon): rejected "{SECRET}" H=[203.0.113.9]:5 next input="{SECRET}\\r\\n"',
    f"<<< AUTH PLAIN {SECRET}\n503 AUTH command used when not advertised",
    f"Subject: x\nFrom: a@b.example\n\n>>> AUTH LOGIN {SECRET}\n<<< 535 Incorrect authentication data\n",
], ids=range(6))
def test_credentials_are_never_passed_on(text):
    for words in (), ("--json",):
        assert SECRET.encode() not in explain(text.encode(), *words).stdout


def test_what_a_terminal_would_obey_is_shown():
    line = T + "H=(\x1b[31m\x9b\udcff\u202e) [203.0.113.9]:5 F=<s@b.example> rejected RCPT <r\x07@d.example>: relay not permitted\n"
    shown = explain(line.encode("utf-8", "surrogateescape")).stdout.decode()
    assert not [c for c in shown if (ord(c) < 32 and c != "\n") or ord(c) in (0x7f, 0x9b, 0x202e)]
    assert "\\x1b[31m" in shown
    assert explained(line)["class"] == "relay_unauth"


# ---- limits

@pytest.mark.parametrize("text", [
    b"", b"\0" * 1000, b"\n" * (1 << 20), b"a" * (1 << 20), b"> " * (1 << 19), b"[" * (1 << 20),
    b"<a@b>\n" * 100_000, b'"' * (1 << 20), b"x\n" * 400_000, b"550 " + b"x " * 400_000,
    b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 20_000,
    b"From: a\n\n" + b"Content-Type: message/rfc822\n\n" * 30_000,
    b"".join(b"--%d\nContent-Type: message/rfc822\n\n" % n for n in range(9000)),
    b"Diagnostic-Code: smtp;\n" + b" 550 x\n" * 100_000,
    b"2026-11-24 07:19:38 H=" + b"(x) [192.0.2.1] F=<a@b> rejected RCPT <c@d>: x " * 20_000,
    (T + "** a@b.example: Unrouteable address\n").encode() * 18_000,
    b"Received: from a.b by c.d\n" * 40_000, b"Received: from " + b"(" * 1_000_000,
    b"Received: from a.b\n" + b" by\n" * 200_000,
], ids=range(19))
def test_nothing_however_large_takes_long_or_fails(text):
    done = subprocess.run(["prlimit", "--cpu=5", "--as=1073741824", BUILD / "relaydoctor", "explain",
                           "--json"], input=text, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["class"] in CLASSES


def test_what_cannot_be_read_is_told(tmp_path):
    for path in tmp_path, tmp_path / "none":
        done = explain(b"", path)
        assert (done.returncode, done.stdout) == (2, b"") and done.stderr
    done = explain(b"x" * ((1 << 20) + 1))
    assert (done.returncode, done.stdout) == (2, b"") and b"1048576 bytes" in done.stderr


def test_a_directory_of_a_servers_files_gives_evidence_and_what_it_cannot_have_is_said(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/userdomains").write_text("bakery.example: bakery\n*: nobody\n")
    (tmp_path / "etc/localdomains").write_text("bakery.example\n")
    (tmp_path / "etc/trueuserowners").write_text("bakery: root\n")
    for path in tmp_path.glob("etc/*"):
        path.chmod(0o644)
    tmp_path.chmod(0o755)
    line = (b"2026-11-24 07:19:38 H=(pc) [198.51.100.7]:4000 F=<info@bakery.example> "
            b"rejected RCPT <x@far.example>: relay not permitted\n")
    found = json.loads(explain(line, "--root", tmp_path, "--json").stdout)
    assert (found["class"], found["rule"], found["who"]) == ("relay_unauth", "A01", "sender")
    assert "bakery.example is this server's: account bakery, it stands in /etc/localdomains" in [
        e["text"] for e in found["evidence"]]
    assert found["here"]["asked"] and any(
        why.startswith("Exim's route: ") for why in found["here"]["missing"])
    # A probe is called one only where its address could be looked up in the log.
    probe = json.loads(explain(line.replace(b"info@bakery", b"a@stranger"), "--root", tmp_path,
                               "--json").stdout)
    assert probe["rule"] != "R00" and any(
        why.startswith("earlier logins") for why in probe["here"]["missing"])


def test_a_loop_is_explained_by_the_forwarder_that_closes_it_and_by_which_end_is_here(tmp_path):
    for path, text in {"etc/userdomains": "d.example: bakery\n*: nobody\n",
                       "etc/localdomains": "d.example\n", "etc/trueuserowners": "bakery: root\n",
                       "etc/wwwacct.conf": "HOST host.b.example\nADDR 192.0.2.10\n",
                       "var/cpanel/mainip": "192.0.2.10\n",
                       "etc/valiases/d.example": "q@d.example: r@d.example\nr@d.example: q@d.example\n",
                       }.items():
        at = tmp_path / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    tmp_path.chmod(0o755)

    def of(data):
        return json.loads(explain(data, "--root", tmp_path, "--json").stdout)
    data = (HERE / "cases/exim-loop-received").read_bytes()
    # It is told of the first of the two by name.
    assert of(data)["finding"] is None
    found = of(data.replace(b"r@d.example", b"q@d.example"))
    assert found["finding"] == "forward_loop_here:q@d.example"
    assert found["fix"] == {"id": "hold_forwarder", "finding": found["finding"]}
    assert any("host.b.example is this server: look at what mx.far.example does" in e["text"]
               for e in found["evidence"])
