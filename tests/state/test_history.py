"""What the scans before have seen: what is new, what is gone, what came back."""

import contextlib
import sqlite3

from name_servers import A, MX, SERVFAIL, Responder, mx


class Dns:
    """Everything's exchanger is elsewhere; those in `broken` get no answer."""

    def __init__(self):
        self.broken = set()

    def __call__(self, question, _):
        if question.name in self.broken or "*" in self.broken:
            return question.reply(rcode=SERVFAIL)
        if question.type == MX:
            return question.reply([mx(5, "aspmx.l.google.com")], ttl=0)
        return question.reply([(A, bytes([198, 51, 100, 7]))] if question.type == A else [], ttl=0)


@contextlib.contextmanager
def resolver():
    dns = Dns()
    with Responder(dns) as responder:
        dns.address = responder.address
        yield dns


def ids(result, **like):
    return sorted(f["id"] for f in result["findings"]
                  if all(f[k] == v for k, v in like.items()))


def wrong(*names):
    return sorted(f"routing_local_mx_elsewhere:{name}" for name in names)


def gone(result):
    return sorted(f["id"] for f in result["gone"])


def age(server, seconds):
    """As if all of it had been that much earlier."""
    with contextlib.closing(sqlite3.connect(server.state / "history.sqlite")) as db:
        db.execute("UPDATE findings SET first_seen = first_seen - ?, since = since - ?,"
                   " last_seen = last_seen - ?, gone = gone - ?", [seconds] * 4)
        db.execute("UPDATE scans SET began = began - ?, last = last - ?", [seconds] * 2)
        db.commit()


def test_at_the_first_scan_nothing_is_news(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        first = server.scan(dns.address)
    assert ids(first) == ids(first, new=False) == wrong("one.test", "two.test")
    assert first["gone"] == []
    assert {f["first_seen"] for f in first["findings"]} == {first["server"]["scanned_at"]}


def test_what_appears_is_new_for_a_day_and_what_disappears_is_gone(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        age(server, 3600)
        server.has("two.test", "three.test")
        second = server.scan(dns.address)
        assert ids(second, new=True) == wrong("three.test")
        assert gone(second) == wrong("one.test")
        assert second["gone"][0]["text"] and second["gone"][0]["last_seen"]
        age(server, 3600)
        third = server.scan(dns.address)
        assert ids(third, new=True) == wrong("three.test") and gone(third) == wrong("one.test")
        age(server, 86400)
        fourth = server.scan(dns.address)
        assert not ids(fourth, new=True) and not gone(fourth)
        assert ids(fourth) == wrong("two.test", "three.test")


def test_what_comes_back_is_new_again_and_keeps_its_first_day(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        first = server.scan(dns.address)
        age(server, 3600)
        server.has("two.test")
        assert gone(server.scan(dns.address)) == wrong("one.test")
        age(server, 3600)
        server.has("one.test", "two.test")
        back = server.scan(dns.address)
    assert ids(back, new=True) == wrong("one.test") and not gone(back)
    one = next(f for f in back["findings"] if f["new"])
    assert one["first_seen"] < first["server"]["scanned_at"] < one["since"] or \
        one["since"] == back["server"]["scanned_at"]


def test_what_could_not_be_looked_up_is_not_gone(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        age(server, 3600)
        dns.broken = {"one.test"}
        second = server.scan(dns.address)
        assert not gone(second) and "dns_unanswered:one.test" in ids(second, new=True)
        dns.broken = set()
        third = server.scan(dns.address)
    assert ids(third, new=False) == wrong("one.test", "two.test")
    assert gone(third) == ["dns_unanswered:one.test"]


def test_a_silent_resolver_makes_nothing_go(server):
    server.has(*(f"d{i}.test" for i in range(30)))
    with resolver() as dns:
        server.scan(dns.address)
        age(server, 3600)
        dns.broken = {"*"}
        assert not gone(server.scan(dns.address))
        dns.broken = set()
        last = server.scan(dns.address)
    assert ids(last, new=False) == wrong(*(f"d{i}.test" for i in range(30)))


def test_a_scan_of_a_part_changes_nothing(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        age(server, 3600)
        part = server.scan(dns.address, "--check", "mx_null")
        assert not part["findings"] and not gone(part)
        extra = server.scan(dns.address, "--domain", "three.test")
        assert not gone(extra) and not ids(extra, new=True)
        assert not ids(server.scan(dns.address), new=True)


def test_after_the_clock_was_turned_back_nothing_is_lost(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        age(server, -7200)
        server.has("two.test")
        assert not gone(server.scan(dns.address))
        age(server, 14400)
        assert gone(server.scan(dns.address)) == wrong("one.test")


def test_a_broken_history_begins_anew_and_is_told(server):
    server.has("one.test")
    with resolver() as dns:
        server.scan(dns.address)
        (server.state / "history.sqlite").write_bytes(b"no database" * 1000)
        again = server.scan(dns.address)
        assert "moved to" in server.said and ids(again, new=False) == wrong("one.test")


def test_what_is_long_gone_is_forgotten(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        server.has("two.test")
        server.scan(dns.address)
        age(server, 31 * 86400)
        server.scan(dns.address)
    with contextlib.closing(sqlite3.connect(server.state / "history.sqlite")) as db:
        assert db.execute("SELECT id FROM findings").fetchall() == [(wrong("two.test")[0],)]


def test_text_says_it_quietly(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        age(server, 3600)
        server.has("two.test", "three.test")
        said = server.run(dns.address).stdout
    assert "(new) This server keeps mail for three.test" in said
    assert "\nNo longer found since yesterday:\n    This server keeps mail for one.test" in said
    assert "(new) This server keeps mail for two.test" not in said


def test_hostile_text_in_the_history_stays_text(server):
    server.has("one.test", "two.test")
    with resolver() as dns:
        server.scan(dns.address)
        server.has("two.test")
        server.scan(dns.address)
        with contextlib.closing(sqlite3.connect(server.state / "history.sqlite")) as db:
            db.execute("UPDATE findings SET text = ? WHERE gone IS NOT NULL",
                       ["\x1b[2J\u202e<script>" + "x" * 100000])
            db.commit()
        said = server.run(dns.address).stdout
    assert "\x1b" not in said and "\u202e" not in said and "\\x1b[2J" in said
