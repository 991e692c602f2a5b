"""What the root helper does for whom, and that a killed one leaves a journal
that tells the truth."""
import fcntl
import os
import signal
import socket
import subprocess
import time
from urllib.parse import unquote

import pytest

from helper_box import (AUDIT, CLONE_NEWNS, HELPER, HERE, JOURNAL, LOCK, RUN, UIDS, Helper, as_uid,
                 check, libc, request, run, write)

D = "alice.example"


def ticket(door="admin.cgi", login="root", client="192.0.2.7"):
    with Helper() as h:
        r = h.ask("ticket", login, client, door)
    assert r.code == "done" and len(r.change) == 32
    return r.change


def front(door="admin.cgi", login="root"):
    h = Helper("relaydoctor-admin")
    assert h.ask("as_ticket", value=ticket(door, login)).code == "done"
    return h


def user_sock():
    path = RUN + "/user.sock"
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    os.chmod(path, 0o666)
    s.listen(4)
    return s


def connected(listener, uid):
    """The client's end and the accepted one."""
    client = socket.socket(socket.AF_UNIX)
    as_uid(UIDS[uid], lambda: client.connect(listener.getsockname()))
    return client, listener.accept()[0]


def user(account, value=""):
    """A users' front that has proved for whom it speaks, and its reply."""
    h = Helper("relaydoctor-user")
    with user_sock() as listener:
        client, accepted = connected(listener, account)
        r = h.ask("as_user", value=value, fd=accepted.fileno())
        client.close()
        accepted.close()
    os.unlink(RUN + "/user.sock")
    return h, r


def routed(h, value="remote", expect="local", domain=D):
    return h.ask("set_routing", domain, expect, value)


def audit():
    with open(AUDIT) as f:
        return [dict((k, unquote(v)) for k, v in (p.split("=", 1) for p in l.split()))
                for l in f]


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


# ---- tickets ---------------------------------------------------------------

def test_an_admins_ticket_is_who_the_journal_names(box):
    with front("admin.cgi", "root") as h:
        assert routed(h).code == "done"
    with Helper() as h:
        x = h.journal()[0]
    assert (x["by"], x["door"], x["from"]) == ("root", "admin.cgi", "192.0.2.7")


def test_without_a_ticket_the_front_changes_nothing(box):
    with Helper("relaydoctor-admin") as h:
        assert routed(h).code == "denied"
        assert h.ask("journal").code == "done"
    assert not box.calls()


def test_a_used_ticket_is_refused(box):
    t = ticket()
    with Helper("relaydoctor-admin") as h:
        assert h.ask("as_ticket", value=t).code == "done"
        assert h.ask("as_ticket", value=t).code == "denied"
    with Helper("relaydoctor-admin") as h:
        r = h.ask("as_ticket", value=t)
        assert r.code == "denied" and "used" in r.text
        assert routed(h).code == "denied"


@pytest.mark.parametrize("age", [61, -5])
def test_an_expired_ticket_is_refused(box, age):
    t = ticket()
    when = time.time() - age
    os.utime(RUN + "/tickets/" + t, (when, when))
    with Helper("relaydoctor-admin") as h:
        assert h.ask("as_ticket", value=t).code == "denied"
    assert not os.path.exists(RUN + "/tickets/" + t)


@pytest.mark.parametrize("value", [
    "0" * 32, "0" * 31, "", "../" + "0" * 29, "A" * 32])
def test_a_made_up_ticket_is_refused(box, value):
    with Helper("relaydoctor-admin") as h:
        assert h.ask("as_ticket", value=value).code in ("denied", "input")


def test_tickets_are_for_root_to_make(box):
    for uid in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
        with Helper(uid) as h:
            assert h.ask("ticket", "root", "", "admin.cgi").code == "denied"


def test_a_ticket_is_no_use_to_anybody_but_the_whm_front(box):
    t = ticket()
    for uid in ("relaydoctor-user", "relaydoctor-scan", "root"):
        with Helper(uid) as h:
            assert h.ask("as_ticket", value=t).code == "denied"


@pytest.mark.parametrize("door, login", [
    ("index.live.cgi", "root"), ("admin.cgi", "ro ot"), ("admin.cgi", ""),
    ("admin.cgi", "a\nb"), ("", "root")])
def test_a_ticket_for_an_unknown_door_or_a_strange_login_is_not_made(box, door, login):
    with Helper() as h:
        assert h.ask("ticket", login, "", door).code == "input"


def test_a_resellers_ticket_is_good_for_owned_accounts_only(box):
    with front("reseller.cgi", "rita") as h:
        assert routed(h, domain="bob.example").code == "denied"
        r = routed(h)
        assert r.code == "done"
        write("/etc/trueuserowners", "alice: root\nbob: root\n")
        assert h.ask("undo", r.change).code == "denied"
        assert h.journal() == []
    assert box.mxcheck("bob.example") == "local"


def test_root_at_the_resellers_door_has_what_root_owns(box):
    with front("reseller.cgi", "root") as h:
        assert routed(h).code == "denied"
        assert routed(h, domain="bob.example").code == "done"
        assert {x["account"] for x in h.journal()} == {"bob"}


def test_only_its_maker_or_an_admin_keeps_a_change(box):
    with front("admin.cgi", "root") as h:
        r = routed(h)
    with front("reseller.cgi", "rita") as h:
        assert h.ask("keep", r.change).code == "denied"
    with front("admin.cgi", "otheradmin") as h:
        assert h.ask("keep", r.change).code == "done"


# ---- the user's proof --------------------------------------------------------

def test_a_user_changes_the_own_domain_and_no_other(box):
    h, r = user("alice")
    with h:
        assert (r.code, r.change) == ("done", "alice")
        assert routed(h, domain="bob.example").code == "denied"
        c = routed(h)
        assert c.code == "done"
        assert h.ask("keep", c.change).code == "done"
        assert b"shop.example" in h.read("my_facts")
        assert b"bob.example" not in h.read("my_facts")
    h, _ = user("bob")
    with h:
        assert h.ask("undo", c.change).code == "denied"
        assert h.journal() == []
    h, _ = user("alice")
    with h:
        assert h.ask("undo", c.change).code == "done"
        assert h.journal()[0]["door"] == "user"


def test_a_user_sees_no_administrators_address(box):
    with front() as h:
        routed(h)
    h, _ = user("alice")
    with h:
        x = h.journal()[0]
    assert (x["by"], x["from"]) == ("root", "")


def test_without_the_proof_the_users_front_gets_nothing(box):
    with Helper("relaydoctor-user") as h:
        for verb in ("my_facts", "journal"):
            assert h.ask(verb).code == "denied"
        assert routed(h).code == "denied"
        assert h.ask("open_file", "userdomains").code == "denied"


def test_a_proof_is_given_once(box):
    h, _ = user("alice")
    with h, user_sock() as listener:
        client, accepted = connected(listener, "bob")
        assert h.ask("as_user", fd=accepted.fileno()).code == "denied"
        client.close()
        accepted.close()


@pytest.mark.parametrize("state", [
    {"features": []}, {"features": [], "feature_by_status": True},
    {"features": ["bob"]}])
def test_a_user_without_the_feature_is_refused(box, state):
    box.set(**state)
    h, r = user("alice")
    h.close()
    assert r.code == "denied"


@pytest.mark.parametrize("state", [{"fail": True}, {"cut": True}])
def test_a_user_whose_feature_nobody_can_tell_gets_nothing(box, state):
    box.set(**state)
    h, r = user("alice")
    with h:
        assert r.code == "unavailable"
        assert h.ask("my_facts").code == "denied"


def test_a_feature_told_by_the_status_alone_counts(box):
    box.set(feature_by_status=True)
    h, r = user("alice")
    h.close()
    assert r.code == "done"


def test_a_suspended_user_is_refused(box):
    write("/var/cpanel/suspended/alice", "")
    h, r = user("alice")
    h.close()
    assert r.code == "denied" and "suspended" in r.text
    write("/var/cpanel/users/bob", "DNS=bob.example\nSUSPENDED=1\n")
    h, r = user("bob")
    h.close()
    assert r.code == "denied" and "suspended" in r.text


@pytest.mark.parametrize("account", ["stranger", "root", "relaydoctor-user"])
def test_a_uid_that_is_no_account_is_refused(box, account):
    h, r = user(account)
    h.close()
    assert r.code == "denied"


def proof(fd):
    with Helper("relaydoctor-user") as h:
        r = h.ask("as_user", fd=fd)
        assert r.code == "denied", r
        assert routed(h).code == "denied"
    return r.text


def test_a_fronts_own_connection_to_the_helper_proves_nothing(box):
    with Helper("relaydoctor-user") as h:
        assert h.ask("as_user", fd=h.sock.fileno()).code == "denied"


def test_the_clients_end_of_a_root_listener_proves_nothing(box):
    with user_sock() as listener:
        client, accepted = connected(listener, "relaydoctor-user")
        assert "user.sock" in proof(client.fileno())
        accepted.close()


def in_own_namespace(act):
    """Runs act where /run/relaydoctor is the front's own; its descriptor."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        try:
            check(libc.unshare(CLONE_NEWNS))
            run("mount", "-t", "tmpfs", "front", RUN)
            os.chmod(RUN, 0o777)
            s = act()
            socket.send_fds(theirs, [b"x"], [s.fileno()])
            theirs.recv(1)
        finally:
            os._exit(0)
    theirs.close()
    _, fds, _, _ = socket.recv_fds(ours, 1, 1)
    return fds[0], lambda: (ours.close(), os.waitpid(pid, 0), os.close(fds[0]))


def test_a_client_bound_to_the_doors_name_in_a_namespace_proves_nothing(box):
    # alice listens; the front's client binds itself to user.sock's name, so
    # that getsockname() is right and SO_PEERCRED says alice.
    keep = []

    def act():
        listener = socket.socket(socket.AF_UNIX)
        client = socket.socket(socket.AF_UNIX)
        listener.bind(RUN + "/alices.sock")
        os.chmod(RUN + "/alices.sock", 0o777)
        as_uid(UIDS["alice"], lambda: listener.listen(1))
        as_uid(UIDS["relaydoctor-user"], lambda: client.bind(RUN + "/user.sock"))
        as_uid(UIDS["relaydoctor-user"], lambda: client.connect(RUN + "/alices.sock"))
        keep.extend((listener, listener.accept()[0], client))
        return client

    fd, end = in_own_namespace(act)
    with socket.socket(fileno=os.dup(fd)) as s:
        assert s.getsockname() == RUN + "/user.sock"
    assert "named peer" in proof(fd)
    end()


def test_a_listener_of_the_doors_name_in_a_namespace_proves_the_front_itself(box):
    keep = []

    def act():
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(RUN + "/user.sock")
        os.chmod(RUN + "/user.sock", 0o777)
        listener.listen(1)
        keep.extend(connected(listener, "relaydoctor-user"))
        return keep[1]

    fd, end = in_own_namespace(act)
    assert "relaydoctor-user" in proof(fd)
    end()


def test_a_socket_whose_peer_has_gone_proves_nothing(box):
    with user_sock() as listener:
        client, accepted = connected(listener, "alice")
        client.close()
        assert "lost its peer" in proof(accepted.fileno())
        accepted.close()


def test_a_listening_socket_proves_nothing(box):
    with user_sock() as listener:
        assert "listening" in proof(listener.fileno())


def test_other_descriptors_prove_nothing(box):
    a, b = socket.socketpair()
    inet = socket.socket()
    with open("/etc/passwd") as f:
        for fd in (a.fileno(), inet.fileno(), f.fileno()):
            proof(fd)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        proof(s.fileno())
    a.close(), b.close(), inet.close()


# ---- who may ask at all, and how -------------------------------------------

READS = [("open_file", "localdomains", ""), ("exim_bv", "", ""), ("exim_bp", "", ""),
         ("exim_bt", "a@b.example", ""), ("list_mxs", "alice", ""),
         ("list_pops", "alice", D), ("mailbox_status", "alice", "a@" + D)]


@pytest.mark.parametrize("verb, name, value", READS)
def test_reads_are_for_root_and_the_scan(box, verb, name, value):
    for uid in ("root", "relaydoctor-scan"):
        with Helper(uid) as h:
            assert h.read(verb, name, value)
    for uid in ("relaydoctor-admin", "relaydoctor-user"):
        with Helper(uid) as h:
            assert h.ask(verb, name, "", value).code == "denied"


def test_the_scan_changes_nothing(box):
    with Helper("relaydoctor-scan") as h:
        for verb in ("set_routing", "keep", "undo", "journal", "ticket", "as_ticket"):
            assert h.ask(verb).code == "denied"


@pytest.mark.parametrize("uid", ["alice", "stranger", "relaydoctor-parse"])
def test_other_uids_get_one_refusal(box, uid):
    with Helper(uid) as h:
        assert h.ask("exim_bv").code == "denied"
        assert h.wait() == 0


@pytest.mark.parametrize("data", [
    b"", b"x", request("exim_bv")[:-1], request("exim_bv") + b"\0",
    request("exim_bv") * 3])
def test_a_datagram_of_another_size_is_refused(box, data):
    with Helper() as h:
        h.send(data)
        r = h.receive()
        assert r is None or r.code == "input"


@pytest.mark.parametrize("version", [0, 2, 0xffffffff])
def test_another_version_is_refused(box, version):
    with Helper() as h:
        h.send(request("exim_bv", version=version))
        assert h.receive().code == "input"


@pytest.mark.parametrize("data", [
    request(b"v" * 28), request("exim_bv", b"n" * 256), request("exim_bv", "", b"e" * 256),
    request("exim_bv", "", "", b"v" * 512), request(b"exim_bv\0x"),
    request("exim_bt", b"a@b.example\0x"), request("nonsense"), request("")])
def test_strings_that_do_not_end_or_mean_nothing_are_refused(box, data):
    with Helper() as h:
        h.send(data)
        assert h.receive().code == "input"
        assert h.ask("exim_bv").code == "done", "the conversation goes on"


@pytest.mark.parametrize("verb, name, expect, value", [
    ("set_routing", "Alice.example", "local", "remote"),
    ("set_routing", "*", "local", "remote"), ("set_routing", "", "local", "remote"),
    ("set_routing", "-x.example", "local", "remote"),
    ("set_routing", "a.example\n", "local", "remote"),
    ("set_routing", D, "local", "Remote"), ("set_routing", D, "", "remote"),
    ("set_routing", D, "local", ""), ("set_routing", D, "local", "remote&x=1"),
    ("list_mxs", "../root", "", ""), ("list_mxs", "root;id", "", ""),
    ("list_mxs", "", "", ""), ("list_mxs", "alice", "", "x"),
    ("open_file", "/etc/shadow", "", ""), ("open_file", "shadow", "", ""),
    ("open_file", "", "", ""), ("exim_bt", "-be", "", ""),
    ("exim_bt", "${run{/bin/id}}@b.example", "", ""), ("exim_bt", "a b@c.example", "", ""),
    ("exim_bt", "a@b@c.example", "", ""), ("exim_bt", "|x@c.example", "", "")])
def test_arguments_are_validated_again_on_the_root_side(box, verb, name, expect, value):
    with Helper() as h:
        assert h.ask(verb, name, expect, value).code == "input"
    assert not box.calls()


def test_a_verb_that_takes_no_descriptor_gets_none(box):
    with open("/etc/passwd") as f, Helper() as h:
        assert h.ask("exim_bv", fd=f.fileno()).code == "input"
        before = os.listdir("/proc/%d/fd" % h.pid)
        for n in (2, 4, 9):
            h.send(request("exim_bv"), [f.fileno()] * n)
            assert h.receive().code == "input"
        h.ask("exim_bv")  # by now it has closed what came before
        assert os.listdir("/proc/%d/fd" % h.pid) == before


def test_exim_is_asked_with_fixed_words_and_an_empty_environment(box):
    with Helper() as h:
        assert h.read("exim_bt", "a@b.example") == b"exim -bt -- a@b.example\nenv: 0\n"
        assert h.read("exim_bt", "defer@b.example")
        assert h.read("exim_bt", "bad@b.example")
        assert h.ask("exim_bt", "broken@b.example").code == "unavailable"


def test_the_output_of_a_command_cannot_be_changed_any_more(box):
    with Helper() as h:
        r = h.ask("exim_bv")
    with pytest.raises(OSError):
        os.write(r.fd, b"x")
    os.close(r.fd)


def test_values_are_percent_encoded_for_the_panel(box):
    with Helper() as h:
        h.read("mailbox_status", "alice", "a+b%c@" + D)
    assert box.calls()[-1].endswith("account=a%2Bb%25c%40alice.example")


def test_the_users_front_has_two_conversations_at_most(box):
    a, b = Helper("relaydoctor-user"), Helper("relaydoctor-user")
    assert a.ask("my_facts").code == b.ask("my_facts").code == "denied"
    with Helper("relaydoctor-user") as c:
        assert c.ask("my_facts").code == "limit"
    a.close()
    with Helper("relaydoctor-user") as c:
        assert c.ask("my_facts").code == "denied"
    b.close()


def test_a_conversation_that_is_just_ending_makes_the_next_wait_not_fail(box):
    first = [Helper("relaydoctor-user") for _ in range(2)]
    assert all(h.ask("my_facts").code == "denied" for h in first)
    for h in first:
        os.kill(h.pid, signal.SIGSTOP)
        h.sock.close()
    with Helper("relaydoctor-user") as h:
        h.send(request("my_facts"))
        time.sleep(0.1)
        for before in first:
            os.kill(before.pid, signal.SIGCONT)
        assert h.receive().code == "denied"
    for before in first:
        before.wait()


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
        write("/var/log/exim_mainlog.1", "one")
        assert h.read("open_file", "exim_mainlog_1") == b"one"
        os.chown("/var/log/exim_mainlog.1", UIDS["alice"], 0)
        assert h.ask("open_file", "exim_mainlog_1").code == "denied"


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
