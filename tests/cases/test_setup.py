"""How a mail program is set up, by the conversations with a server's own ports."""

import json
import os
import pathlib
import plistlib
import subprocess
from xml.etree import ElementTree

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
HOST = "server1.hosting.example"
TLS = f"= tls TLSv1.3\n= certificate {HOST}\n= until 1827000000\n= names us\n"
EHLO = f"< 220 {HOST} ESMTP Exim 4.96\n> EHLO {HOST}\n< 250-{HOST} Hello\n"
OFFERS = "< 250-AUTH PLAIN LOGIN\n< 250 HELP\n> QUIT\n< 221 bye\n"
FETCH = TLS + "= broken the line is no SMTP reply\n"


@pytest.fixture
def world(tmp_path):
    """The server of the case auth_not_advertised, well, with Dovecot on 993 and 995."""
    subprocess.run(["cp", "-r", HERE / "auth_not_advertised" / "world", tmp_path / "w"], check=True)
    path = tmp_path / "w" / "world.json"
    told = json.loads(path.read_text())
    for port, inode in ((993, 3000), (995, 3001)):
        told["commands"]["listening"] += (
            f"tcp    9: 00000000:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 "
            f"00000000     0        0 {inode} 1\nprocess {inode} 900 dovecot\n")

    def write(talks=()):
        told["talks"].update({
            "203.0.113.10 465": "= connected\n" + TLS + EHLO + OFFERS,
            "203.0.113.10 587": "= connected\n" + EHLO + "< 250 STARTTLS\n> STARTTLS\n< 220 go\n"
                                + TLS + EHLO[EHLO.index(">"):] + OFFERS,
            "203.0.113.10 993": "= connected\n" + FETCH,
            "203.0.113.10 995": "= connected\n" + FETCH,
        }, **dict(talks))
        path.write_text(json.dumps(told))
        subprocess.run(["chmod", "-R", "a+rX", tmp_path], check=True)
        return tmp_path / "w"
    return write


def show(world, *words):
    return subprocess.run([BUILD / "relaydoctor", "show", *words, "--world", world],
                          capture_output=True, text=True, timeout=60)


def told_of(world, mailbox="info@gallery.example"):
    return json.loads(show(world, mailbox, "--json").stdout)["setup"]


def ways(told, which):
    return [(w["protocol"], w["port"], w["security"], w["flaw"]) for w in told[which]]


def test_the_sheet_has_what_the_ports_offer(world):
    told = told_of(world())
    assert ways(told, "incoming") == [("IMAP", 993, "SSL/TLS", None), ("POP3", 995, "SSL/TLS", None)]
    assert ways(told, "outgoing") == [("SMTP", 465, "SSL/TLS", None), ("SMTP", 587, "STARTTLS", None)]
    assert (told["ready"], told["host"], told["user"]) == (True, HOST, "info@gallery.example")
    text = show(world(), "info@gallery.example").stdout
    assert f"Incoming server (IMAP): {HOST}, port 993, SSL/TLS" in text
    assert f"Outgoing server (SMTP): {HOST}, port 465, SSL/TLS, with a login" in text
    assert "\n\nMail program for info@gallery.example" in text and "\\x0a" not in text


def test_a_domain_alone_has_no_sheet(world):
    assert "setup" not in json.loads(show(world(), "gallery.example", "--json").stdout)


def test_thunderbirds_file_is_read_by_an_xml_parser(world):
    root = ElementTree.fromstring(show(world(), "info@gallery.example", "--as", "autoconfig").stdout)
    assert (root.tag, root.attrib) == ("clientConfig", {"version": "1.1"})
    servers = [(s.tag, s.get("type"), s.findtext("hostname"), s.findtext("port"),
                s.findtext("socketType"), s.findtext("username"))
               for s in root.find("emailProvider") if s.tag.endswith("Server")]
    user = "info@gallery.example"
    assert servers == [("incomingServer", "imap", HOST, "993", "SSL", user),
                       ("incomingServer", "pop3", HOST, "995", "SSL", user),
                       ("outgoingServer", "smtp", HOST, "465", "SSL", user),
                       ("outgoingServer", "smtp", HOST, "587", "STARTTLS", user)]


def test_apples_profile_is_read_by_a_plist_parser_and_has_no_password(world):
    text = show(world(), "info@gallery.example", "--as", "mobileconfig").stdout
    profile = plistlib.loads(text.encode())
    account, = profile["PayloadContent"]
    assert (profile["PayloadType"], account["PayloadType"]) == ("Configuration", "com.apple.mail.managed")
    assert account["EmailAccountType"] == "EmailTypeIMAP"
    assert account["EmailAddress"] == account["OutgoingMailServerUsername"] == "info@gallery.example"
    assert (account["IncomingMailServerHostName"], account["IncomingMailServerPortNumber"]) == (HOST, 993)
    assert (account["OutgoingMailServerPortNumber"], account["OutgoingMailServerUseSSL"]) == (465, True)
    assert not [key for key in account if key.endswith("Password")
                and key != "OutgoingPasswordSameAsIncomingPassword"]
    assert profile["PayloadUUID"] != account["PayloadUUID"]
    assert text == show(world(), "info@gallery.example", "--as", "mobileconfig").stdout


@pytest.mark.parametrize("talk, says", [
    (FETCH.replace("names us", "names others").replace(HOST, "old.example"),
     f"its certificate is for old.example and does not name {HOST}"),
    (FETCH.replace("1827000000", "1700000000"), "its certificate has expired"),
    (FETCH.replace("= names us\n", ""), "whether its certificate names the server is not known"),
])
def test_a_certificate_that_does_not_fit_is_said_and_gives_no_file(world, talk, says):
    w = world({"203.0.113.10 993": "= connected\n" + talk, "203.0.113.10 995": "= refused\n"})
    assert ways(told_of(w), "incoming") == [("IMAP", 993, "SSL/TLS", says)]
    done = show(w, "info@gallery.example", "--as", "autoconfig")
    assert (done.returncode, done.stdout) == (1, "") and "no file can be made" in done.stderr


def test_a_port_without_a_login_is_not_offered(world):
    talk = "= connected\n" + TLS + EHLO + "< 250 HELP\n"
    told = told_of(world({"203.0.113.10 465": talk}))
    assert ways(told, "outgoing") == [("SMTP", 587, "STARTTLS", None)]
    assert "SMTP on port 465: it offers no login by password within TLS" in told["missing"]


def test_what_is_not_hosted_or_known_is_not_made_up(world):
    done = show(world(), "info@elsewhere.example", "--json")
    told = json.loads(done.stdout)
    assert told["setup"] is None and "no account of this server has elsewhere.example" in told["setup_why"]
    text = show(world(), "info@elsewhere.example").stdout
    assert "\n\nHow a mail program is set up is not known: " in text and "\\x0a" not in text
    done = show(world(), "In<fo@gallery.example", "--as", "autoconfig")
    assert done.returncode == 1 and "is not what stands before the @" in done.stderr


@pytest.mark.parametrize("words", [["gallery.example", "--as", "autoconfig"],
                                   ["info@gallery.example", "--as", "exe"],
                                   ["info@gallery.example", "--as", "autoconfig", "--json"]])
def test_a_file_is_asked_for_rightly_or_not_at_all(world, words):
    assert show(world(), *words).returncode == 2
