"""Refusals of a real Exim to a real client (swaks), each explained by what this server knows of it."""

import json
import subprocess
import time

import pytest

from lab import seed
from lab.box import wait_for
from test_relay import server_of

# A smarthost that does not know this server.
REFUSING = """
import socketserver
class Refuses(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 smart.far.example ESMTP\\r\\n")
        for line in self.rfile:
            word = line[:4].upper().strip()
            self.wfile.write({b"RCPT": b"550 relay not permitted\\r\\n", b"QUIT": b"221 bye\\r\\n"}
                             .get(word, b"250 ok\\r\\n"))
            if word == b"QUIT":
                return
socketserver.ThreadingTCPServer.allow_reuse_address = True
print("up", flush=True)
socketserver.ThreadingTCPServer(("192.0.2.90", 2525), Refuses).serve_forever()
"""
CUSTOMER = "info@bakery.example"
# swaks does not send a login that it was not offered; some programs do.
BLUNT = """
import smtplib, sys
with smtplib.SMTP(sys.argv[1], 587, source_address=(sys.argv[2], 0)) as s:
    s.ehlo()
    s.docmd("AUTH", "PLAIN " + sys.argv[3])
"""
WRONG = "AGluZm9AYmFrZXJ5LmV4YW1wbGUAd3Jvbmc="          # CUSTOMER, wrong


def new_log(box, act, words):
    """What the log has gained, once these words are in it."""
    before = len(box.read("/var/log/exim_mainlog"))
    act()

    def new():
        text = box.read("/var/log/exim_mainlog")[before:]
        return text if words in text else None
    return wait_for(new, 20, f"{words} in the log")


def swaks(box, client, sender, to, *more, port=25, inside=False):
    """A session of swaks from that address, as a mail program would hold it."""
    family = ["-6"] if ":" in client else ["-4"]
    return box.run(["/usr/bin/swaks", *family, "--server", server_of(client), "--port", str(port),
                    "--local-interface", client, "--helo", "client.stranger.example", "--from", sender,
                    "--to", to, "--timeout", "20", *more], internet=not inside, check=False)


def refusal(box, client, sender, to, *more, words="rejected RCPT", **how):
    """The log line that a session leaves."""
    log = new_log(box, lambda: swaks(box, client, sender, to, *more, **how), words)
    return [line for line in log.splitlines() if words in line][0]


def logged_in(password):
    return "--tls", "--auth", "PLAIN", "--auth-user", CUSTOMER, "--auth-password", password


def explain(box, text):
    done = box.run(["/usr/bin/relaydoctor", "explain", "--json"], input=text)
    return json.loads(done.stdout)


def short(x):
    return x["class"], x["rule"], x["who"]


def said(x, words):
    return any(words in e["text"] for e in x["evidence"])


def test_a_customer_without_a_login_is_told_from_a_probe(box):
    customer = explain(box, refusal(box, "192.0.2.90", "info@bakery.example", "x@nowhere.example"))
    assert short(customer) == ("relay_unauth", "A01", "sender")
    assert said(customer, "bakery.example is this server's: account bakery")
    assert said(customer, "it would refuse (550 ")
    probe = explain(box, refusal(box, "192.0.2.90", "a@stranger.example", "x@nowhere.example"))
    assert short(probe) == ("relay_unauth", "R00", "nobody")
    assert probe["fix"] is None and probe["here"] == {"asked": True, "missing": []}


def test_a_customer_who_reads_mail_from_the_same_network_is_known(box):
    line = ("2026-11-24 07:19:38 H=(pc) [198.51.100.9]:4000 F=<a@stranger.example> rejected RCPT "
            "<x@nowhere.example>: relay not permitted\n")
    assert short(explain(box, line)) == ("relay_unauth", "R00", "nobody")
    box.write("/var/log/maillog", time.strftime("%b %e %H:%M:%S") + " server1 dovecot: imap-login: "
              "Login: user=<info@bakery.example>, method=PLAIN, rip=198.51.100.20, "
              f"lip={seed.ADDRESS}, mpid=77, TLS, session=<x>\n")
    x = explain(box, line)
    assert short(x) == ("relay_unauth", "A01", "sender")
    assert said(x, "from the network of 198.51.100.9 info@bakery.example has logged in lately")


def test_a_domain_that_is_missing_in_the_lists_is_the_cause_not_the_client(box):
    lists = {p: box.read(p) for p in ("/etc/localdomains", "/etc/remotedomains")}
    box.write("/etc/localdomains", lists["/etc/localdomains"].replace("bakery.example\n", ""))
    box.write("/etc/remotedomains", lists["/etc/remotedomains"] + "bakery.example\n")
    try:
        line = refusal(box, "192.0.2.90", "a@stranger.example", "info@bakery.example")
        x = explain(box, line)
    finally:
        for path, text in lists.items():
            box.write(path, text)
    assert short(x) == ("relay_unauth", "D02", "this server")
    assert x["finding"] == "routing_remote_mx_here:bakery.example"
    assert x["fix"] == {"id": "set_routing", "finding": x["finding"]}
    # … and once the lists are right again, it is no longer.
    again = explain(box, line)
    assert again["finding"] is None and said(again, "it would accept (250 Accepted)")


@pytest.mark.parametrize("client", ["127.0.0.1", seed.ADDRESS])
def test_a_program_on_this_server_is_told_so(box, client):
    x = explain(box, refusal(box, client, "info@bakery.example", "x@nowhere.example", inside=True))
    assert short(x) == ("relay_unauth", "A09", "this server")
    assert said(x, f"{client} is this server itself")


def test_a_submission_port_wants_a_login_of_everybody(box):
    x = explain(box, refusal(box, "192.0.2.90", "info@bakery.example", "x@nowhere.example", port=587))
    assert short(x)[:2] == ("relay_unauth", "A07")


def test_a_wrong_password_is_no_relay_error(box):
    x = explain(box, refusal(box, "192.0.2.90", CUSTOMER, "x@nowhere.example", *logged_in("wrong"),
                             port=587, words="authenticator failed"))
    assert short(x)[:2] == ("auth_fail", "A04")


def test_a_login_that_is_not_offered_without_tls_is_told_from_one_that_is_wrong(box):
    plain = [w for w in logged_in("wrong") if w != "--tls"]
    told = swaks(box, "192.0.2.90", CUSTOMER, "x@nowhere.example", *plain, port=587)
    assert "Host did not advertise authentication" in told.stderr + told.stdout
    # A program that goes on without one is refused like any other, …
    x = explain(box, refusal(box, "192.0.2.90", CUSTOMER, "x@nowhere.example", *plain,
                             "--auth-optional", port=587))
    assert short(x)[:2] == ("relay_unauth", "A07")
    # … and one that sends it all the same is told that.
    x = explain(box, new_log(box, lambda: box.python(
        BLUNT, seed.ADDRESS, "192.0.2.90", WRONG, internet=True), "AUTH command used when not advertised"))
    assert short(x)[:2] == ("auth_not_advertised", "A06")
    assert WRONG not in json.dumps(x)


def test_a_refusal_right_after_a_login_that_went_wrong_is_that_ones(box):
    client = "2001:db8:10::1"
    box.write("/var/log/maillog", box.read("/var/log/maillog") + time.strftime("%b %e %H:%M:%S") +
              f" server1 dovecot: imap-login: Login: user=<{CUSTOMER}>, method=PLAIN, "
              "rip=2001:db8:10::2, lip=2001:db8:10::25, mpid=77, TLS, session=<x>\n")

    def refused():
        return explain(box, refusal(box, client, CUSTOMER, "x@nowhere.example"))

    assert short(refused()) == ("relay_unauth", "A01", "sender")
    new_log(box, lambda: box.python(BLUNT, server_of(client), client, WRONG, internet=True),
            "AUTH command used when not advertised")
    x = refused()
    assert short(x) == ("relay_unauth", "A06", "sender") and "offers no login" in x["title"]
    assert said(x, "within 15 minutes of a login of its address where none is offered")
    refusal(box, client, CUSTOMER, "x@nowhere.example", *logged_in("wrong"), port=587,
            words="authenticator failed")
    x = refused()
    assert short(x) == ("relay_unauth", "A04", "sender") and "password is wrong" in x["title"]


def test_a_text_of_another_server_moves_nothing_here(box):
    x = explain(box, "Reporting-MTA: dns; mx.far.example\n\nFinal-Recipient: rfc822; info@bakery.example\n"
                     "Action: failed\nStatus: 5.0.0\n"
                     "Diagnostic-Code: smtp; 550 relay not permitted\n")
    assert x["finding"] is None and x["fix"] is None


def test_what_is_in_the_text_cannot_make_exim_expand_it(box):
    x = explain(box, "2026-11-24 07:19:38 H=(x) [192.0.2.90] F=<a@${run{/bin/id}}.example> rejected "
                     "RCPT <${run{/bin/id}}@b.example>: relay not permitted\n")
    assert x["class"] in ("relay_unauth", "spoof_negative")


@pytest.fixture
def smarthost(box):
    process = box.popen(["/usr/bin/python3", "-c", REFUSING], internet=True,
                        stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"up\n"
    yield
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("sender, rule", [(CUSTOMER, "A12"), ("<>", "A14")])
def test_a_smarthost_that_refuses_all_mail_is_told_from_one_that_wants_a_sender(box, smarthost, sender, rule):
    """The second one is an automatic answer, which has none."""
    log = new_log(box, lambda: swaks(box, "192.0.2.70", sender, "x@nowhere.example",
                                     "--header", "Auto-Submitted: auto-replied"), " ** ")
    assert short(explain(box, log))[:2] == ("relay_remote_denied", rule)


def test_a_client_that_is_known_by_ipv4_alone_is_told_so(box, smarthost):
    def try_both():
        for client in "2001:db8:10::1", "192.0.2.70":       # the second one is listed
            swaks(box, client, "a@stranger.example", "y@nowhere.example")

    log = new_log(box, try_both, " <= ")
    lines = [x for x in log.splitlines() if "rejected RCPT" in x or " <= " in x]
    x = explain(box, "\n".join(lines))
    assert short(x) == ("relay_unauth", "A18", "this server")
    # The refusal alone does not say so, nor does mail of somebody else.
    assert explain(box, lines[0])["rule"] != "A18"
    other = "\n".join([lines[0], lines[1].replace("client.stranger", "other")])
    assert explain(box, other)["rule"] != "A18"
