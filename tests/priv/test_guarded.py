"""A guarded change killed before each step, and with a disk that is full or broken from each
write on: change, keep, undo, and the timer's own process. Once the timer has been there, or its
time is over, file, rules and WHM's setting are all of the old state or all of the new one, and
the journal says of which."""
import errno
import os

import pytest

import test_csf
from guarded import CASES, WAYS, act, begin, ends, settle
from helper_box import AUDIT
from test_broken_writes import fail_at, nothing_lies_about, said  # noqa: F401
from test_firewalld_port import CMD
from test_helper import kill_at  # noqa: F401

PROGRAMS = [*test_csf.PROGRAMS, CMD]
TRIES = [(verb, way) for verb in CASES for way in WAYS]
CODES = {"full": errno.ENOSPC, "broken": errno.EIO}
DISKS = [(verb, way, disk) for verb, way in TRIES for disk in CODES]
EACH = 1
# `make kills` tries every step of every way. Here each verb's change is tried, each way with one
# verb, and one step in so many, another for each verb and way.
if not os.environ.get("RD_EVERY_VERB"):
    EACH = 10
    TURNS = list(zip(CASES, WAYS))
    DISKS = [(verb, way, disk) for (verb, way), disk in zip(TURNS, list(CODES) * len(TURNS))]
    TRIES = [(verb, "change") for verb in CASES] + TURNS[1:]


@pytest.fixture
def server(box):
    before = {path: test_csf.set_aside(path) for path in PROGRAMS}
    yield box
    test_csf.put_back(before)


def steps(verb, way):
    return range(1 + (list(CASES).index(verb) + list(WAYS).index(way)) % EACH, 1000, EACH)


def check(verb, wanted, x, n):
    state = x["state"] if x else None
    assert state in wanted and not (x and x["undo"]), (n, state)
    assert CASES[verb].state() == wanted[state], (n, x)


@pytest.mark.parametrize("verb, way", TRIES)
def test_killed_at_any_step_it_is_whole_or_taken_back(server, kill_at, verb, way):  # noqa: F811
    wanted = ends(server, verb, way)
    for n in steps(verb, way):
        begin(server, verb, way)
        killed, _ = act(verb, WAYS[way][1], kill_at(n))
        check(verb, wanted, settle(), n)
        if not killed:
            assert n > 4
            return


@pytest.mark.parametrize("verb, way, disk", DISKS)
def test_on_a_disk_that_takes_no_write_it_is_whole_or_taken_back(
        server, fail_at, verb, way, disk):  # noqa: F811
    code = CODES[disk]
    wanted = ends(server, verb, way)
    for n in steps(verb, way):
        begin(server, verb, way)
        _, reply = act(verb, WAYS[way][1], fail_at(n, code))
        failed = os.strerror(code) in said(reply)
        if reply and reply.code == "done":
            assert CASES[verb].state() == wanted["done"], (n, reply)
        check(verb, wanted, settle(), n)
        nothing_lies_about()
        if not failed:
            assert os.path.getsize(AUDIT)
            return
        assert n < 100
