"""MX records through the root helper: the zone's serial guards them, nothing else in the
zone changes, Email Routing stays; and the manual routes of /etc/manualmx."""
import json
import os

import pytest

from callers import D, audit, front, user
from helper_box import Helper, write
from test_helper import kill_at, states_after_kills  # noqa: F401

OLD, NEW = "10 mx.gone.example ttl 300", "10 mail.alice.example ttl 300"
LINES = [[D + ".", 14400, "NS", ["ns1.x."]], [D + ".", 300, "MX", ["10", "mx.gone.example."]],
         ["mail", 14400, "A", ["192.0.2.1"]], [D + ".", 60, "TXT", ["v=spf1 -all"]]]


@pytest.fixture
def zone(box):
    prepare(box)
    return lambda: json.load(open("/var/cpanel/box.json"))["zones"][D]


def prepare(box):
    box.reset()
    box.set(zones={D: {"serial": 7, "lines": LINES}})


def set_mx(h, value=NEW, expect=OLD):
    return h.ask("set_mx", D, expect, value)


def test_the_scan_reads_the_records_and_their_serial(box, zone):
    with Helper("relaydoctor-scan") as h:
        assert h.read("mx_records", "alice", D) == b"7 " + OLD.encode()
        assert h.ask("mx_records", "alice", "", "carol.example").code == "unavailable"
        assert set_mx(h).code == "denied"


def test_root_changes_the_mx_alone_and_undoes_it(box, zone):
    before = zone()
    with Helper() as h:
        r = set_mx(h)
        assert (r.code, r.before, r.after) == ("done", OLD, NEW)
        assert zone()["serial"] == 8
        assert zone()["lines"][1] == [D + ".", 300, "MX", ["10", "mail.alice.example."]]
        box.set(zones={D: {"serial": 30, "lines": zone()["lines"]}})   # whatever came since
        u = h.ask("undo", r.change)
        assert (u.code, u.after) == ("done", OLD)
    assert zone()["lines"] == before["lines"] and zone()["serial"] == 31
    assert [a["act"] for a in audit()] == ["set_mx", "undo"]


@pytest.mark.parametrize("value", ["none", "0 . ttl 300",
                                   "5 a.example ttl 60, 10 mx.gone.example ttl 300",
                                   "10 mx.gone.example ttl 301"])
def test_any_set_can_be_written_and_put_back(box, zone, value):
    before = zone()["lines"]
    with Helper() as h:
        r = set_mx(h, value)
        assert (r.code, r.after) == ("done", value), r.text
        assert h.ask("undo", r.change).code == "done"
    assert sorted(map(str, zone()["lines"])) == sorted(map(str, before))


def test_a_zone_edited_between_reading_and_writing_is_left_alone(box, zone):
    box.set(meanwhile=True)
    before = zone()["lines"]
    with Helper() as h:
        r = set_mx(h)
        assert r.code == "stale" and "serial number" in r.text
        assert h.journal()[0]["state"] == "FAILED"
    assert zone()["lines"] == before


def test_another_mx_than_the_plan_saw_is_left_alone(box, zone):
    with Helper() as h:
        assert set_mx(h, expect="none").code == "stale"
        assert not h.journal()


def test_an_edit_that_loses_another_record_is_taken_back_and_told(box, zone):
    box.set(spoil=True)
    with Helper() as h:
        r = set_mx(h)
        assert r.code == "unavailable" and "something else" in r.text
        assert "the old MX is back" in r.text
        assert h.journal()[0]["state"] == "FAILED"
    assert zone()["lines"][1][3] == ["10", "mx.gone.example."]


def test_an_edit_that_moves_the_routing_is_taken_back(box, zone):
    box.set(moves="remote")
    with Helper() as h:
        r = set_mx(h)
        assert r.code == "unavailable" and "from local (local) to remote (remote)" in r.text
    assert zone()["lines"][1][3] == ["10", "mx.gone.example."]


def test_a_reply_that_lies_decides_nothing(box, zone):
    box.set(ignore=True)
    with Helper() as h:
        assert set_mx(h).code == "unavailable"
        box.set(ignore=False, drop=True)
        r = set_mx(h)
        assert r.code == "done" and r.after == NEW
        assert "reply" in h.journal()[0]["text"]


@pytest.mark.parametrize("data, ttl", [(["10", "mx_\\\"odd.example."], 300), (["x", "a.example."], 300),
                                       (["10"], 300), (["70000", "a.example."], 300)])
def test_records_that_cannot_be_put_back_are_not_touched(box, zone, data, ttl):
    box.set(zones={D: {"serial": 7, "lines": [[D + ".", ttl, "MX", data], *LINES]}})
    with Helper() as h:
        r = set_mx(h)
        assert r.code == "denied" and "put back" in r.text
    assert len(zone()["lines"]) == len(LINES) + 1


@pytest.mark.parametrize("value", [
    "", "10 mail.alice.example", "10 MAIL.alice.example ttl 300", "010 a.example ttl 300",
    "10 a.example ttl 300,20 b.example ttl 300", "20 b.example ttl 1, 10 a.example ttl 1",
    "10 a.example. ttl 300", '10 a","x":"b ttl 300', "10 a.example ttl 300 ", "none, none",
    "65536 a.example ttl 1", "10 a.example ttl 99999999999", ", ".join(
        f"{i} a.example ttl 1" for i in range(9))])
def test_only_the_one_form_of_a_set_is_a_value(box, zone, value):
    with Helper() as h:
        assert set_mx(h, value).code == "input"
        assert not h.journal()


def test_a_reseller_touches_the_zones_of_the_own_accounts_and_a_user_none(box, zone):
    with front("reseller.cgi", "rita") as h:
        assert set_mx(h).code == "done"
    with front("reseller.cgi", "root") as h:
        assert set_mx(h, OLD, NEW).code == "denied"
    h, _ = user("alice")
    with h:
        assert set_mx(h, OLD, NEW).code == "denied"


def test_killed_at_any_step_the_journal_says_which_mx_stands(box, kill_at):     # noqa: F811
    seen = set()

    def examine(entries, n):
        zones = json.load(open("/var/cpanel/box.json"))["zones"]
        now = zones[D]["lines"][1][3][1]
        seen.add((now, entries[0]["state"] if entries else None))
        if entries:
            assert (entries[0]["state"], now) in (
                ("FAILED", "mx.gone.example."), ("DONE", "mail.alice.example.")), n
        else:
            assert now == "mx.gone.example.", n

    assert states_after_kills(kill_at, lambda: prepare(box), set_mx, examine) > 12
    assert {state for _, state in seen} == {None, "FAILED", "DONE"}


# ---- manual routes ---------------------------------------------------------

@pytest.fixture
def manual(box):
    write("/etc/manualmx", "bob.example: x.example\n" + D + ": old.example\n")
    yield lambda: open("/etc/manualmx").read()
    os.unlink("/etc/manualmx")


def drop(h, expect="old.example", value="none"):
    return h.ask("set_manual_mx", D, expect, value)


def test_a_manual_route_goes_and_comes_back(box, manual):
    before = manual()
    with Helper() as h:
        r = drop(h)
        assert (r.code, r.before, r.after) == ("done", "old.example", "none")
        assert manual() == "bob.example: x.example\n"
        assert h.ask("undo", r.change).after == "old.example"
    assert manual() == before


@pytest.mark.parametrize("host, code", [
    ("other.example", "stale"), ("a.example::25 : b.example", "denied"),
    ("192.0.2.1 byname", "denied"), ("192.0.2.1", "denied"), ("${run{/bin/x}}", "denied"), ("", "denied")])
def test_another_route_or_an_odd_one_stays(box, manual, host, code):
    write("/etc/manualmx", f"{D}: {host}\n")
    with Helper() as h:
        assert drop(h).code == code
    assert manual() == f"{D}: {host}\n"


def test_a_panel_that_does_nothing_is_found_out(box, manual):
    box.set(ignore=True)
    with Helper() as h:
        assert drop(h).code == "unavailable"
        assert h.journal()[0]["state"] == "FAILED"
