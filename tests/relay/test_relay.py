"""What `probe relay` says, against sessions with the same Exim."""

import ipaddress
import json
import os
import random

from lab import seed

OUTSIDE = ["192.0.2.90", "192.0.2.60", "192.0.2.70", "192.0.2.80", "192.0.2.50",
           "192.0.2.30", "2001:db8:10::1"]
INSIDE = ["127.0.0.1", "::1", seed.ADDRESS]
LOGIN = "info@bakery.example"
SENDERS = ["info@bakery.example", "someone@stranger.example", "ceo@secrets.example", ""]
RECIPIENTS = ["info@bakery.example", "nosuch@bakery.example", "postmaster@bakery.example",
              "somebody@stranger.example", "x@aspmx.l.google.com", "root@" + seed.HOSTNAME,
              "a+b@nowhere.example", "INFO@BAKERY.EXAMPLE", "x_y@unknown.invalid"]
SESSIONS, EACH = 50, 6

CLIENT = """
import json, smtplib, sys
def one(client, server, port, login, sender, recipients):
    name = "[IPv6:%s]" % client if ":" in client else "[%s]" % client
    kind = smtplib.SMTP_SSL if port == 465 else smtplib.SMTP
    try:
        s = kind(server, port, local_hostname=name, source_address=(client, 0), timeout=20)
    except smtplib.SMTPConnectError as e:
        return [[e.smtp_code, e.smtp_error.decode()]] * len(recipients)
    with s:
        s.ehlo()
        if login:
            if port != 465:
                s.starttls()
                s.ehlo()
            s.login(*login)
        s.mail(sender)
        return [[c, t.decode()] for c, t in (s.rcpt(r) for r in recipients)]
json.dump([one(*x) for x in json.load(sys.stdin)], sys.stdout)
"""


def server_of(client):
    return {"127.0.0.1": "127.0.0.1", "::1": "::1"}.get(
        client, seed.ADDRESS6 if ":" in client else seed.ADDRESS)


def generated():
    pick = random.Random(20261127)
    for _ in range(SESSIONS):
        port = pick.choice([25, 25, 465, 587])
        yield (pick.choice(OUTSIDE * 2 + INSIDE), port, pick.choice([None, LOGIN]),
               pick.choice(SENDERS), pick.sample(RECIPIENTS, EACH))


def probe(box, client, port, user, sender, recipients, status=(0, 1)):
    argv = ["/usr/bin/relaydoctor", "probe", "relay", "--json", "--ip", client,
            "--port", str(port), "--from", sender]
    argv += [w for r in recipients for w in ("--to", r)] + (["--auth", user] if user else [])
    done = box.run(argv, check=False)
    assert done.returncode in status, done.stderr
    return json.loads(done.stdout)


def real(box, cases):
    """The replies of each session, in its order."""
    out = {}
    for inside in (True, False):
        numbers = [i for i, c in enumerate(cases) if (c[0] in INSIDE) == inside]
        asked = [[c[0], server_of(c[0]), c[1], [c[2], box.password] if c[2] else None, c[3], c[4]]
                 for c in (cases[i] for i in numbers)]
        done = box.python(CLIENT, internet=not inside, input=json.dumps(asked), timeout=120)
        out.update(zip(numbers, json.loads(done.stdout)))
    return [out[i] for i in range(len(cases))]


def alike(said, code, text, limits):
    """To the letter; where the address is written out in full, it breaks lines elsewhere."""
    if "ipv6" not in limits:
        return (said["code"], said["reply"]) == (code, text)
    words = said["reply"].split()
    words[:1] = [str(ipaddress.ip_address(w)) if ":" in w else w for w in words[:1]]
    return (said["code"], words) == (code, text.split())


def test_a_verdict_is_that_of_a_real_session_or_names_its_limit(box):
    cases = list(generated())
    combinations = agreed = 0
    limited = set()
    for case, replies in zip(cases, real(box, cases)):
        said = probe(box, *case)
        limits = {x["id"] for x in said["limits"]}
        assert said["server"] == server_of(case[0])
        for one, (code, text), address in zip(said["recipients"], replies, case[4]):
            combinations += 1
            assert one["address"] == address
            if alike(one, code, text, limits):
                agreed += 1
                continue
            limited |= limits
            assert limits & {"tls", "loopback", "rate", "callout"}, (case, address, one, code, text)
    assert combinations == SESSIONS * EACH
    assert agreed >= 250                # what no limit touches is most of it
    assert "tls" in limited             # … and a limit is not named for nothing


def line_of(box, words):
    lines = box.read("/etc/exim.conf").splitlines()
    return 1 + next(i for i, line in enumerate(lines) if words in line)


def test_the_deciding_verb_is_named_with_file_and_line(box):
    said = probe(box, "192.0.2.90", 25, None, "a@stranger.example",
                 ["x@nowhere.example", "info@bakery.example"])
    refused, here = said["recipients"]
    assert (refused["verdict"], refused["because"]) == ("refused", None)
    assert refused["decided_by"]["verb"] == "deny"
    assert refused["decided_by"]["line"] == line_of(box, "\twithout authentication.")
    assert (here["verdict"], here["because"]) == ("accepted", "domain")
    assert here["decided_by"]["verb"] == "accept"
    assert here["decided_by"]["asks"] == "domains = +relay_domains; verify = recipient"
    assert here["decided_by"]["file"].endswith("exim4.conf")


def test_a_list_that_lets_the_client_in_is_named_for_each_recipient(box):
    said = probe(box, "192.0.2.70", 25, None, "a@stranger.example",
                 ["x@nowhere.example", "y@nowhere.example"])
    for one in said["recipients"]:
        assert one["because"] == "address"
        assert one["decided_by"]["list"] == "net-iplsearch;/etc/trustedmailhosts"


def test_a_client_that_is_dropped_at_once_is_told_so(box):
    said = probe(box, "192.0.2.50", 25, None, "a@stranger.example", ["info@bakery.example"])
    one = said["recipients"][0]
    assert (one["stage"], one["code"], one["reply"]) == ("connect", 550, "No more mail from you")
    assert one["decided_by"] is None


def test_a_login_is_taken_for_granted_and_that_is_said(box):
    said = probe(box, "192.0.2.90", 587, LOGIN, LOGIN, ["x@nowhere.example"])
    assert said["recipients"][0]["because"] == "login"
    assert [x["id"] for x in said["limits"]] == ["login"]


def test_nothing_is_sent_and_nothing_logged_as_mail(box):
    before = box.read("/var/log/exim_mainlog")
    probe(box, "192.0.2.70", 25, None, "a@stranger.example", ["x@nowhere.example"])
    new = box.read("/var/log/exim_mainlog")[len(before):]
    assert " <= " not in new and "x@nowhere.example" not in new


def test_what_is_no_plain_address_never_reaches_exim(box):
    for to in ("${run{/bin/id}}@b.example", "a b@c.example", "x", "-be", "a@b.example\nDATA"):
        done = box.run(["/usr/bin/relaydoctor", "probe", "relay", "--ip", "192.0.2.1",
                        "--from", "a@b.example", "--to", to], check=False)
        assert done.returncode == 2 and "plain form" in done.stderr


def test_a_list_that_exim_cannot_read_is_named_as_the_reason(box):
    mode = os.stat(box.path("/etc/trustedmailhosts")).st_mode & 0o777
    os.chmod(box.path("/etc/trustedmailhosts"), 0o600)
    try:
        done = box.run(["/usr/bin/relaydoctor", "probe", "relay", "--ip", "192.0.2.90", "--from",
                        "a@stranger.example", "--to", "x@nowhere.example"], check=False)
    finally:
        os.chmod(box.path("/etc/trustedmailhosts"), mode)
    assert done.returncode == 3 and "failed to open /etc/trustedmailhosts" in done.stderr
