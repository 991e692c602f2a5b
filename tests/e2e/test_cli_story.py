"""The story by the command line: a mismatch found, fixed, proved and undone."""

import json
import stat

import pytest

from conftest import FINDING, relaydoctor
from lab import seed
from lab.box import wait_for


def findings(box, *words):
    status, out, _ = relaydoctor(box, "scan", "--json", *words)
    return status, json.loads(out)


def apply(box, *words, status=0):
    _, out, err = relaydoctor(box, "fix", FINDING, "--set", "confirm=shop.example",
                              "--apply", "--json", *words, status=status)
    return json.loads(out) if status == 0 else err


@pytest.fixture
def fixed(box):
    """The box after the fix; undone afterwards."""
    change = apply(box)
    yield change
    relaydoctor(box, "undo", change["id"])


def test_the_scan_names_the_swallowed_domain_on_top(box):
    status, report = findings(box)
    worst = report["findings"][0]
    assert status == 1
    assert worst["id"] == FINDING
    assert worst["severity"] == "critical"
    assert worst["subject"] == {"kind": "domain", "name": "shop.example"}
    assert worst["fix"]["id"] == "set_routing"
    assert any("aspmx.l.google.com" in e["text"] for e in worst["evidence"])
    assert any(e["source"] == "/etc/localdomains" for e in worst["evidence"])
    assert [s["name"] for s in report["sources"] if not s["ok"]] == ["csf"], report["sources"]
    assert not any(f["subject"]["name"] == "bakery.example" for f in report["findings"])


def test_two_scans_of_the_same_state_say_the_same(box):
    first, second = findings(box)[1], findings(box)[1]
    assert first["findings"] == second["findings"]


def test_the_preview_changes_nothing_and_asks_for_the_name(box):
    before = box.state()
    _, out, _ = relaydoctor(box, "fix", FINDING, "--json", status=0)
    plan = json.loads(out)
    assert plan["ops"] == [{"verb": "set_routing", "name": "shop.example",
                            "expect": "auto", "value": "remote"}]
    assert plan["confirm"]["word"] == "shop.example"
    assert plan["here"] == {"known": True, "why": None, "mailboxes": 1, "messages": 2}
    assert plan["before"]["route"]["kind"] == "local"
    assert box.state() == before


def test_without_the_typed_name_nothing_is_done(box):
    before = box.state()
    relaydoctor(box, "fix", FINDING, "--apply", status=2)
    relaydoctor(box, "fix", FINDING, "--set", "confirm=shop", "--apply", status=2)
    assert box.state() == before


def test_fix_and_undo_leave_every_file_as_it_was(box):
    before = box.state()
    change = apply(box)
    assert change["state"] == "KEPT"
    assert (change["before"], change["after"]) == ("auto", "remote")
    assert change["proof"]["before"]["route"]["kind"] == "local"
    assert change["proof"]["after"]["route"]["kind"] == "remote"
    assert any("aspmx.l.google.com" in h for h in change["proof"]["after"]["route"]["hosts"])
    assert "shop.example" not in box.read("/etc/localdomains").split()
    assert "shop.example" in box.read("/etc/remotedomains").split()
    assert not any(f["id"] == FINDING for f in findings(box)[1]["findings"])
    _, out, _ = relaydoctor(box, "undo", change["id"], "--json", status=0)
    assert json.loads(out)["state"] == "UNDONE"
    assert box.state() == before
    assert box.list_mxs("shopco", "shop.example")["mxcheck"] == "auto"


def test_a_sites_mail_is_swallowed_before_and_reaches_the_mailbox_after(box):
    kept = len(box.mailbox("info@shop.example"))
    box.sendmail("info@shop.example", "shopco")
    wait_for(lambda: len(box.mailbox("info@shop.example")) == kept + 1, 20, "local mail")
    arrived = len(box.sink(seed.GOOGLE))
    change = apply(box)
    box.sendmail("info@shop.example", "shopco")
    wait_for(lambda: len(box.sink(seed.GOOGLE)) == arrived + 1, 30, "mail at the MX")
    assert len(box.mailbox("info@shop.example")) == kept + 1
    relaydoctor(box, "undo", change["id"], status=0)


def test_an_undo_of_what_somebody_changed_since_is_refused_showing_both(box):
    change = apply(box)
    box.run(["/usr/local/cpanel/bin/uapi", "--output=json", "--user=shopco", "Email",
             "set_always_accept", "domain=shop.example", "mxcheck=secondary"])
    _, _, err = relaydoctor(box, "undo", change["id"], status=1)
    assert "remote" in err and "secondary" in err
    box.run(["/usr/local/cpanel/bin/uapi", "--output=json", "--user=shopco", "Email",
             "set_always_accept", "domain=shop.example", "mxcheck=remote"])
    relaydoctor(box, "undo", change["id"], status=0)


def test_a_change_is_undone_once(box, fixed):
    relaydoctor(box, "undo", fixed["id"], status=0)
    _, _, err = relaydoctor(box, "undo", fixed["id"])
    assert "UNDONE" in err or "undone" in err


def test_a_finding_that_is_gone_is_refused(box, fixed):
    before = box.state()
    err = apply(box, status=1)
    assert "not found any more" in err
    assert box.state() == before


def test_a_domain_that_is_not_here_is_refused(box):
    _, _, err = relaydoctor(box, "fix", "routing_local_mx_elsewhere:gone.example")
    assert "gone.example" in err
    relaydoctor(box, "fix", "no_such_check:shop.example", status=2)
    relaydoctor(box, "fix", "routing_local_mx_elsewhere:../etc", status=2)


def test_the_history_tells_what_was_done(box, fixed):
    _, out, _ = relaydoctor(box, "history", "--json", status=0)
    entry = next(c for c in json.loads(out) if c["id"] == fixed["id"])
    assert entry["state"] == "KEPT" and entry["name"] == "shop.example"
    assert entry["undoable"] is True
    audit = box.read("/var/log/relaydoctor/audit.log")
    assert fixed["id"] in audit and "shop.example" in audit


def test_a_users_command_line_cannot_reach_the_helper(box):
    status, _, err = relaydoctor(box, "history", user="bakery")
    assert status == 3 and "helper" in err


def test_show_draws_the_mail_path(box):
    _, out, _ = relaydoctor(box, "show", "shop.example", status=1)
    assert "aspmx.l.google.com" in out and "/etc/localdomains" in out and "Exim" in out


def test_a_recording_replays_to_the_same_findings(box):
    box.run(["rm", "-rf", "/root/recording"])
    relaydoctor(box, "record", "/root/recording", status=0)
    mode = box.run(["stat", "-c", "%a", "/root/recording/world.json"]).stdout.strip()
    assert int(mode, 8) == stat.S_IRUSR | stat.S_IWUSR
    # Since when each stands is known where the scans are, not in a recording.
    live, replayed = ([{k: v for k, v in f.items() if k not in ("first_seen", "since", "new")}
                       for f in findings(box, *words)[1]["findings"]]
                      for words in ((), ("--world", "/root/recording")))
    assert live and replayed == live
    relaydoctor(box, "record", "/root/recording", status=2)


@pytest.mark.parametrize("quirk", [
    {"result_as_string": True}, {"priority_as_int": True}, {"lists_null": True},
    {"stale_read_once": True}, {"flags_zero": True}, {"secondary_with_remote": False},
    {"die_after_write": True},
], ids=lambda q: next(iter(q)))
def test_a_quirk_of_the_panel_does_not_make_a_fix_lie(box, quirk):
    before = box.state()
    with box.quirks(**quirk):
        change = apply(box)
    assert change["state"] == "KEPT"
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.state() == before


@pytest.mark.parametrize("quirk", [
    {"inner_failure": "Sorry, “no”."}, {"ignore_write": True}, {"garbage": "<html>"},
    {"truncated": True}, {"unknown_functions": ["list_mxs"]},
], ids=lambda q: next(iter(q)))
def test_a_panel_that_refuses_or_babbles_changes_nothing(box, quirk):
    before = box.state()
    with box.quirks(**quirk):
        status, _, err = relaydoctor(box, "fix", FINDING, "--set", "confirm=shop.example",
                                     "--apply")
    assert status != 0 and err.strip()
    assert box.state() == before
