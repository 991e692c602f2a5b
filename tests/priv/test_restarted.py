"""The verbs that have Exim restarted, killed before each step: a restart leaves no file, so what
is looked at is that the journal tells whether it was asked for and how it stands once WHM has
done what it was asked. That nothing outlives a killed helper is not claimed: a restart that WHM
has begun, it ends."""
import time

import pytest

import restarted
from helper_box import Helper
from restarted import CASES
from test_helper import kill_at  # noqa: F401


@pytest.fixture(scope="module", autouse=True)
def daemon(whole_box):
    with restarted.Daemon():
        yield


def wait_for_whm():
    until = time.monotonic() + 10
    while restarted.at_work():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("verb", CASES)
def test_killed_at_any_step_the_journal_says_how_it_stands(box, kill_at, verb):  # noqa: F811
    request, state = CASES[verb]
    seen = set()
    for n in range(1, 100):
        restarted.begin(box, verb)
        assert state() == request[1]
        h = Helper(env=kill_at(n))
        try:
            h.ask(verb, *request)
        except OSError:
            pass
        h.sock.close()
        killed = h.wait() != 0
        wait_for_whm()
        with Helper() as h:
            entries = h.journal()
        found = (entries[0]["state"], entries[0]["found"] or entries[0]["after"], state()) \
            if entries else state()
        assert found in (request[1], ("FAILED", request[1], request[1]),
                         ("DONE", request[2], request[2])), n
        seen.add(found[0] if entries else None)
        if not killed:
            break
    assert n > 8 and seen == {None, "FAILED", "DONE"}


@pytest.mark.parametrize("verb", CASES)
def test_a_daemon_that_is_started_inherits_no_lock(box, verb):
    restarted.begin(box, verb)
    with Helper() as h:
        r = h.ask(verb, *CASES[verb].request)
    assert r.code == "done", r.text
    with open("/var/cpanel/inherited", encoding="utf-8") as f:
        assert "change.lock" not in f.read()
