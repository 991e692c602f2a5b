"""A job over many: each row is the change that it would be alone, and the journal
tells exactly how far a job came that was stopped, killed, or left by its asker."""
import fcntl
import os
import struct
import time
from urllib.parse import unquote

import pytest

from callers import D, audit, front, user
from helper_box import JOURNAL, RUN, Helper, request, run, write

ROW = "=256s256s512s"
SEALS = (fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
IDS = "20260101-000000-abcdef"


def packed(names, expect="local", value="remote"):
    return b"".join(struct.pack(ROW, *(s if isinstance(s, bytes) else s.encode()
                                       for s in (name, expect, value))) for name in names)


def memfd(data, seals=SEALS):
    fd = os.memfd_create("rows", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def asked(h, rows, verb="set_routing", seals=SEALS):
    fd = memfd(rows, seals)
    try:
        return h.ask("bulk", verb, fd=fd)
    finally:
        os.close(fd)


def begun(h, names, **kw):
    r = asked(h, packed(names, **kw))
    assert r.code == "done", r.text
    return r.change


def job(change):
    """The job's entry and its rows, oldest first, as root sees them."""
    with Helper() as h:
        parent, *rows = lines_of(h.read("job", change))
    return parent, rows[::-1]


def lines_of(text):
    return [dict((k, unquote(v)) for k, v in (p.split("=", 1) for p in line.split(" ")))
            for line in text.decode().splitlines()]


def done(names, h=None, **kw):
    """The job over these when its helper has ended."""
    h = h or Helper()
    change = begun(h, names, **kw)
    h.sock.close()
    h.wait()
    return (change, *job(change))


def wait_for_rows(change, n):
    end = time.monotonic() + 30
    while len(job(change)[1]) < n:
        assert time.monotonic() < end
        time.sleep(0.02)


def routed_remote(names):
    with open("/etc/remotedomains") as f:
        listed = f.read().split()
    return [n for n in names if n in listed]


# ---- the job and its undo ---------------------------------------------------

def test_each_row_is_done_verified_and_kept_and_one_undo_puts_all_back(box):
    names = box.add(6)
    before = {p: open(p, "rb").read() for p in ("/etc/localdomains", "/etc/remotedomains")}
    change, parent, rows = done(names)
    assert (parent["state"], parent["total"], parent["done"], parent["failed"]) == \
        ("KEPT", "6", "6", "0")
    assert [(r["name"], r["state"], r["parent"], r["by"]) for r in rows] == \
        [(n, "KEPT", change, "root") for n in names]
    assert routed_remote(names) == names
    with Helper() as h:
        assert h.ask("undo", change).change == change
    parent, rows = job(change)
    assert (parent["state"], parent["done"], parent["undone"]) == ("UNDONE", "0", "6")
    assert {r["state"] for r in rows} == {"UNDONE"}
    assert before == {p: open(p, "rb").read() for p in before}
    acts = [a["act"] for a in audit()]
    assert acts == ["bulk"] + 6 * ["set_routing"] + ["bulk"] + 8 * ["undo"]
    # Newest first, as they may rest on each other.
    undone = [a["name"] for a in audit() if a["act"] == "undo"][1:-1]
    assert undone == names[::-1]


def test_a_row_that_changed_meanwhile_fails_alone(box):
    names = box.add(3)
    state = {n: {"account": "bob", "mxcheck": "auto" if n == names[1] else "local"}
             for n in names}
    box.set(domains=state)
    _, parent, rows = done(names)
    assert [r["state"] for r in rows] == ["KEPT", "FAILED", "KEPT"]
    assert "expected to be local and is auto" in rows[1]["text"]
    assert (parent["state"], parent["done"], parent["failed"]) == ("KEPT", "2", "1")
    assert box.mxcheck(names[1]) == "auto"


def test_a_row_without_effect_in_the_files_is_put_back_at_once(box):
    names = box.add(2)
    box.set(frozen=["/etc/localdomains"])
    _, parent, rows = done(names)
    assert parent["state"] == "FAILED"
    for r in rows:
        assert (r["state"], r["after"]) == ("FAILED", "local")
        assert "/etc/localdomains still lists the domain" in r["text"]
        assert "put back" in r["text"]
    assert [box.mxcheck(n) for n in names] == ["local", "local"]


def test_a_list_that_cannot_be_read_verifies_nothing(box):
    names = box.add(1)
    os.unlink("/etc/secondarymx")
    os.mkfifo("/etc/secondarymx")
    box.set(frozen=["/etc/secondarymx"])
    try:
        _, parent, rows = done(names)
    finally:
        os.unlink("/etc/secondarymx")
    assert parent["state"] == "FAILED" and "FIFO" in rows[0]["text"]
    assert box.mxcheck(names[0]) == "local"


def test_a_longer_name_that_begins_alike_is_not_the_domain(box):
    names = box.add(1)
    write("/etc/remotedomains", "")
    box.set(frozen=["/etc/localdomains"])
    write("/etc/localdomains", "%s.au\nx%s\n %s\n" % (names[0], names[0], names[0]))
    _, parent, _ = done(names)
    assert parent["state"] == "KEPT"


def test_a_panel_that_does_not_answer_fails_every_row(box):
    names = box.add(3)
    box.set(fail="bob")
    _, parent, rows = done(names)
    assert (parent["state"], parent["failed"]) == ("FAILED", "3")
    assert all("out of order" in r["text"] for r in rows)


def test_undo_goes_around_what_somebody_changed_since(box):
    names = box.add(3)
    change, _, _ = done(names)
    state = {n: {"account": "bob", "mxcheck": "secondary" if n == names[0] else "remote"}
             for n in names}
    box.set(domains=state)
    with Helper() as h:
        assert h.ask("undo", change).code == "done"
    parent, rows = job(change)
    assert [r["state"] for r in rows] == ["KEPT", "UNDONE", "UNDONE"]
    assert "changed meanwhile" in rows[0]["text"]
    assert (parent["state"], parent["done"], parent["undone"]) == ("KEPT", "1", "2")
    assert box.mxcheck(names[0]) == "secondary"


def test_a_row_that_was_undone_alone_does_not_end_the_undo_of_the_rest(box):
    names = box.add(3)
    change, _, rows = done(names)
    with Helper() as h:
        assert h.ask("undo", rows[1]["id"]).code == "done"
        assert h.ask("undo", change).code == "done"
    parent, rows = job(change)
    assert {r["state"] for r in rows} == {"UNDONE"} and parent["state"] == "UNDONE"
    with Helper() as h:
        r = h.ask("undo", change)
        assert r.code == "stale" and "nothing stands" in r.text


def test_a_job_at_work_cannot_be_undone_nor_kept(box):
    names = box.add(4)
    box.set(sleep_before=0.3)
    h = Helper()
    change = begun(h, names)
    with Helper() as other:
        r = other.ask("undo", change)
        assert r.code == "stale" and "stop it first" in r.text
        assert other.ask("keep", change).code == "input"
    h.close()


# ---- stop -------------------------------------------------------------------

def test_it_stops_between_two_rows_and_says_who_stopped_it(box):
    names = box.add(8)
    box.set(sleep_before=0.1)
    h = Helper()
    change = begun(h, names)
    wait_for_rows(change, 3)
    with front("admin.cgi", "otheradmin") as admin:
        assert admin.ask("bulk_stop", change).code == "done"
    h.close()
    parent, rows = job(change)
    assert parent["text"] == "Stopped by otheradmin."
    assert 3 <= len(rows) < 8 and int(parent["done"]) == len(rows)
    assert {r["state"] for r in rows} == {"KEPT"}
    assert routed_remote(names) == names[:len(rows)]
    with Helper() as h:
        assert h.ask("bulk_stop", change).code == "stale"
        assert h.ask("undo", change).code == "done"
    assert routed_remote(names) == []
    assert "bulk_stop" in [a["act"] for a in audit()]


def test_an_undo_can_be_stopped_and_taken_up_again(box):
    names = box.add(6)
    change, _, _ = done(names)
    box.set(sleep_before=0.1)
    h = Helper()
    assert h.ask("undo", change).code == "done"
    end = time.monotonic() + 30
    while not any(r["state"] == "UNDONE" for r in job(change)[1]):
        assert time.monotonic() < end
    with Helper() as other:
        assert other.ask("bulk_stop", change).code == "done"
    h.close()
    parent, rows = job(change)
    left = len([r for r in rows if r["state"] == "KEPT"])
    assert 0 < left < 6 and parent["state"] == "KEPT" and "Stopped by root" in parent["text"]
    with Helper() as h:
        assert h.ask("undo", change).code == "done"
    assert job(change)[0]["state"] == "UNDONE" and routed_remote(names) == []


def test_a_stranger_stops_no_job(box):
    names = box.add(4)
    box.set(sleep_before=0.3)
    h = front("admin.cgi", "root")
    change = begun(h, names)
    with front("reseller.cgi", "rita") as rita:
        assert rita.ask("bulk_stop", change).code == "denied"
        assert rita.ask("job", change).code == "denied"
        assert rita.ask("undo", change).code == "denied"
    for uid in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
        with Helper(uid) as other:
            assert other.ask("bulk_stop", change).code == "denied"
    alice, _ = user("alice")
    with alice:
        assert alice.ask("bulk_stop", change).code == "denied"
        assert alice.ask("job", change).code == "denied"
    h.close()
    parent, rows = job(change)
    assert len(rows) == 4 and parent["text"] == ""


def test_what_is_no_job_cannot_be_stopped(box):
    with Helper() as h:
        change = h.ask("set_routing", D, "local", "remote").change
        assert h.ask("bulk_stop", change).code == "input"
        assert h.ask("job", change).code == "input"
        assert h.ask("bulk_stop", IDS).code == "not_found"
        assert h.ask("bulk_stop", "../../x").code == "input"


# ---- who ----------------------------------------------------------------------

def test_a_resellers_job_touches_own_accounts_only_asked_at_each_row(box):
    names = ["alice.example", "bob.example", "carol.example"]
    change, parent, rows = done(names, front("reseller.cgi", "rita"))
    assert [(r["name"], r["state"], r["account"]) for r in rows] == [
        ("alice.example", "KEPT", "alice"), ("bob.example", "FAILED", ""),
        ("carol.example", "KEPT", "carol")]
    assert "no account of rita" in rows[1]["text"]
    assert box.mxcheck("bob.example") == "local"
    assert not [c for c in box.calls() if "--user=bob" in c]
    with front("reseller.cgi", "rita") as h:
        assert change in [x["id"] for x in h.journal()]
    with front("reseller.cgi", "root") as h:
        assert change not in [x["id"] for x in h.journal()]
        assert h.ask("undo", change).code == "denied"


def test_an_account_that_is_sold_while_the_job_runs_is_not_touched(box):
    names = box.add(4, "alice")
    box.set(sleep_before=0.2)
    h = front("reseller.cgi", "rita")
    change = begun(h, names)
    wait_for_rows(change, 1)
    write("/etc/trueuserowners", "alice: root\nbob: root\ncarol: rita\n")
    h.close()
    _, rows = job(change)
    assert len(rows) == 4 and rows[-1]["state"] == "FAILED"
    assert box.mxcheck(names[-1]) == "local"


def test_the_users_door_and_bare_fronts_begin_no_job(box):
    for uid in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
        with Helper(uid) as h:
            assert asked(h, packed([D])).code == "denied"
    h, _ = user("alice")
    with h:
        assert asked(h, packed([D])).code == "denied"
    assert not os.path.exists(JOURNAL) or not os.listdir(JOURNAL)


# ---- what is no job -------------------------------------------------------------

@pytest.mark.parametrize("seals", [0, fcntl.F_SEAL_SEAL, fcntl.F_SEAL_WRITE,
                                   SEALS & ~fcntl.F_SEAL_SEAL, SEALS & ~fcntl.F_SEAL_WRITE,
                                   SEALS & ~fcntl.F_SEAL_SHRINK, SEALS & ~fcntl.F_SEAL_GROW])
def test_rows_that_can_still_change_are_refused(box, seals):
    with Helper() as h:
        r = asked(h, packed([D]), seals=seals)
    assert r.code == "input" and "sealed" in r.text


def test_a_file_or_a_pipe_is_no_memory_file(box):
    write(RUN + "/rows", packed([D]).decode())
    ends = os.pipe()
    with open(RUN + "/rows", "rb") as f, Helper() as h:
        assert h.ask("bulk", "set_routing", fd=f.fileno()).code == "input"
        assert h.ask("bulk", "set_routing", fd=ends[0]).code == "input"
        assert h.ask("bulk", "set_routing").code == "input"
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("rows,code", [
    (b"", "input"), (packed([D])[:-1], "input"), (packed([D]) + b"\0", "input"),
    (packed(["d%d.example" % i for i in range(2001)]), "limit"),
    (packed(["d%d.example" % i for i in range(100000)]), "limit"),
    (packed([D, "shop.example", D]), "input"),
    (packed([D, "ALICE.example"]), "input"), (packed([D, "../../etc/passwd"]), "input"),
    (packed([D, ""]), "input"), (packed([D], value="nowhere"), "input"),
    (packed([D], expect=""), "input"), (packed([b"a" * 256]), "input"),
    (packed([b"alice.example\0x"]), "input"), (packed([D], value=b"remote\0\1"), "input"),
], ids=["none", "cut", "a byte more", "2001", "100000", "twice", "upper case", "a path", "no name",
        "no such value", "no expectation", "no end", "more behind the name",
        "more behind the value"])
def test_rows_that_are_cut_too_many_strange_or_twice_are_refused(box, rows, code):
    with Helper() as h:
        r = asked(h, rows)
        assert r.code == code, r.text
        assert not h.journal()
    assert not box.calls()


@pytest.mark.parametrize("verb", ["undo", "bulk", "keep", "open_file", "no_such", ""])
def test_there_are_jobs_of_changing_verbs_only(box, verb):
    with Helper() as h:
        assert asked(h, packed([D]), verb).code == "input"


# ---- several at once, and death ----------------------------------------------------

def test_of_two_jobs_over_the_same_domains_each_row_is_done_once(box):
    names = box.add(6)
    box.set(sleep_before=0.15)
    a, b = Helper(), Helper()
    ids = [begun(a, names), begun(b, names[::-1])]
    a.close()
    b.close()
    rows = [r for i in ids for r in job(i)[1]]
    assert len(rows) == 12
    for name in names:
        mine = sorted(r["state"] for r in rows if r["name"] == name)
        assert mine == ["FAILED", "KEPT"]
    assert all("changed meanwhile" in r["text"] for r in rows if r["state"] == "FAILED")
    done_by = [sum(r["state"] == "KEPT" for r in job(i)[1]) for i in ids]
    assert min(done_by) > 0, "both had their turns"


def test_a_third_job_is_refused_and_a_reseller_has_a_place_of_its_own(box):
    names = box.add(19, "alice")
    box.set(sleep_before=0.2)
    running = [Helper(), Helper()]
    # A job begins between two rows of another, which then still has many before it.
    for h, rows in zip(running, (names[:6], names[6:12])):
        begun(h, rows)
    with Helper() as h:
        assert asked(h, packed(names[18:])).code == "limit"
    rita = front("reseller.cgi", "rita")
    begun(rita, names[12:18])
    with front("reseller.cgi", "root") as h:
        assert asked(h, packed(["bob.example"])).code == "limit"
    for h in (*running, rita):
        h.close()


def test_a_single_change_has_its_turn_while_a_job_runs(box):
    names = box.add(12)
    box.set(sleep_before=0.1)
    h = Helper()
    change = begun(h, names)
    wait_for_rows(change, 1)
    with Helper() as other:
        assert other.ask("set_routing", D, "local", "remote").code == "done"
        assert len(job(change)[1]) < 12
    h.close()
    assert len(job(change)[1]) == 12


def test_it_goes_on_when_the_front_that_asked_has_died(box):
    names = box.add(4)
    box.set(sleep_before=0.1)
    h = front("admin.cgi", "root")
    fd = memfd(packed(names))
    h.send(request("bulk", "set_routing"), [fd])
    h.sock.close()      # before the answer
    os.close(fd)
    h.wait()
    with Helper() as h:
        parent = [x for x in h.journal() if x["total"]][0]
    assert (parent["state"], parent["done"]) == ("KEPT", "4")
    assert routed_remote(names) == names


def test_a_helper_killed_at_a_row_leaves_exact_counts(box):
    names = box.add(8)
    box.set(sleep_after=0.2)
    h = Helper()
    change = begun(h, names)
    wait_for_rows(change, 3)
    h.kill()
    h.sock.close()
    time.sleep(0.5)     # the orphan ends
    parent, rows = job(change)
    assert "interrupted" in parent["text"]
    in_force = routed_remote(names)
    assert parent["state"] == "KEPT" and not parent["undo"]
    assert {r["state"] for r in rows} <= {"KEPT", "DONE"}
    assert [r["name"] for r in rows] == in_force == names[:len(rows)]
    assert int(parent["done"]) == len(in_force)
    with Helper() as h:
        assert h.ask("undo", change).code == "done"
    assert routed_remote(names) == []
    assert job(change)[0]["state"] == "UNDONE"


def test_a_helper_killed_while_it_undoes_leaves_exact_counts(box):
    names = box.add(8)
    change, _, _ = done(names)
    box.set(sleep_after=0.1)
    h = Helper()
    h.ask("undo", change)
    end = time.monotonic() + 30
    while sum(r["state"] == "UNDONE" for r in job(change)[1]) < 3:
        assert time.monotonic() < end
    h.kill()
    h.sock.close()
    time.sleep(0.4)
    parent, rows = job(change)
    standing = [r["name"] for r in rows if r["state"] in ("KEPT", "DONE")]
    assert "interrupted" in parent["text"] and not parent["undo"]
    assert sorted(standing) == sorted(routed_remote(names))
    assert int(parent["done"]) == len(standing) == 8 - int(parent["undone"])


def test_a_full_disk_ends_the_job_before_anything_unwritten_is_done(box):
    names = box.add(5)
    os.makedirs(JOURNAL, mode=0o700)
    run("mount", "-t", "tmpfs", "-o", "mode=700,nr_inodes=5", "full", JOURNAL)
    try:
        h = Helper()
        change = begun(h, names)
        h.close()
        parent, rows = job(change)
        assert 0 < len(rows) < 5 and parent["state"] == "PREPARED"
        assert [r["name"] for r in rows] == routed_remote(names)
        run("mount", "-o", "remount,nr_inodes=50", JOURNAL)
        parent, rows = job(change)
        assert parent["state"] == "KEPT" and "interrupted" in parent["text"]
        assert int(parent["done"]) == len(rows) == len(routed_remote(names))
    finally:
        run("umount", JOURNAL)


def read_by(h):
    with open("/proc/%d/io" % h.pid) as f:
        return int(f.readline().split()[1])


def test_a_row_does_not_read_the_whole_journal(box):
    names = box.add(5)
    _, _, rows = done(names[:1])
    with open(JOURNAL + "/" + rows[0]["id"]) as f:
        line = f.read().replace(" at=", " pad=%s at=" % ("x" * 12000), 1)
    for i in range(600):
        other = "20200101-%06d-abcdef" % i
        write(JOURNAL + "/" + other, line.replace(rows[0]["id"], other))
    box.set(sleep_before=0.3)
    h = Helper()
    change = begun(h, names[1:])
    wait_for_rows(change, 1)
    before = read_by(h)
    wait_for_rows(change, 3)
    assert read_by(h) - before < 600 * len(line)   # the programs' own reading
    h.close()


def test_a_row_settles_first_what_somebody_left_who_died_under_the_lock(box):
    with Helper() as h:
        h.ask("set_routing", D, "local", "remote")
    with open(RUN + "/change.lock") as f:
        assert f.read() == "e"
    names = box.add(3)
    box.set(sleep_before=3)
    working = Helper()
    change = begun(working, names)
    wait_for_rows(change, 1)
    h = Helper()
    h.send(request("set_routing", "shop.example", "local", "remote"))
    while not any("domain=shop.example mxcheck" in c for c in box.calls()):
        time.sleep(0.01)
    with open(RUN + "/change.lock") as f:
        assert f.read() == "w"
    h.kill()
    h.sock.close()
    working.close()
    entry = next(n for n in os.listdir(JOURNAL) if "shop.example" in open(JOURNAL + "/" + n).read())
    with open(JOURNAL + "/" + entry) as f:
        assert "state=DONE" in f.read()
    assert len(job(change)[1]) == 3
