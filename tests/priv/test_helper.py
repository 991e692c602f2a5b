"""What the root helper does for whom, and that a killed one leaves a journal
that tells the truth."""
import fcntl
import glob
import os
import subprocess
import time

import pytest

from callers import D, audit, routed
from helper_box import AUDIT, HELPER, HERE, JOURNAL, LOCK, UIDS, Helper, request, run, write


# ---- the change, its journal and its undo ---------------------------------

def test_root_sets_the_routing_keeps_it_and_undoes_it(box):
    with Helper() as h:
        r = routed(h)
        assert (r.code, r.before, r.after) == ("done", "local", "remote")
        assert box.mxcheck(D) == "remote"
        assert h.journal()[0]["state"] == "DONE"
        assert h.ask("keep", r.change).code == "done"
        assert h.journal()[0]["state"] == "KEPT"
        u = h.ask("undo", r.change)
        assert (u.code, u.before, u.after) == ("done", "remote", "local")
        assert box.mxcheck(D) == "local"
        x = h.journal()[0]
    assert (x["state"], x["by"], x["door"], x["account"], x["undo_by"]) == \
        ("UNDONE", "root", "cli", "alice", "root")
    assert [a["act"] for a in audit()] == ["set_routing", "keep", "undo"]


def test_auto_goes_back_to_auto(box):
    box.set(domains={D: {"account": "alice", "mxcheck": "auto"}})
    with Helper() as h:
        r = routed(h, expect="auto")
        assert h.ask("undo", r.change).after == "auto"
    assert box.mxcheck(D) == "auto"


def test_only_domain_and_mxcheck_are_sent_and_as_the_account(box):
    with Helper() as h:
        routed(h)
    sets = [c for c in box.calls() if "set_always_accept" in c]
    assert sets == ["--user=alice Email set_always_accept "
                    "domain=alice.example mxcheck=remote"]


def test_a_plan_made_against_another_state_is_refused(box):
    with Helper() as h:
        r = routed(h, expect="auto")
        assert r.code == "stale" and "expected to be auto and is local" in r.text
        assert not h.journal()
    assert box.mxcheck(D) == "local"


def test_two_at_once_one_wins_and_the_other_is_told(box):
    box.set(sleep_before=0.3)
    a, b = Helper(), Helper()
    for h in (a, b):
        h.send(request("set_routing", D, "local", "remote"))
    assert sorted((a.receive().code, b.receive().code)) == ["done", "stale"]
    a.close()
    b.close()


def test_undo_of_what_somebody_else_changed_since_is_refused(box):
    with Helper() as h:
        r = routed(h)
        box.set(domains={D: {"account": "alice", "mxcheck": "secondary"}})
        u = h.ask("undo", r.change)
    assert u.code == "stale" and "remote" in u.text and "secondary" in u.text
    assert box.mxcheck(D) == "secondary"


def test_what_is_undone_or_unknown_cannot_be_undone(box):
    with Helper() as h:
        r = routed(h)
        h.ask("undo", r.change)
        assert h.ask("undo", r.change).code == "stale"
        assert h.ask("keep", r.change).code == "stale"
        assert h.ask("undo", "20260101-000000-abcdef").code == "not_found"
        assert h.ask("undo", "../../../etc/passwd").code == "input"


def test_an_entry_of_a_domain_that_moved_cannot_be_undone(box):
    with Helper() as h:
        r = routed(h)
        write("/etc/userdomains", "alice.example: bob\n")
        assert h.ask("undo", r.change).code == "stale"
    assert box.mxcheck(D) == "remote"


def test_a_domain_that_is_not_here_is_refused(box):
    with Helper() as h:
        assert routed(h, domain="elsewhere.example").code == "not_found"
        write("/etc/userdomains", "alice.example: nosuch\n")
        assert routed(h).code == "not_found"
        write("/etc/userdomains", "alice.example: --user=root\n")
        assert routed(h).code == "unavailable"
    assert not box.calls()


def test_a_domain_that_the_panel_does_not_list_is_refused(box):
    box.set(domains={})
    with Helper() as h:
        assert routed(h).code == "not_found"
        assert not h.journal()


@pytest.mark.parametrize("quirk", [
    {"status_as": "text"}, {"status_as": "flag"}, {"shape": "bare"},
    {"shape": "whm"}, {"shape": "whm", "outer": "1"}, {"stale_reads": 1},
    {"stale_reads": 2}, {"drop": True}])
def test_replies_as_real_servers_give_them(box, quirk):
    box.set(**quirk)
    with Helper() as h:
        assert routed(h).code == "done"
        x = h.journal()[0]
    assert (x["state"], x["after"], box.mxcheck(D)) == ("DONE", "remote", "remote")
    assert bool(x["text"]) == bool(quirk.get("drop"))


@pytest.mark.parametrize("quirk", [
    {"refuse": "inner"}, {"refuse": "data"}, {"ignore": True}])
def test_what_is_not_in_force_is_failed_whatever_the_reply_says(box, quirk):
    box.set(**quirk)
    with Helper() as h:
        r = routed(h)
        x = h.journal()[0]
        assert h.ask("undo", r.change).code == "stale"
    assert (r.code, x["state"], x["after"]) == ("unavailable", "FAILED", "local")
    if quirk.get("refuse") == "inner":
        assert "The “domain” is locked." in r.text


@pytest.mark.parametrize("quirk", [
    {"cut": True}, {"fail": True}, {"shape": "whm", "outer": 0}])
def test_a_panel_that_cannot_be_read_changes_nothing(box, quirk):
    box.set(**quirk)
    with Helper() as h:
        r = routed(h)
        assert r.code == "unavailable" and not h.journal()
    assert box.mxcheck(D) == "local"


def test_setting_again_what_is_set_is_judged_by_the_reply(box):
    with Helper() as h:
        assert routed(h, value="local").code == "done"
        box.set(refuse="inner")
        assert routed(h, value="local").code == "unavailable"
        assert [x["state"] for x in h.journal()] == ["FAILED", "DONE"]


def test_without_a_place_for_the_audit_log_nothing_is_done(box):
    write("/var/log/relaydoctor", "in the way")
    with Helper() as h:
        assert routed(h).code == "unavailable"
    os.unlink("/var/log/relaydoctor")
    assert box.mxcheck(D) == "local"


def test_a_journal_that_others_can_write_is_not_used(box):
    os.makedirs(JOURNAL)
    os.chmod(JOURNAL, 0o777)
    with Helper() as h:
        assert routed(h).code == "unavailable"
    assert box.mxcheck(D) == "local"


# ---- killed helpers --------------------------------------------------------

@pytest.fixture(scope="module")
def kill_at(tmp_path_factory):
    out = str(tmp_path_factory.mktemp("preload") / "kill_at.so")
    run("cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-O1", "-o", out,
        HERE + "/kill_at.c", "-ldl")
    return lambda n: {"LD_PRELOAD": out, "KILL_AT": str(n),
                      "ASAN_OPTIONS": "verify_asan_link_order=0"}


def half_written():
    return glob.glob("/var/lib/relaydoctor/*/.*")


def states_after_kills(kill_at, prepare, act, examine):
    """Kills a helper at every step of act; the number of steps."""
    for n in range(1, 100):
        prepare()
        h = Helper(env=kill_at(n))
        try:
            act(h)
        except OSError:
            pass
        h.sock.close()
        killed = os.WIFSIGNALED(h.wait())
        with Helper() as after:
            examine(after.journal(), n)
        assert not half_written(), n
        if not killed:
            return n - 1
    raise AssertionError("it never came to an end")


def test_killed_at_any_step_of_a_change_the_journal_says_which_state_stands(box, kill_at):
    seen = set()

    def examine(entries, n):
        now = box.mxcheck(D)
        seen.add((now, entries[0]["state"] if entries else None))
        if not entries:
            assert now == "local", n
            return
        assert len(entries) == 1
        assert (entries[0]["state"], now) in (("FAILED", "local"), ("DONE", "remote")), n

    steps = states_after_kills(kill_at, box.reset, routed, examine)
    assert steps > 12
    assert seen == {("local", None), ("local", "FAILED"), ("remote", "DONE")}


def test_killed_at_any_step_of_an_undo_the_journal_says_which_state_stands(box, kill_at):
    seen = set()
    with Helper() as h:
        change = routed(h).change
        assert h.ask("keep", change).code == "done"
    with open(JOURNAL + "/" + change) as f:
        kept = f.read()

    def prepare():
        box.reset()
        box.set(domains={D: {"account": "alice", "mxcheck": "remote"}})
        os.mkdir(JOURNAL, 0o700)
        write(JOURNAL + "/" + change, kept)

    def examine(entries, n):
        now = box.mxcheck(D)
        assert len(entries) == 1 and not entries[0]["undo"]
        seen.add((now, entries[0]["state"]))
        assert (entries[0]["state"], now) in (("UNDONE", "local"), ("KEPT", "remote")), n

    assert states_after_kills(kill_at, prepare, lambda h: h.ask("undo", change),
                              examine) > 12
    assert seen == {("remote", "KEPT"), ("local", "UNDONE")}


@pytest.mark.parametrize("when, state, now", [
    ("sleep_before", "DONE", "remote"), ("sleep_after", "DONE", "remote")])
def test_recovery_waits_for_the_orphan_of_a_killed_helper(box, when, state, now):
    box.set(**{when: 1.5})
    h = Helper()
    h.send(request("set_routing", D, "local", "remote"))
    while not any("set_always_accept" in c for c in box.calls()):
        time.sleep(0.01)
    began = time.monotonic()
    h.kill()
    h.sock.close()
    with Helper() as h:
        # Refused as stale only once the orphan has ended.
        r = routed(h)
        waited = time.monotonic() - began
        x = h.journal()[0]
    assert r.code == "stale" and waited > 1.2
    assert (x["state"], box.mxcheck(D)) == (state, now)
    assert "interrupted" in x["text"]
    assert [a["act"] for a in audit()] == ["recover"]


def test_what_somebody_writes_just_now_is_left_alone(box):
    written = JOURNAL + "/.20260101-000000-abcdef.new"
    os.makedirs(JOURNAL, 0o700)
    write(written, "id=2026", 0o600)
    with open(LOCK, "w") as lock, Helper() as h:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not h.journal() and half_written() == [written]
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert not h.journal() and not half_written()


def test_while_an_orphan_works_the_journal_shows_it_prepared(box):
    box.set(sleep_before=6)
    h = Helper()
    h.send(request("set_routing", D, "local", "remote"))
    while not any("set_always_accept" in c for c in box.calls()):
        time.sleep(0.01)
    h.kill()
    h.sock.close()
    with Helper() as h:
        assert h.journal()[0]["state"] == "PREPARED"
        time.sleep(4.5)
        assert h.journal()[0]["state"] == "DONE"


def test_a_change_that_nobody_looked_at_is_reported_with_the_state_read_anew(box):
    with Helper() as h:
        routed(h)
        with Helper() as other:
            assert not other.journal()[0]["found"], "its maker still looks"
    box.set(domains={D: {"account": "alice", "mxcheck": "auto"}})
    with Helper() as h:
        x = h.journal()[0]
        reads = len(box.calls())
        h.journal()
    assert (x["state"], x["found"]) == ("DONE", "auto")
    assert len(box.calls()) == reads, "it is asked once"


def test_what_cannot_be_read_stays_prepared_until_it_can(box):
    box.set(sleep_after=0.5)
    h = Helper()
    h.send(request("set_routing", D, "local", "remote"))
    while not any("set_always_accept" in c for c in box.calls()):
        time.sleep(0.01)
    h.kill()
    h.sock.close()
    box.set(fail=True)
    time.sleep(0.8)
    with Helper() as h:
        assert h.journal()[0]["state"] == "PREPARED"
        box.set(fail=False)
        assert h.journal()[0]["state"] in ("DONE", "FAILED")


def test_an_account_that_cannot_be_asked_keeps_no_others_entry_open(box):
    with Helper() as one, Helper() as other:
        routed(one)
        routed(other, domain="bob.example")
    box.set(fail="bob")
    with Helper() as h:
        newest, older = h.journal()
    assert (newest["account"], newest["found"]) == ("bob", "")
    assert (older["account"], older["found"]) == ("alice", "remote")


def test_a_broken_entry_hides_no_other(box):
    with Helper() as h:
        routed(h)
    write(JOURNAL + "/20990101-000000-abcdef", "id=%zz\n")
    with Helper() as h:
        assert len(h.journal()) == 1


# ---- files -----------------------------------------------------------------

def test_a_file_is_opened_for_reading_alone(box):
    with Helper("relaydoctor-scan") as h:
        r = h.ask("open_file", "localdomains")
    assert os.read(r.fd, 100).startswith(b"alice.example\n")
    with pytest.raises(OSError):
        os.write(r.fd, b"x")
    os.close(r.fd)


def quickly(row):
    began = time.monotonic()
    with Helper("relaydoctor-scan") as h:
        r = h.ask("open_file", row)
    assert time.monotonic() - began < 2
    assert r.fd == -1
    return r


def test_a_fifo_in_place_of_a_list_is_reported_not_waited_for(box):
    os.unlink("/etc/localdomains")
    os.mkfifo("/etc/localdomains")
    assert "FIFO" in quickly("localdomains").text
    os.unlink("/etc/userdomains")
    os.mkfifo("/etc/userdomains")
    with Helper() as h:
        assert routed(h).code == "unavailable"
    os.unlink("/etc/localdomains")
    os.unlink("/etc/userdomains")


def test_a_link_in_place_of_a_list_is_not_followed(box):
    os.unlink("/etc/localdomains")
    os.symlink("/etc/shadow", "/etc/localdomains")
    assert "symbolic link" in quickly("localdomains").text
    os.unlink("/etc/localdomains")


def test_a_linked_directory_is_not_followed(box):
    os.rename("/var/cpanel", "/var/cpanel.real")
    os.symlink("/var/cpanel.real", "/var/cpanel")
    assert "symbolic link" in quickly("mainip").text
    os.unlink("/var/cpanel")
    os.rename("/var/cpanel.real", "/var/cpanel")


def test_a_list_of_a_gibibyte_is_reported_not_read(box):
    os.truncate("/etc/localdomains", 1 << 30)
    assert quickly("localdomains").code == "limit"


def test_a_list_that_is_not_roots_is_not_believed(box):
    os.chown("/etc/userdomains", UIDS["alice"], 0)
    assert quickly("userdomains").code == "denied"
    with Helper() as h:
        assert routed(h).code == "denied"


def test_a_missing_list_is_not_found(box):
    os.unlink("/etc/localdomains")
    assert quickly("localdomains").code == "not_found"


def test_the_newest_rotation_of_the_log_is_chosen_by_name(box):
    for name in ("-20260101", "-20260301.gz", "-20260201", "-2026", ".old", "-20260401x"):
        write("/var/log/exim_mainlog" + name, name)
    with Helper("relaydoctor-scan") as h:
        assert h.read("open_file", "exim_mainlog_1") == b"-20260301.gz"
        assert h.read("open_file", "exim_mainlog_3") == b"-20260101"
        assert h.ask("open_file", "exim_mainlog_4").code == "not_found"
        write("/var/log/exim_mainlog.1", "one")
        write("/var/log/exim_mainlog.2.gz", "two")
        assert h.read("open_file", "exim_mainlog_2") == b"two"
        assert h.read("open_file", "exim_mainlog_3") == b"-20260301.gz"
        assert h.read("open_file", "exim_mainlog_1") == b"one"
        os.chown("/var/log/exim_mainlog.1", UIDS["alice"], 0)
        assert h.ask("open_file", "exim_mainlog_1").code == "denied"


def test_of_a_file_with_secrets_only_known_lines_pass(box):
    os.makedirs("/etc/csf", exist_ok=True)
    write("/etc/csf/csf.conf", '# TCP_OUT = "1"\nTCP_OUT = "25,587"\nCLUSTER_KEY = "secret"\n'
          'UI_PASS = "TCP_OUT"\n SMTP_BLOCK="1"\nSMTP_BLOCKED = "2"\nTCP_OUT_SECRET = "3"\n')
    write("/var/cpanel/cpanel.config", "smtpmailgidonly=1\nsomepassword=secret\n")
    with Helper("relaydoctor-scan") as h:
        assert h.read("open_file", "csf_conf") == b'TCP_OUT = "25,587"\n SMTP_BLOCK="1"\n'
        assert h.read("open_file", "cpanel_config") == b"smtpmailgidonly=1\n"


def test_of_the_kernels_log_only_lines_of_the_packet_filter_pass(box):
    line = "Nov 24 07:19:38 host kernel: Firewall: *TCP_OUT Blocked* DPT=25 UID=1001\n"
    os.makedirs("/var/log", exist_ok=True)
    write("/var/log/messages", f"Nov 24 07:19:37 host sshd: secret\n{line}Nov 24 host su: Firewall\n")
    with Helper("relaydoctor-scan") as h:
        assert h.read("open_file", "kernel_messages").decode() == line
        assert h.ask("open_file", "kernel_log").code == "not_found"
        write("/var/log/messages", "x" * (17 << 20) + "\n" + line)
        assert h.read("open_file", "kernel_messages").decode() == line
        os.chown("/var/log/messages", 65534, 65534)
        assert h.ask("open_file", "kernel_messages").code == "denied"
    os.unlink("/var/log/messages")


def test_rules_and_bans_are_read_by_fixed_commands(box):
    with Helper("relaydoctor-scan") as h:
        assert h.read("filter_rules", "ip") == b"/usr/sbin/iptables-save \n"
        assert h.read("filter_rules", "ip6") == b"/usr/sbin/ip6tables-save \n"
        assert h.read("filter_rules", "nft") == b"/usr/sbin/nft -j list ruleset\n"
        assert h.ask("filter_rules", "ip_legacy").code == "not_found"
        whm = b"/usr/local/cpanel/bin/whmapi1 --output=json "
        assert h.read("cphulk", "status") == whm + b"cphulk_status\n"
        assert h.read("cphulk", "brutes") == whm + b"get_cphulk_brutes\n"
        assert h.read("cphulk", "black") == whm + (b"read_cphulk_records list_name=black "
                                                   b"skip_enabled_check=1\n")


# ---- the process itself ------------------------------------------------------

def test_a_value_cannot_forge_a_line_in_the_audit_log(box):
    box.set(refuse="inner")
    with Helper() as h:
        routed(h)
    with open(AUDIT) as f:
        assert f.read().count("\n") == 1
    assert oct(os.stat(AUDIT).st_mode & 0o777) == "0o600"


def test_without_the_account_of_its_reader_no_reply_is_read(box):
    with open("/etc/passwd") as f:
        accounts = f.read()
    write("/etc/passwd", accounts.replace("relaydoctor-parse", "nobody-else"))
    try:
        with Helper() as h:
            r = routed(h)
        assert r.code == "unavailable" and "relaydoctor-parse" in r.text
    finally:
        write("/etc/passwd", accounts)
    assert box.mxcheck(D) == "local"


def test_started_by_hand_it_serves_nobody(box):
    p = subprocess.run([HELPER], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert p.returncode == 1 and b"no connection" in p.stderr


def test_patience_ends(box):
    """Two waits at once, for the clock's sake: a peer that says nothing is given
    up after ten seconds, a lock that stays held is named after fifteen."""
    with open(LOCK, "w") as f, Helper() as waiting, Helper() as silent:
        fcntl.flock(f, fcntl.LOCK_EX)
        began = time.monotonic()
        waiting.send(request("set_routing", D, "local", "remote"))
        assert silent.receive() is None
        assert 9 < time.monotonic() - began < 12
        r = waiting.receive()
        assert 14 < time.monotonic() - began < 17
    assert r.code == "unavailable" and LOCK in r.text
