"""Bounces that lie frozen in Exim's queue: what is listed, what goes and comes back byte for
byte, and what is never touched. Everything in the queue is made by strangers and Exim's user."""
import hashlib
import os
import shutil
import stat

import pytest

from helper_box import UIDS, Helper

QUEUE = "/var/spool/exim/input"
KEPT = "/var/lib/relaydoctor/frozen"
ID = "1xVkoU-00003j-0q"
LONG = "1xVkoU-0000000003j-0q3Z"
TO = "s@far.example"
FAILED = "X-Failed-Recipients: loop@shop.example\n"
BODY = """This message was created automatically by mail delivery software.

  loop@shop.example
    Too many "Received" headers - suspected mail loop

------ This is a copy of the message, including all the headers. ------

Subject: secret
"""


def head(mid=ID, sender="", frozen="-frozen 1764300100\n", options="", tree="XX\n", to=(TO,),
         headers=FAILED):
    return (f"{mid}-H\nmailnull 47 12\n<{sender}>\n1764300000 0\n-received_time_usec .12\n"
            f"{options}{frozen}-body_linecount 5\n-local\n{tree}{len(to)}\n"
            + "".join(f"{a}\n" for a in to) + f"\n{len(headers):03}  {headers}"
            "012I Message-Id:\n").encode()


MAIL = 12     # Exim runs in this group, which is not its user's


def put(name, data, owner="mailnull", mode=0o640, group=MAIL):
    path = f"{QUEUE}/{name}"
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    os.chown(path, UIDS[owner], group)


def message(mid=ID, where="", **kw):
    put(f"{where}{mid}-H", head(mid, **kw))
    put(f"{where}{mid}-D", f"{mid}-D\n{BODY}".encode())


def furnish():
    shutil.rmtree("/var/spool/exim", ignore_errors=True)
    for path in (QUEUE, QUEUE + "/U"):
        os.makedirs(path)
    for path in ("/var/spool/exim", QUEUE, QUEUE + "/U"):
        os.chown(path, UIDS["mailnull"], MAIL)
        os.chmod(path, 0o750)
    message()


@pytest.fixture
def queue(box):
    furnish()
    yield
    shutil.rmtree("/var/spool/exim", ignore_errors=True)


def value(data=None, to=TO):
    return f"frozen {hashlib.sha256(head() if data is None else data).hexdigest()} {to}"


def listed():
    with Helper("relaydoctor-scan") as h:
        return h.read("frozen").decode().splitlines()


def remove(mid=ID, expect=None, caller=0):
    with Helper(caller) as h:
        return h.ask("remove_frozen", mid, value() if expect is None else expect, "removed")


def files():
    found = {}
    for where, _, names in os.walk(QUEUE):
        for name in names:
            path = os.path.join(where, name)
            st = os.lstat(path)
            data = open(path, "rb").read() if stat.S_ISREG(st.st_mode) else None
            found[path] = (data, stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid)
    return found


def test_a_frozen_bounce_is_listed_with_its_reason_and_without_the_message_that_comes_back(queue):
    lines = listed()
    assert lines[:3] == [f"+{ID}", f"={value().split()[1]} 1764300000 {TO}", "~loop@shop.example"]
    assert '>    Too many "Received" headers - suspected mail loop' in lines
    assert not [line for line in lines if "secret" in line or "This is a copy" in line]


def test_it_goes_alone_and_comes_back_byte_for_byte(queue):
    message("1xVkoV-00003j-0q")
    before = files()
    r = remove()
    assert (r.code, r.before, r.after) == ("done", value(), "removed")
    assert files() == {k: v for k, v in before.items() if ID not in k}
    assert os.stat(f"{KEPT}/{ID}").st_mode & 0o777 == 0o600
    with Helper() as h:
        back = h.ask("undo", r.change)
    assert (back.code, back.after) == ("done", value())
    assert {k.replace("/U/", "/"): v for k, v in files().items()} == before


@pytest.mark.parametrize("mid, where", [(ID, "U/"), (LONG, "U/"), (LONG, "")])
def test_it_is_found_in_a_split_queue_and_by_a_long_id(queue, mid, where):
    shutil.rmtree(QUEUE + "/U") if not where else None
    for name in os.listdir(QUEUE):
        if name.endswith(("-H", "-D")):
            os.unlink(f"{QUEUE}/{name}")
    message(mid, where)
    before = files()
    assert f"+{mid}" in listed()
    r = remove(mid, value(head(mid)))
    assert r.code == "done" and not files()
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert files() == before


@pytest.mark.parametrize("kw", [
    {"frozen": ""}, {"sender": "a@b.example"}, {"to": ("a@b.example", "c@d.example")},
    {"tree": "NN a@b.example\n"}, {"to": ("a b@c.example",)}, {"to": ("nobody",)},
    # What an ACL kept may look like anything.
    {"frozen": "", "options": "-aclm 0 20\n-frozen 1764300100\n\n"},
    {"frozen": "", "options": "--aclm name 20\n-frozen 1764300100\n\n"},
    {"frozen": "", "options": "-aclc 1 999999\nx\n"},
    {"frozen": "-frozenish 1\n"},
], ids=range(10))
def test_what_is_no_frozen_bounce_to_one_recipient_is_neither_listed_nor_removed(queue, kw):
    message(**kw)
    before = files()
    assert not listed()
    r = remove(expect=value(head(**kw)))
    assert (r.code, r.change) == ("denied", "") and files() == before and not os.path.exists(KEPT)


def test_an_acl_variable_before_the_mark_hides_nothing(queue):
    message(options="-aclm 0 22\nXX\n1\nother@b.example\n\n\n")
    assert f"+{ID}" in listed() and f" {TO}" in listed()[1]


def test_what_changed_since_it_was_seen_stays(queue):
    message(options="-N\n")
    before = files()
    assert remove().code == "stale" and files() == before


def test_a_message_that_went_by_itself_is_not_removed(queue):
    os.unlink(f"{QUEUE}/{ID}-H")
    r = remove()
    assert r.code == "stale" and "is removed" in r.text


@pytest.mark.parametrize("name, expect, to", [
    ("", None, "removed"), ("x", None, "removed"), ("../../etc/passwd", None, "removed"),
    (ID + "x", None, "removed"), (ID[:-1] + "/", None, "removed"), ("all", None, "removed"),
    (ID, "removed", "removed"), (ID, "frozen", "removed"), (ID, "frozen x", "removed"),
    (ID, f"frozen {'0' * 64} a b@c", "removed"), (ID, None, "frozen"), (ID, None, ""),
])
def test_nothing_but_one_message_in_its_form_is_asked_for(queue, name, expect, to):
    before = files()
    with Helper() as h:
        r = h.ask("remove_frozen", name, value() if expect is None else expect, to)
    assert r.code == "input" and files() == before


@pytest.mark.parametrize("caller", ["relaydoctor-scan", "relaydoctor-user", "relaydoctor-admin"])
def test_who_may_not_change_may_not_remove(queue, caller):
    before = files()
    assert remove(caller=caller).code == "denied" and files() == before


def hostile_link(path):
    os.symlink("/etc/shadow", path)


def hostile_hard(path):
    os.link(f"{QUEUE}/second", path)


@pytest.mark.parametrize("make", [
    hostile_link, hostile_hard, os.mkfifo, os.mkdir, lambda p: os.truncate(open(p, "w").name, 1 << 40),
], ids=["link", "second name", "fifo", "directory", "huge"])
def test_what_is_no_plain_file_is_neither_waited_for_nor_followed(queue, make):
    put("second", head())
    os.unlink(f"{QUEUE}/{ID}-H")
    make(f"{QUEUE}/{ID}-H")
    assert not listed()
    assert remove().code == "denied" and os.path.lexists(f"{QUEUE}/{ID}-H")


@pytest.mark.parametrize("owner", ["root", "alice"])
def test_a_queue_of_somebody_elses_is_left_alone(queue, owner):
    os.chown(QUEUE, UIDS[owner], 0)
    with Helper("relaydoctor-scan") as h:
        assert h.ask("frozen").code == "denied"
    assert remove().code == "denied" and files()


def test_without_a_queue_there_is_nothing_to_tell(box):
    shutil.rmtree("/var/spool/exim", ignore_errors=True)
    with Helper("relaydoctor-scan") as h:
        assert h.ask("frozen").code == "not_found"


def test_a_message_too_large_to_be_kept_stays(queue):
    put(f"{ID}-D", b"x" * ((8 << 20) + 1))
    before = files()
    r = remove()
    assert r.code == "unavailable" and files() == before
    with Helper() as h:
        assert h.journal()[0]["state"] == "FAILED"


def test_a_copy_that_is_gone_or_changed_is_not_put_back(queue):
    r = remove()
    with open(f"{KEPT}/{ID}", "r+b") as f:
        f.seek(60)
        f.write(b"#")
    with Helper() as h:
        assert h.ask("undo", r.change).code == "stale" and not files()
        os.unlink(f"{KEPT}/{ID}")
        r = h.ask("undo", r.change)
    assert r.code == "not_found" and "not kept any more" in r.text and not files()


def test_what_a_killed_undo_left_is_no_obstacle(queue):
    before = files()
    r = remove()
    put(f"{ID}-D", b"half of it")
    put(f"relaydoctor.{ID}-D", b"half of it")
    os.rmdir(QUEUE + "/U")
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert files() == before


def test_a_message_of_that_id_that_came_meanwhile_is_not_overwritten(queue):
    r = remove()
    message(sender="a@b.example")
    before = files()
    with Helper() as h:
        assert h.ask("undo", r.change).code == "denied"
    assert files() == before


def test_many_are_listed_the_oldest_first_and_the_rest_is_told(queue):
    for n in range(210):
        message(f"1xVk{n // 62:02}-0000{n % 62:02}-0q"[:16])
    lines = listed()
    ids = [line[1:] for line in lines if line.startswith("+")]
    assert len(ids) == 200 and ids == sorted(ids) and lines[-1] == "!more"


def test_as_many_with_as_much_text_as_a_stranger_can_write_are_listed_all_the_same(queue):
    for n in range(200):
        mid = f"1xVk{n // 62:02}-0000{n % 62:02}-0q"
        put(f"{mid}-H", head(mid, to=("a" * 64 + "@" + "b" * 80,)))
        put(f"{mid}-D", f"{mid}-D\n".encode() + b"\n" * 5000)
    assert len([line for line in listed() if line.startswith("+")]) == 200
