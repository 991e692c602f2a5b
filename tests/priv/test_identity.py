"""Whom the helper believes, and what each of them may ask."""
import os
import signal
import socket
import time

import pytest

from callers import D, connected, front, routed, ticket, user, user_sock
from helper_box import CLONE_NEWNS, RUN, UIDS, Helper, as_uid, check, libc, request, run, write


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
         ("exim_bt", "a@b.example", ""),
         ("exim_bh", "192.0.2.1 192.0.2.2 25 - -", "a@b.example c@d.example"), ("list_mxs", "alice", ""),
         ("list_pops", "alice", D), ("mailbox_status", "alice", "a@" + D),
         ("filter_rules", "ip", ""), ("filter_rules", "nft", ""), ("cphulk", "brutes", "")]


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
    ("filter_rules", "", "", ""), ("filter_rules", "iptables", "", ""),
    ("filter_rules", "ip", "", "-t nat"), ("cphulk", "brutes", "", "x=1"),
    ("cphulk", "flush_cphulk_login_history", "", ""), ("cphulk", "white;id", "", ""),
    ("exim_bt", "a@b@c.example", "", ""), ("exim_bt", "|x@c.example", "", "")])
def test_arguments_are_validated_again_on_the_root_side(box, verb, name, expect, value):
    with Helper() as h:
        assert h.ask(verb, name, expect, value).code == "input"
    assert not box.calls()


def test_a_verb_that_takes_no_descriptor_gets_none(box):
    with open("/etc/passwd") as f, Helper() as h:
        def held():
            h.ask("nothing")  # by now it has closed what came before
            return os.listdir("/proc/%d/fd" % h.pid)

        before = held()
        for n in (1, 2, 4, 9):
            h.send(request("exim_bv"), [f.fileno()] * n)
            assert h.receive().code == "input"
        assert held() == before


def test_exim_is_asked_with_fixed_words_and_an_empty_environment(box):
    with Helper() as h:
        assert h.read("exim_bt", "a@b.example") == b"exim -bt -- a@b.example\nenv: 0\n"
        assert h.read("exim_bt", "a@b.example", "c@d.example e@f.example").startswith(
            b"exim -bt -- a@b.example c@d.example e@f.example\n")
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


def test_scans_ask_ahead_in_three_conversations_and_leave_the_others(box):
    scans = [Helper("relaydoctor-scan") for _ in range(3)]
    try:
        assert [h.ask("ahead").code for h in scans] == ["done"] * 3
        with Helper("relaydoctor-scan") as late:
            start = time.monotonic()
            assert late.ask("ahead").code == "limit" and time.monotonic() - start < 0.4
            assert late.read("open_file", "userdomains")
        with Helper("root") as h:
            assert h.journal() == []
        scans.pop().close()
        until = time.monotonic() + 5
        while True:     # the closed one's process may end a moment later
            with Helper("relaydoctor-scan") as again:
                if again.ask("ahead").code == "done":
                    break
            assert time.monotonic() < until
    finally:
        for h in scans:
            h.close()
