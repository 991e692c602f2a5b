"""Whom a domain's public answer is asked of: the delegated name servers, found past a
resolver that speaks from its own zone; lame, lying, silent and disagreeing ones."""

import contextlib
import json
import os
import pathlib
import subprocess

import pytest

import internet
from internet import HOSTER, LAME, LIAR, MISLED, OWN, PUBLIC, REGISTRY, SECOND, SILENT
from name_servers import MX, QR, REFUSED, Responder, mx

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))

# domain: (name servers, glue for those below it)
DELEGATED = {
    "plain": ["ns1.hoster.example."],
    "moved": ["ns1.hoster.example."],
    "here": ["ns1.own.example."],
    "glued": ["ns1.glued.example."],
    "half": ["ns1.hoster.example.", "ns.lame.example."],
    "deaf": ["ns.silent.example.", "ns.lame.example."],
    "torn": ["ns1.hoster.example.", "ns2.hoster.example."],
    "lied": ["ns.liar.example."],
    "ring": ["ns.ring2.example."],
    "ring2": ["ns.ring.example."],
    "alias": ["ns1.hoster.example."],
    "wild": ["ns1.hoster.example."],
    "missing": ["ns1.hoster.example."],
    "hoster": ["ns1.hoster.example."],
    "own": ["ns1.own.example."],
}
GLUE = {"ns1.hoster": HOSTER, "ns2.hoster": SECOND, "ns1.own": OWN, "ns1.glued": HOSTER,
        "ns.lame": LAME, "ns.silent": SILENT, "ns.liar": LIAR}
GOOGLE = "@ MX 1 aspmx.l.google.com.\n"
NS = "@ NS ns1.hoster.example.\n"
HOSTED = {
    "plain.example": (7, NS + GOOGLE),
    "moved.example": (2026112701, NS + "@ MX 5 mail\nmail A 192.0.2.90\n"),
    "glued.example": (3, "@ NS ns1\nns1 A 192.0.2.54\n" + GOOGLE),
    "half.example": (4, NS + GOOGLE + "www A 192.0.2.95\n"),
    "torn.example": (5, NS + GOOGLE),
    "alias.example": (6, NS + "www CNAME site.elsewhere.com.\n"),
    "wild.example": (8, NS + "* MX 10 mail\nmail A 192.0.2.91\n@ MX 10 mail\n"),
    "missing.example": (9, NS + "@ A 192.0.2.92\n"),
    "hoster.example": (1, NS + f"ns1 A {HOSTER}\nns2 A {SECOND}\n"),
}
KEPT = {    # on the box itself: stale, but for here.example
    "moved.example": (1, "@ NS ns1.own.example.\n@ MX 0 mail\nmail A 203.0.113.10\n"),
    "here.example": (11, "@ NS ns1.own.example.\n@ MX 0 mail\nmail A 203.0.113.10\n"),
    "own.example": (1, f"@ NS ns1\nns1 A {OWN}\n@ MX 0 ns1\n"),
    "plain.example": (2, "@ NS ns1.own.example.\n@ MX 0 mail\nmail A 203.0.113.10\n"),
    "half.example": (4, "@ NS ns1.own.example.\n" + GOOGLE),
}


def registry():
    lines = "@ NS ns.root.\n"
    for name, servers in DELEGATED.items():
        lines += "".join(f"{name} NS {s}\n" for s in servers)
    lines += "".join(f"{host} A {address}\n" for host, address in GLUE.items())
    lines += "infant MX 3 mail.infant\nmail.infant A 192.0.2.93\n"     # kept by the parent
    return {".": (1, f"@ NS ns.root.\nns.root. A {REGISTRY}\nexample. NS ns.root.\n"
                     "com. NS ns.root.\n"),
            "example": (1, lines),
            "com": (1, "@ NS ns.root.\naspmx.l.google A 192.0.2.94\n")}


def lie(question, _):
    """An answer, but not as the one that keeps the zone."""
    return question.reply([mx(1, "mail.liar.example")] if question.type == MX else [],
                          flags=QR)


@pytest.fixture(scope="module", autouse=True)
def world(tmp_path_factory):
    if os.geteuid():
        pytest.skip("needs root for a network namespace")
    place = tmp_path_factory.mktemp("internet")
    refused = lambda question, _: question.reply(rcode=REFUSED, flags=QR)   # noqa: E731
    with contextlib.ExitStack() as stack:
        stack.enter_context(internet.own_network())
        for server in (internet.nsd(place / "registry", REGISTRY, registry()),
                       internet.nsd(place / "hoster", HOSTER, HOSTED),
                       internet.nsd(place / "second", SECOND, {
                           "torn.example": (4, NS + "@ MX 0 old.torn.example.\n")}),
                       internet.nsd(place / "own", OWN, KEPT),
                       internet.silent(), Responder(refused, LAME, 53),
                       Responder(lie, LIAR, 53)):
            stack.enter_context(server)
        yield place


OWN_ZONES = {
    "moved.example": ["moved.example. MX 0 mail.moved.example.",
                      f"mail.moved.example. A {OWN}"],
    "here.example": ["here.example. MX 0 mail.here.example.",
                     f"mail.here.example. A {OWN}"],
    "deaf.example": ["deaf.example. MX 0 mail.deaf.example.",
                     f"mail.deaf.example. A {OWN}"],
    "own.example": [f"ns1.own.example. A {OWN}", "own.example. MX 0 ns1.own.example."],
    "plain.example": ["plain.example. MX 1 aspmx.l.google.com."],
    "ring.example": ["ring.example. MX 0 mail.ring.example.", f"mail.ring.example. A {OWN}"],
    "www.alias.example": [f"www.alias.example. A {OWN}",
                          "www.alias.example. MX 0 www.alias.example."],
    "missing.example": ["missing.example. MX 0 mail.missing.example.",
                        f"mail.missing.example. A {OWN}"],
    "sub.wild.example": ["sub.wild.example. MX 0 mail.sub.wild.example.",
                         f"mail.sub.wild.example. A {OWN}"],
    "infant.example": ["infant.example. MX 0 mail.infant.example.",
                       f"mail.infant.example. A {OWN}"],
    "nowhere.example": ["nowhere.example. MX 0 mail.nowhere.example.",
                        f"mail.nowhere.example. A {OWN}"],
}


def asker(resolver):
    def ask(*names):
        done = subprocess.run([BUILD / "tests/dns_ask", "-s", "-z", "-o", OWN, resolver],
                              input="".join(f"{n}.example\n" for n in names), timeout=90,
                              capture_output=True, text=True, check=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["name"].removesuffix(".example"): line for line in lines[:-1]}
    return ask


@pytest.fixture(scope="module")
def public(world):
    """Asks by a resolver that keeps no zone of its own."""
    with internet.unbound(world / "public", PUBLIC):
        yield asker(PUBLIC)


@pytest.fixture(scope="module")
def misled(world):
    """Asks by one that speaks from the zones of this server, as BIND does there."""
    with internet.unbound(world / "misled", MISLED, OWN_ZONES):
        yield asker(MISLED)


def hosts(domain):
    return [(r["preference"], r["host"]) for r in domain["mx"]]


def states(domain):
    return {s["name"]: s["state"] for s in domain["zone"]["servers"]}


# ---- a resolver that tells the public answer ----------------------------------

def test_the_zones_own_servers_confirm_what_the_resolver_said(public):
    d = public("moved")["moved"]
    assert d["zone"]["delegated"] == {"mx": "5 mail.moved.example", "serial": 2026112701,
                                      "zone": "moved.example"}
    assert d["zone"]["keeper"] == "hoster.example"
    assert d["zone"]["here"]["mx"] == "0 mail.moved.example"
    assert (d["zone"]["here"]["serial"], d["verdict"]) == (1, "local_mx_elsewhere")


def test_a_zone_kept_here_that_says_the_same_is_no_news(public):
    d = public("here")["here"]
    assert d["verdict"] == "ok" and d["zone"] is None


def test_a_lame_server_is_not_one_that_says_no_record(public):
    d = public("half")["half"]
    assert states(d) == {"ns1.hoster.example": "answers", "ns.lame.example": "lame"}
    assert d["zone"]["delegated"]["mx"] == "1 aspmx.l.google.com"
    assert d["zone"]["servers"][0]["says"] or d["zone"]["servers"][1]["says"]


def test_the_parent_says_whom_a_zone_is_delegated_to_whatever_else_is_asked(public):
    told = public("half", "www.half")
    assert states(told["half"]) == {"ns1.hoster.example": "answers", "ns.lame.example": "lame"}
    assert told["www.half"]["zone"]["delegated"]["mx"] == "no MX"


def test_servers_that_disagree_leave_the_routing_unknown(public):
    d = public("torn")["torn"]
    assert d["verdict"] == "not_public" and "do not say the same" in d["zone"]["why"]
    assert {s["says"]["mx"] for s in d["zone"]["servers"]} == {
        "1 aspmx.l.google.com", "0 old.torn.example"}
    assert d["zone"]["delegated"] is None


def test_an_answer_without_authority_is_none(public):
    d = public("lied")["lied"]
    assert d["zone"] is None or states(d) == {"ns.liar.example": "lame"}


# ---- a resolver that speaks from the zones of this server ---------------------

def test_the_delegated_answer_takes_the_place_of_the_own_zones(misled):
    d = misled("moved")["moved"]
    assert hosts(d) == [(5, "mail.moved.example")]
    assert d["mx"][0]["ips"] == ["192.0.2.90"] and not d["mx"][0]["ours"]
    assert d["verdict"] == "local_mx_elsewhere" and not d["answer_is_own"]
    assert d["zone"]["resolver"]["mx"] == "0 mail.moved.example"


def test_an_own_zone_that_is_the_delegated_one_is_judged(misled):
    d = misled("here")["here"]
    assert states(d) == {"ns1.own.example": "answers"} and d["zone"]["servers"][0]["ours"]
    assert d["mx"][0]["ips"] == [OWN] and d["verdict"] == "ok"


@pytest.mark.parametrize("name, why", [
    ("deaf", "none of its name servers answers"), ("ring", "no address of"),
    ("www.alias", "alias"), ("nowhere", None)])
def test_without_an_answer_of_theirs_the_routing_stays_unknown(misled, name, why):
    d = misled(name)[name]
    if why:
        assert d["verdict"] == "not_public" and why in d["zone"]["why"], d["zone"]
    else:
        assert d["verdict"] == "nxdomain"


def test_a_name_that_its_parent_keeps_is_asked_there(misled):
    d = misled("infant")["infant"]
    assert d["zone"]["delegated"]["zone"] == "example"
    assert d["mx"][0]["ips"] == ["192.0.2.93"]


def test_a_wildcard_answers_for_the_names_below(misled):
    d = misled("sub.wild")["sub.wild"]
    assert d["zone"]["delegated"] == {"mx": "10 mail.wild.example", "serial": 8,
                                      "zone": "wild.example"}


def test_a_missing_mx_leads_to_the_public_address(misled):
    d = misled("missing")["missing"]
    assert d["zone"]["delegated"]["mx"] == "no MX"
    assert d["implicit"]["ips"] == ["192.0.2.92"] and d["verdict"] == "mx_dead"


def test_the_same_answer_from_both_is_the_public_one(misled):
    d = misled("plain")["plain"]
    assert d["verdict"] == "local_mx_elsewhere"
    assert d["mx"][0]["ips"] == ["192.0.2.94"]


def test_silent_servers_hold_up_one_scan_once(misled):
    import time
    start = time.monotonic()
    told = misled("deaf", "moved", "here", "ring")
    assert time.monotonic() - start < 30
    assert told["moved"]["verdict"] == "local_mx_elsewhere"
