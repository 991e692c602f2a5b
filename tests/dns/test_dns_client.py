"""dns_gather as a whole (c-ares, packet reader, collection), through dns_ask,
against a real nsd and against servers that misbehave."""

import json
import os
import pathlib
import random
import socket
import subprocess
import time

import pytest

from name_servers import (A, AA, AAAA, FORMERR, MX, NXDOMAIN, QR, RA, REFUSED,
                          SERVFAIL, TC, Responder, cname, free_port, mx, nsd)

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
GIVE_UP = 10    # seconds that one name may take at most
V4, V6 = socket.inet_aton("192.0.2.1"), socket.inet_pton(socket.AF_INET6, "2001:db8::1")


class Result:
    def __init__(self, text):
        lines = [json.loads(line) for line in text.splitlines()]
        self.source = lines.pop()
        self.domains = {line["name"]: line for line in lines}
        self.seconds = self.source["wall_ms"] / 1000

    def __getitem__(self, name):
        return self.domains[name]

    def status(self, name):
        return self.domains[name]["status"]

    def host(self, name):
        """The only MX host of a domain."""
        [record] = self.domains[name]["mx"]
        return record


def ask(resolver, *names, options=()):
    done = subprocess.run([BUILD / "tests/dns_ask", *options, resolver],
                          input="".join(f"{n}\n" for n in names), timeout=60,
                          capture_output=True, text=True, check=True)
    return Result(done.stdout)


def hosts_of(domain):
    return [(r["preference"], r["host"]) for r in domain["mx"]]


def no_data(question, _=False):
    return question.reply()


# ---- a real server ---------------------------------------------------------

MANY = "".join(f"many MX {i} a-rather-long-host-name-number-{i}.many\n" for i in range(90))

ZONE = MANY + r"""
order MX 100 c
order MX 9 b
order MX 10 z
order MX 10 A
a A 192.0.2.1
b A 192.0.2.2
b AAAA 2001:db8::2
c AAAA 2001:db8::3
nothing TXT "only this"
implicit A 192.0.2.7
null MX 0 .
null-and-more MX 0 .
null-and-more MX 5 a
literal MX 5 192.0.2.9.
literal6 MX 5 2001:db8::9.
odd MX 5 mail\032server.odd.example.test.
aliased CNAME order
hosted MX 1 alias
alias CNAME other.second.test.
gone MX 1 dead-alias
dead-alias CNAME nowhere.second.test.
circle MX 1 circle1
circle1 CNAME circle2
circle2 CNAME circle1
self MX 5 self
self A 192.0.2.8
missing MX 5 not-there
bare MX 5 nothing
google MX 1 aspmx.l.google.com.
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    zones = {"example.test": ZONE, "second.test": "other A 192.0.2.5\nother AAAA 2001:db8::5\n",
             "l.google.com": "aspmx A 192.0.2.66\n"}
    with nsd(tmp_path_factory.mktemp("nsd"), zones) as address:
        names = [line.split()[0] for line in ZONE.splitlines() if line]
        yield ask(address, *{f"{n}.example.test" for n in names},
                  "not-there.example.test", "no-zone.test")


def test_preference_is_a_number_and_equal_ones_go_by_name(real):
    assert hosts_of(real["order.example.test"]) == [
        (9, "b.example.test"), (10, "a.example.test"), (10, "z.example.test"),
        (100, "c.example.test")]


def test_hosts_have_the_addresses_of_both_families(real):
    hosts = {r["host"]: r for r in real["order.example.test"]["mx"]}
    assert sorted(hosts["b.example.test"]["ips"]) == ["192.0.2.2", "2001:db8::2"]
    assert hosts["c.example.test"]["a"] == "no such record"
    assert hosts["c.example.test"]["aaaa"] == "answered"
    assert hosts["z.example.test"]["a"] == "NXDOMAIN"


def test_no_data_is_not_nxdomain(real):
    nothing = real["nothing.example.test"]
    assert nothing["status"] == "no such record"
    assert nothing["ttl"] == 120        # the zone's negative TTL
    assert nothing["implicit"]["a"] == "no such record"
    assert real.status("not-there.example.test") == "NXDOMAIN"
    assert real["not-there.example.test"]["implicit"] is None


def test_a_domain_without_mx_is_its_own_host(real):
    domain = real["implicit.example.test"]
    assert domain["mx"] == [] and domain["implicit"]["ips"] == ["192.0.2.7"]


def test_null_mx_stands_alone(real):
    assert real["null.example.test"]["null_mx"] and not real["null.example.test"]["mx"]
    assert hosts_of(real["null-and-more.example.test"]) == [(5, "a.example.test")]
    assert not real["null-and-more.example.test"]["null_mx"]


@pytest.mark.parametrize("name", ["literal", "literal6"])
def test_an_address_as_exchange_is_marked_and_not_asked(real, name):
    host = real.host(f"{name}.example.test")
    assert host["is_address"] and host["a"] == host["aaaa"] == "not asked"
    assert not host["ips"] and host["provider"] is None


def test_an_exchange_that_is_no_host_name_is_shown_and_not_asked(real):
    host = real.host("odd.example.test")
    assert host["host"] == r"mail\032server.odd.example.test"
    assert host["a"] == "not asked"


def test_aliases_are_followed(real):
    assert hosts_of(real["aliased.example.test"]) == hosts_of(real["order.example.test"])
    host = real.host("hosted.example.test")
    assert host["cname"] == "other.second.test"
    assert sorted(host["ips"]) == ["192.0.2.5", "2001:db8::5"]
    assert real.host("gone.example.test")["a"] == "NXDOMAIN"


def test_aliases_in_a_circle_give_no_answer(real):
    host = real.host("circle.example.test")
    assert host["a"] in ("unreadable answer", "SERVFAIL") and not host["ips"]


def test_hosts_that_are_missing_or_bare_say_so(real):
    assert real.host("missing.example.test")["a"] == "NXDOMAIN"
    assert real.host("bare.example.test")["aaaa"] == "no such record"


def test_an_answer_too_long_for_udp_is_read_over_tcp(real):
    assert len(real["many.example.test"]["mx"]) == 90


def test_the_provider_is_the_registrable_domain(real):
    assert real.host("google.example.test")["provider"] == "google.com"


def test_a_server_without_the_zone_refuses(real):
    assert real.status("no-zone.test") == "REFUSED"
    assert real.source["ok"]


# ---- servers that misbehave --------------------------------------------------

def misbehave(question, is_tcp):
    kind = question.name.split(".")[0]
    if question.type != MX:
        return question.reply([(A, V4)] if question.type == A else [])
    good = question.reply([mx(10, "mx.example.test")])
    if kind == "slow":
        time.sleep(3)
    if kind.startswith("cut"):
        if not is_tcp:
            return question.reply(flags=QR | RA | TC)
        return None if kind == "cut-for-ever" else good
    return {
        "good": good, "slow": good, "silent": None, "garbage": b"\xff" * 40,
        "short": b"\0", "servfail": question.reply(rcode=SERVFAIL),
        "refused": question.reply(rcode=REFUSED),
        "nxdomain": question.reply(rcode=NXDOMAIN),
        "formerr": question.reply(rcode=FORMERR), "nodata": question.reply(),
        "forged": [bytes([question.id[0] ^ 1]) + good[1:], question.reply(rcode=NXDOMAIN)],
        "loop": question.reply([cname("b.test", question.name),
                                cname(question.name, "b.test")]),
        "half": good[:-3],
    }[kind]


STATUSES = {
    "good": ["answered"], "slow": ["answered"], "cut": ["answered"],
    "silent": ["timeout"], "cut-for-ever": ["timeout"],
    "servfail": ["SERVFAIL"], "refused": ["REFUSED"], "nxdomain": ["NXDOMAIN"],
    "nodata": ["no such record"], "loop": ["unreadable answer"],
    # Garbage may be dropped by c-ares, which then waits for better.
    "garbage": ["timeout", "unreadable answer"], "short": ["timeout", "unreadable answer"],
    "half": ["timeout", "unreadable answer"], "formerr": ["unreadable answer"],
    # The forged one is not believed, the true one that follows is.
    "forged": ["NXDOMAIN"],
}


@pytest.fixture(scope="module")
def bad():
    with Responder(misbehave) as server:
        result = ask(server.address, *(f"{kind}.test" for kind in STATUSES))
        result.server = server
        yield result


@pytest.mark.parametrize("kind", STATUSES)
def test_every_way_to_fail_has_its_status(bad, kind):
    assert bad.status(f"{kind}.test") in STATUSES[kind]


def test_silence_is_tried_again_and_given_up_within_ten_seconds(bad):
    assert bad.server.asked["silent.test", MX] >= 3
    assert bad.seconds < GIVE_UP


def test_a_cut_answer_is_asked_for_over_tcp(bad):
    assert bad.server.over_tcp["cut.test", MX] >= 1
    assert bad.server.over_tcp["good.test", MX] == 0


def test_one_answer_is_enough_for_the_source_to_be_fine(bad):
    assert bad.source["ok"]


def test_a_host_that_many_domains_share_is_asked_once():
    def answer(question, _):
        if question.type == MX:
            return question.reply([mx(10, "MX.Shared.test"), mx(20, question.name)])
        return question.reply([(A, V4)] if question.type == A else [(AAAA, V6)])

    names = [f"d{i}.test" for i in range(300)]
    with Responder(answer) as server:
        result = ask(server.address, *names)
    assert server.asked["mx.shared.test", A] == server.asked["mx.shared.test", AAAA] == 1
    assert max(server.asked.values()) == 1
    assert sum(server.asked.values()) == 300 * 3 + 2
    for name in names:
        assert [len(r["ips"]) for r in result[name]["mx"]] == [2, 2]


def test_the_order_of_names_and_answers_changes_nothing():
    chance = random.Random(7)

    def answer(question, _):
        number = int(question.name.split(".")[0][1:])
        time.sleep(chance.random() / 1000)
        if question.type == MX:
            return question.reply([mx(number % 3, f"h{number % 7}.test"), mx(1, "h1.test")])
        return question.reply([(A, V4)] if question.type == A else [])

    names = [f"d{i}.test" for i in range(100)]
    with Responder(answer) as server:
        first = ask(server.address, *names)
        chance.shuffle(names)
        assert ask(server.address, *names).domains == first.domains


def test_dead_zones_do_not_hold_up_the_others():
    def answer(question, _):
        return None if question.name.startswith("dead") else no_data(question)

    dead = [f"dead{i}.test" for i in range(700)]    # more than are in flight
    live = [f"live{i}.test" for i in range(1000)]
    with Responder(answer) as server:
        result = ask(server.address, *dead, *live)
    assert {result.status(n) for n in dead} == {"timeout"}
    assert {result.status(n) for n in live} == {"no such record"}
    assert result.seconds < GIVE_UP + 2


def test_no_resolver_at_all_is_found_out_at_once():
    result = ask(f"127.0.0.1:{free_port()}", *(f"d{i}.test" for i in range(5000)))
    assert not result.source["ok"] and "does not answer" in result.source["why"]
    assert {d["status"] for d in result.domains.values()} == {"timeout"}
    assert result.seconds < 3


def test_a_resolver_that_never_answers_is_not_asked_for_every_name():
    with Responder(lambda *_: None) as server:
        result = ask(server.address, *(f"d{i}.test" for i in range(10000)))
    assert not result.source["ok"]
    assert result.seconds < GIVE_UP


@pytest.mark.parametrize("names, ok", [(1, True), (19, True), (20, False)])
def test_the_resolver_is_blamed_when_twenty_names_fail_and_none_succeeds(names, ok):
    with Responder(lambda q, _: q.reply(rcode=SERVFAIL)) as server:
        result = ask(server.address, *(f"d{i}.test" for i in range(names)))
    assert result.source["ok"] is ok
    assert {d["status"] for d in result.domains.values()} == {"SERVFAIL"}


# ---- whose answer it is --------------------------------------------------------

@pytest.mark.parametrize("options, flags, own", [
    (["-s"], QR | AA, True), (["-s"], QR | RA, False), ([], QR | AA, False),
])
def test_only_an_authoritative_answer_of_our_own_resolver_is_in_doubt(options, flags, own):
    with Responder(lambda q, _: q.reply(flags=flags)) as server:
        result = ask(server.address, "example.test", options=options)
    assert result["example.test"]["answer_is_own"] is own


def test_a_host_is_ours_by_any_of_its_addresses():
    def answer(question, _):
        if question.type == MX:
            return question.reply([mx(1, "mx.test")])
        return question.reply([(A, V4)] if question.type == A else [(AAAA, V6)])

    with Responder(answer) as server:
        ours = ask(server.address, "d.test", options=["-o", "2001:db8::1"])
        theirs = ask(server.address, "d.test", options=["-o", "192.0.2.2"])
    assert ours.host("d.test")["ours"] and ours.host("d.test")["provider"] is None
    assert not theirs.host("d.test")["ours"]


def test_an_ipv6_resolver_is_given_in_brackets():
    try:
        server = Responder(no_data, host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with server:
        assert ask(server.address, "d.test").status("d.test") == "no such record"


def test_an_ipv6_resolver_needs_no_port():
    for resolver in ("::1", "[::1]"):
        assert "is not a resolver" not in (ask(resolver, "d.test").source["why"] or "")


@pytest.mark.parametrize("resolver", [
    "", "localhost", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:53x",
    "[::1]:", "[::1]53", "[::1", "[]", "192.0.2.1,192.0.2.2", "192.0.2.1 :53", "[192.0.2.1:53",
])
def test_what_is_no_resolver_is_refused(resolver):
    result = ask(resolver, "d.test")
    assert not result.source["ok"] and "is not a resolver" in result.source["why"]


@pytest.mark.parametrize("name", ["*.test", "a..test", "x" * 64 + ".test", "bad name.test",
                                  ".".join(["a" * 60] * 5), "."])
def test_what_is_no_domain_is_not_asked(name):
    with Responder(no_data) as server:
        result = ask(server.address, name, "good.test")
    assert result.status(name) == "not asked" and result.source["ok"]
    assert set(server.asked) == {("good.test", t) for t in (MX, A, AAAA)}
