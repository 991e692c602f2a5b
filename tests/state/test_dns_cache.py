"""What a scan remembers of the DNS: for as long as the zones allow, and no longer."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import time

import pytest

from name_servers import (A, AA, AAAA, MX, NXDOMAIN, REFUSED, SERVFAIL, Responder, cname, mx)

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
HERE, THERE = bytes([192, 0, 2, 1]), bytes([198, 51, 100, 7])


def answer(question, _, ttl=300):
    """Names tell what becomes of them: ttl-1.gone.example.test does not exist."""
    labels = question.name.split(".")
    for label in labels:
        if label.startswith("ttl-"):
            ttl = int(label[4:])
    if "silent" in labels:
        return None
    if "servfail" in labels or "refused" in labels:
        return question.reply(rcode=SERVFAIL if "servfail" in labels else REFUSED)
    if "gone" in labels:
        return question.reply(rcode=NXDOMAIN, ttl=ttl, negative=ttl)
    if "no-soa" in labels and question.type == MX:
        return question.reply()
    if question.type == AAAA or "bare" in labels and question.type == MX:
        return question.reply(ttl=ttl, negative=ttl)
    if question.type == A:
        return question.reply([(A, HERE if "here" in labels else THERE)], ttl=ttl)
    if "alias" in labels:
        return question.reply([cname("other.test", question.name),
                               (MX, mx(5, "mx.there.test")[1], "other.test")], ttl=ttl)
    return question.reply([mx(5, f"mx.{question.name}"), mx(9, "mx.shared.test")], ttl=ttl)


@contextlib.contextmanager
def resolver(reply=answer):
    with Responder(reply) as responder:
        yield responder


def names(responder):
    asked = {name for name, _ in responder.asked}
    responder.asked.clear()
    return asked


def findings(result):
    return [{k: v for k, v in f.items() if k not in ("first_seen", "since", "new")}
            for f in result["findings"]]


ALL = ("one.here.test", "two.there.test", "bare.here.test", "alias.there.test", "gone.test")


def test_a_second_scan_asks_nothing_and_finds_the_same(server):
    server.has(*ALL)
    with resolver() as r:
        first = server.scan(r.address)
        assert {*ALL, "mx.one.here.test", "mx.shared.test"} <= names(r)
        assert findings(server.scan(r.address)) == findings(first) and not names(r)
    assert first["findings"]


def test_without_a_state_every_scan_asks(server):
    server.has(*ALL)
    with resolver() as r:
        server.scan(r.address, state=False)
        first = names(r)
        server.scan(r.address, state=False)
        assert names(r) == first


def test_only_what_joined_the_lists_is_asked(server):
    server.has("one.here.test", "two.there.test")
    with resolver() as r:
        server.scan(r.address)
        names(r)
        server.has("one.here.test", "three.there.test")
        server.scan(r.address)
        assert names(r) == {"three.there.test", "mx.three.there.test"}
        server.scan(r.address)
        assert not names(r)


def test_what_was_learned_later_is_remembered_with_the_rest(server):
    server.has(*(f"d{i}.there.test" for i in range(100)))
    with resolver() as r:
        server.scan(r.address)
        for i in range(100, 140, 4):
            server.has(*(f"d{i}.there.test" for i in range(i + 4)))
            names(r)
            server.scan(r.address)
            assert names(r) == {f"{mx}d{n}.there.test" for n in range(i, i + 4)
                                for mx in ("", "mx.")}
        server.scan(r.address)
        assert not names(r)


def test_an_answer_holds_for_its_ttl(server):
    server.has("ttl-1.here.test", "ttl-60.here.test")
    with resolver() as r:
        server.scan(r.address)
        names(r)
        time.sleep(2.1)
        server.scan(r.address)
        assert names(r) == {"ttl-1.here.test", "mx.ttl-1.here.test"}


def test_that_there_is_none_holds_as_long_as_the_zone_says(server):
    server.has("ttl-1.gone.test", "ttl-60.gone.test", "ttl-1.bare.test", "ttl-60.bare.test")
    with resolver() as r:
        server.scan(r.address)
        names(r)
        time.sleep(2.1)
        server.scan(r.address)
        assert names(r) == {"ttl-1.gone.test", "ttl-1.bare.test"}


@pytest.mark.parametrize("name", ["ttl-0.here.test", "no-soa.here.test"])
def test_what_the_zone_gives_no_time_is_asked_each_time(server, name):
    server.has(name, "one.here.test")
    with resolver() as r:
        server.scan(r.address)
        names(r)
        server.scan(r.address)
        assert name in names(r)


@pytest.mark.parametrize("name", ["servfail.test", "refused.test", "silent.test"])
def test_a_failure_is_asked_again(server, name):
    server.has(name, "one.here.test")
    with resolver() as r:
        server.scan(r.address)
        names(r)
        server.scan(r.address)
        assert names(r) == {name}


def test_fresh_asks_everything_and_is_remembered(server):
    server.has("one.there.test")
    where = [THERE]

    def moving(question, tcp):
        if question.type == A:
            return question.reply([(A, where[0])])
        return answer(question, tcp)

    with resolver(moving) as r:
        assert server.scan(r.address)["findings"]
        where[0] = HERE
        assert server.scan(r.address)["findings"]
        names(r)
        assert not server.scan(r.address, "--fresh")["findings"] and names(r)
        assert not server.scan(r.address)["findings"] and not names(r)


def test_another_resolver_is_asked_itself(server):
    server.has("one.here.test")
    with resolver() as r, resolver() as other:
        server.scan(r.address)
        server.scan(other.address)
        assert names(other) == names(r)


def test_an_authoritative_answer_stays_one(server):
    """Of a given resolver it is no reason for doubt, remembered or not."""
    def reply(question, tcp):
        data = answer(question, tcp)
        return data[:2] + bytes([data[2] | AA >> 8]) + data[3:]

    server.has("one.here.test")
    with resolver(reply) as r:
        first = server.scan(r.address)
        assert findings(server.scan(r.address)) == findings(first)


# ---- what may be wrong with the database -------------------------------------------

def database(server):
    return server.state / "dns.sqlite"


def change(server, sql):
    with contextlib.closing(sqlite3.connect(database(server))) as db:
        db.execute(sql)
        db.commit()
    server.give(database(server))


def scanned_once(server, r):
    server.has(*ALL)
    result = server.scan(r.address)
    names(r)
    return result


def test_the_file_is_the_scans_alone(server):
    with resolver() as r:
        scanned_once(server, r)
    assert database(server).stat().st_mode & 0o7777 == 0o600


def test_after_the_clock_was_turned_back_everything_is_asked(server):
    with resolver() as r:
        scanned_once(server, r)
        change(server, "UPDATE scan SET written = written + 3600")
        server.scan(r.address)
        assert set(ALL) <= names(r)
        server.scan(r.address)
        assert not names(r)


BROKEN = {
    "no database": lambda s: database(s).write_bytes(b"\xff" * 10000),
    "an empty file": lambda s: database(s).write_bytes(b""),
    "a damaged page": lambda s: database(s).write_bytes(
        database(s).read_bytes()[:4096] + b"\xaa" * 8192),
    "another version": lambda s: change(s, "PRAGMA user_version = 99"),
    "another program's": lambda s: change(s, "PRAGMA application_id = 1"),
    "other tables": lambda s: change(s, "ALTER TABLE scan RENAME TO scam"),
    "nonsense for hosts": lambda s: change(s, "UPDATE scan SET hosts = randomblob(3000)"),
    "nonsense for domains": lambda s: change(s, "UPDATE scan SET domains = randomblob(3000)"),
    "text for numbers": lambda s: change(s, "UPDATE scan SET nhosts = 'x', hosts = 'y'"),
    "too many hosts": lambda s: change(s, "UPDATE scan SET nhosts = -1"),
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_a_scan_goes_on_without_a_database_that_is_broken(server, damage):
    with resolver() as r:
        first = scanned_once(server, r)
        damage(server)
        assert findings(server.scan(r.address)) == findings(first)
        assert findings(server.scan(r.address, "--fresh")) == findings(first)
        names(r)
        assert findings(server.scan(r.address)) == findings(first)


@pytest.mark.parametrize("kind", ["no database", "another version", "a damaged page"])
def test_a_broken_database_is_moved_aside_and_told(server, kind):
    with resolver() as r:
        scanned_once(server, r)
        BROKEN[kind](server)
        server.scan(r.address)
        assert "moved to" in server.said
        server.scan(r.address)
        names(r)
        server.scan(r.address)
        assert not names(r)
    assert (server.state / "dns.sqlite.broken").exists()


def make_fifo(server):
    database(server).unlink()
    os.mkfifo(database(server), 0o600)
    server.give(database(server))


PLACES = {
    "open to others": lambda s: s.state.chmod(0o755),
    "not there": lambda s: s.state.rename(s.state.parent / "elsewhere"),
    "a link": lambda s: s.state.rename(s.state.parent / "real") and s.state.symlink_to("real"),
    "a file that others may read": lambda s: database(s).chmod(0o644),
    "a second name": lambda s: os.link(database(s), s.state / "second"),
    "a pipe": make_fifo,
}


@pytest.mark.parametrize("spoil", PLACES.values(), ids=PLACES.keys())
def test_a_place_that_is_not_the_scans_alone_is_told_and_left(server, spoil):
    with resolver() as r:
        first = scanned_once(server, r)
        spoil(server)
        assert findings(server.scan(r.address)) == findings(first)
        assert set(ALL) <= names(r)
        assert "are not kept" in server.said


@pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own needs root")
def test_a_full_disk_costs_the_memory_and_not_the_scan(server):
    server.has(*(f"d{i}.there.test" for i in range(2000)))
    full = ("unshare", "-m", "sh", "-c",
            f"mount -t tmpfs -o size=64k,mode=700,uid={server.state.stat().st_uid} none {server.state}"
            ' && exec "$@"', "sh")
    with resolver() as r:
        result = server.scan(r.address, prefix=full)
    assert len(result["findings"]) == 2000
    assert "full" in server.said


def test_the_state_is_for_directories_and_recordings():
    live = subprocess.run([BUILD / "relaydoctor", "scan", "--state", "/tmp"],
                          capture_output=True, text=True, check=False)
    assert live.returncode == 2 and "--state" in live.stderr
