"""Requests with an idempotency key, on a disk that is full, broken or read-only from each write
on, killed before each step, and with something else in the place of what was kept: a change is
never made twice for one key, no key is refused for ever, and the answer is what is known."""

import errno
import json
import os
import subprocess
import time

import pytest

from front.place import BUILD, REPO

CODES = {"full": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS}
KEPT = (200, "KEPT", "20261124-100500-000000")


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    """What tests/priv preloads into the helper."""
    place = tmp_path_factory.mktemp("preload")
    for name in ("fail_at", "kill_at"):
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-O1", "-o", place / f"{name}.so",
                        REPO / f"tests/priv/{name}.c", "-ldl"], check=True)
    return lambda name, **what: {
        "LD_PRELOAD": str(place / f"{name}.so"), "ASAN_OPTIONS": "verify_asan_link_order=0",
        **{key: str(value) for key, value in what.items()}}


class Place:
    """A front's directory, and the journal beside it."""

    def __init__(self, path):
        self.state, self.journal = path / "state", path / "journal"
        self.state.mkdir(parents=True)

    def ask(self, env=None):
        """(status, state, id of the change or the detail); None: it was killed."""
        done = subprocess.run([BUILD / "tests/once_ask", self.state, self.journal], cwd=REPO,
                              env=env or {}, capture_output=True, text=True, timeout=60, check=False)
        self.log = done.stderr
        if done.returncode < 0:
            return None
        assert done.returncode == 0, done.stderr
        status, _, body = done.stdout.partition("\n")
        reply = json.loads(body)
        if int(status) == 200:
            return 200, reply["data"]["state"], reply["data"]["id"]
        return int(status), reply["code"], reply["detail"]

    def made(self):
        return len(self.journal.read_text().splitlines()) if self.journal.exists() else 0

    def record(self):
        record, = (self.state / "once").iterdir()
        return record


@pytest.fixture
def places(tmp_path):
    return lambda n=0: Place(tmp_path / str(n))


def settles(place):
    """Once all is well again it is done, and only once."""
    assert [place.ask(), place.ask(), place.made()] == [KEPT, KEPT, 1]


@pytest.mark.parametrize("disk", CODES)
def test_on_a_disk_that_takes_no_write_nothing_is_done_or_it_is_done_once(places, preload, disk):
    for n in range(1, 100):
        place, code = places(n), CODES[disk]
        answer = place.ask(preload("fail_at", FAIL_AT=n, FAIL_WITH=code))
        if answer == KEPT:
            assert place.made() == 1
        else:
            assert answer[:2] == (503, "unavailable") and "nothing was done" in answer[2], (n, answer)
            assert place.made() == 0
        failed = os.strerror(code) in place.log + answer[2]
        if failed and answer == KEPT:
            assert " is not kept " in place.log
        settles(place)
        if not failed:
            assert n > 10 and answer == KEPT
            return
    raise AssertionError("it never came to an end")


def test_killed_at_any_step_it_is_done_once(places, preload):
    seen = set()
    for n in range(1, 100):
        place = places(n)
        answer = place.ask(preload("kill_at", KILL_AT=n))
        seen.add(place.made())
        settles(place)
        assert [x for x in os.listdir(place.state / "once") if x[0] != "."] == os.listdir(place.state / "once")
        if answer:
            assert n > 6 and answer == KEPT and seen == {0, 1}
            return
    raise AssertionError("it never came to an end")


def cut(record):
    record.write_bytes(record.read_bytes()[:40])


def half_an_answer(record):
    kept = json.loads(record.read_text())
    del kept["begun"], kept["body"]
    record.write_text(json.dumps(kept))


def link(record):
    kept = record.with_name("elsewhere")
    record.rename(kept)
    record.symlink_to(kept)


def fifo(record):
    record.unlink()
    os.mkfifo(record, 0o600)


def directory(record):
    record.unlink()
    record.mkdir()


SPOILT = {
    "cut": cut, "half an answer": half_an_answer, "a link": link, "a FIFO": fifo,
    "a directory": directory, "empty": lambda record: record.write_text(""),
    "no key's": lambda record: record.write_text("{}"),
    "no JSON": lambda record: record.write_text("\0\0\0"),
    "somebody's answer": lambda record: record.write_text('{"status":200,"type":"a","body":"b"}'),
    "too large": lambda record: record.write_bytes(b" " * (600 << 10)),
    "another account's": lambda record: os.chown(record, 12345, 12345),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_what_is_none_of_ours_is_neither_believed_nor_in_the_way(places, spoil):
    place = places()
    assert place.ask() == KEPT
    spoil(place.record())
    answer = place.ask()
    assert answer[:2] == (409, "stale"), answer
    assert "v1/changes" in answer[2] and KEPT[2] in answer[2] and "another idempotency_key" in answer[2]
    assert place.ask() == answer and place.made() == 1

    place.journal.unlink()      # the same where nothing was done
    for path in (place.state / "once").iterdir():
        path.unlink()
    assert place.ask() == KEPT
    place.journal.unlink()
    spoil(place.record())
    settles(place)


def test_what_somebody_else_has_put_beside_them_stays_and_what_was_half_written_goes(places):
    place = places()
    assert place.ask() == KEPT
    record = place.record()
    half = record.with_name(f".{record.name}.new")
    others = [record.with_name(name) for name in ("README", ".hidden", record.name + "0", "a.new")]
    for path in (half, *others):
        path.write_text("x")
    os.utime(record, (time.time() + 10 * 365 * 86400,) * 2)     # the clock was wrong
    assert place.ask() == KEPT and place.made() == 1
    assert sorted((place.state / "once").iterdir()) == sorted([record, *others])
