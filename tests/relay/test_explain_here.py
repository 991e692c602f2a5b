"""Refusals of a real Exim, each explained by what this server knows of it."""

import json
import subprocess
import time

import pytest

from lab import seed
from lab.box import wait_for
from test_relay import server_of

SAY = """
import json, smtplib, sys
client, server, port, login, starttls, sender, to = json.loads(sys.argv[1])
s = smtplib.SMTP(server, port, local_hostname="client.stranger.example", source_address=(client, 0))
s.ehlo()
if starttls:
    s.starttls()
    s.ehlo()
try:
    if login:
        s.docmd("AUTH", "PLAIN " + login)
    s.mail(sender)
    s.rcpt(to)
finally:
    s.close()
"""
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
WRONG = "AGluZm9AYmFrZXJ5LmV4YW1wbGUAd3Jvbmc="          # info@bakery.example, wrong


def refusal(box, client, sender, to, port=25, login=None, starttls=False, inside=False, words="rejected RCPT"):
    """The log line that a session leaves."""
    before = len(box.read("/var/log/exim_mainlog"))
    box.python(SAY, json.dumps([client, server_of(client), port, login, starttls, sender, to]),
               internet=not inside, check=False)

    def line():
        new = box.read("/var/log/exim_mainlog")[before:]
        return [x for x in new.splitlines() if words in x]
    return wait_for(line, 5, "the log line")[0]


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


def test_a_wrong_password_and_a_login_without_tls_are_no_relay_errors(box):
    x = explain(box, refusal(box, "192.0.2.90", "info@bakery.example", "x@nowhere.example", 587,
                             WRONG, True, words="authenticator failed"))
    assert short(x)[:2] == ("auth_fail", "A04")
    x = explain(box, refusal(box, "192.0.2.90", "info@bakery.example", "x@nowhere.example", 587,
                             WRONG, words="AUTH command used when not advertised"))
    assert short(x)[:2] == ("auth_not_advertised", "A06")
    assert WRONG not in json.dumps(x)


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


def delivery(box, *argv, text="Subject: hello\n\nhello\n"):
    """All lines that a mail from a program here leaves, up to its end."""
    before = len(box.read("/var/log/exim_mainlog"))
    box.run(["/usr/sbin/exim", "-oi", "-odf", *argv, "--", "x@nowhere.example"], input=text)

    def lines():
        new = box.read("/var/log/exim_mainlog")[before:]
        return new if " ** " in new else None
    return wait_for(lines, 20, "the refusal")


def test_a_smarthost_that_refuses_is_not_a_relay_error_of_ours(box, smarthost):
    x = explain(box, delivery(box, "-f", "info@bakery.example"))
    assert short(x) == ("relay_remote_denied", "A12", "this server")


def test_an_automatic_answer_without_a_sender_is_told_from_other_mail(box, smarthost):
    x = explain(box, delivery(box, "-f", "<>", text="Auto-Submitted: auto-replied\nSubject: away\n\nx\n"))
    assert short(x)[:2] == ("relay_remote_denied", "A14")


def test_a_client_that_is_known_by_ipv4_alone_is_told_so(box, smarthost):
    before = len(box.read("/var/log/exim_mainlog"))
    to, sender = "y@nowhere.example", "a@stranger.example"
    refusal(box, "2001:db8:10::1", sender, to)
    assert box.send(to, sender=sender, source="192.0.2.70") == (250, "")    # … is listed
    new = box.read("/var/log/exim_mainlog")[before:]
    lines = [x for x in new.splitlines() if "rejected RCPT" in x or " <= " in x]
    x = explain(box, "\n".join(lines))
    assert short(x) == ("relay_unauth", "A18", "this server")
    # The refusal alone does not say so, nor does mail of somebody else.
    assert explain(box, lines[0])["rule"] != "A18"
    other = "\n".join([lines[0], lines[1].replace("client.stranger", "other")])
    assert explain(box, other)["rule"] != "A18"
