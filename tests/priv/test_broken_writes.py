"""Every verb that changes something, killed before each step, and on a disk that is full or
broken from each write on: what it changes is as it was or as it was asked for, nothing lies
about, and reply and journal say which."""
import datetime
import errno
import glob
import json
import os
import re
import shutil

import pytest

import guarded
import restarted
import test_bulk
import test_filters
import test_forwards
import test_frozen
import test_mx
import test_relay_net
import test_unblock
from callers import D
from helper_box import AUDIT, HERE, REPO, RUN, Helper, run, write
from test_helper import kill_at, states_after_kills  # noqa: F401
from test_unblock import GONE, IP, LISTED

OWN = "/etc/relaydoctor/relaydoctor.conf"
DAY = "until " + (datetime.datetime.now(datetime.timezone.utc).date()
                  + datetime.timedelta(days=30)).isoformat()
TRUSTED = "trustedmailhosts:203.0.113.9"
BAN = f"line 2: 1795500001|{IP}|25,465|in|86400|lfd - {IP}"


def state():
    with open("/var/cpanel/box.json", encoding="utf-8") as f:
        return json.load(f)


def hulk(kind):
    return lambda: IP in state()["hulk"][kind]


def content(path):
    return lambda: test_unblock.text(path) if os.path.exists(path) else None


def without_outer_blanks(path):
    """CSF's own program drops those; what puts them back comes after it."""
    return lambda: [line.strip() for line in test_unblock.text(path).splitlines()]


def filter_is(word):
    """The helper's word for it: with a digest of what the filter does."""
    def value():
        with Helper() as h:
            return word + " " + test_filters.state(h)[0].split(" ")[1]
    return value


# verb: name, expected, value, and what it changes
CASES = {
    "set_routing": (D, "local", "remote", lambda: state()["domains"][D]["mxcheck"]),
    "set_mx": (D, test_mx.OLD, test_mx.NEW, lambda: state()["zones"][D]["lines"][1][3][1]),
    "set_manual_mx": (D, "old.example", "none", content("/etc/manualmx")),
    "set_forwarder": ("sales@" + D, "x@far.example,y@far.example", "y@far.example",
                      content(test_forwards.A)),
    "set_default_address": (D, "all@" + D, ":fail:", content(test_forwards.A)),
    "set_domain_forward": (D, "new.example", "none", content(test_forwards.F)),
    "set_filter": (test_filters.NAME, filter_is("enabled"), filter_is("disabled"),
                   lambda: state()["filters"][0]["enabled"]),
    "set_own": ("scan_every", "12h", "6h", content(OWN)),
    "set_relay_net": (test_relay_net.NAME, "3:" + test_relay_net.LINE, "absent",
                      content(test_relay_net.LIST)),
    "trust_address": (TRUSTED, "absent", DAY, content(test_relay_net.LIST)),
    "unblock_deny": (IP, LISTED, GONE, without_outer_blanks(test_unblock.DENY)),
    "unblock_spammers": (IP, LISTED, GONE, content(test_unblock.SPAMMERS)),
    "unblock_temporary": (IP, BAN, GONE, content(test_unblock.TEMPORARY)),
    "unblock_hulk": (IP, "listed", GONE, hulk("brutes")),
    "unblock_black": (IP, "listed", GONE, hulk("black")),
    "remove_frozen": (test_frozen.ID, test_frozen.value(), "removed",
                      lambda: {k.replace("/U/", "/"): v for k, v in test_frozen.files().items()}),
}
# Guarded ones end with the timer (test_guarded.py); a daemon that is started has no state but
# its own (test_restarted.py). Both modules try whatever their table holds.
ELSEWHERE = {*guarded.CASES, *restarted.CASES}
# Those that write a file themselves; in the others cPanel's or CSF's programs do.
WRITERS = ["set_own", "set_relay_net", "trust_address", "unblock_spammers"]
# Whose programs take long at each step, so that they are for `make kills`.
SLOW = {"set_manual_mx", "set_default_address", "set_domain_forward", "unblock_hulk",
        "unblock_black", "set_filter"}
KILLED = [verb for verb in CASES if verb not in ("set_routing", "set_mx")     # test_helper, test_mx
          and (verb not in SLOW or os.environ.get("RD_EVERY_VERB"))]


def furnish(box):
    test_mx.prepare(box)
    write("/etc/manualmx", f"bob.example: x.example\n{D}: old.example\n")
    for path, text in ((test_forwards.A, test_forwards.TEXT),
                       (test_forwards.F, D + ": new.example\n"),
                       (OWN, "# ours\nscan_every = 12h\n"),
                       (test_relay_net.LIST, test_relay_net.TEXT),
                       (test_unblock.DENY, "".join(test_unblock.LINES)),
                       (test_unblock.SPAMMERS, "".join(test_unblock.LINES)),
                       (test_unblock.TEMPORARY, "1795500000|203.0.113.9|*|in|3600|lfd\n"
                        + BAN.split(": ", 1)[1] + "\n")):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(path, text)
    test_frozen.furnish()
    box.set(filters=[test_filters.row()])
    test_unblock.hulk(box, brutes=[IP], black=[IP])


@pytest.fixture
def server(box):
    whm = "/usr/local/cpanel/bin/whmapi1"
    old = open(whm).read()
    write(whm, open(HERE + "/fake_hulk.py").read(), 0o755)
    shutil.copy(HERE + "/../lab/csf_bans.py", "/usr/sbin/csf")
    os.chmod("/usr/sbin/csf", 0o755)
    yield box
    write(whm, old, 0o755)
    for path in ("/etc/csf", "/var/lib/csf", "/etc/relaydoctor", os.path.dirname(test_forwards.A),
                 os.path.dirname(test_forwards.F)):
        shutil.rmtree(path, ignore_errors=True)
    for path in ("/usr/sbin/csf", "/etc/manualmx", test_relay_net.LIST, test_unblock.SPAMMERS):
        os.unlink(path)


@pytest.fixture(scope="module")
def fail_at(tmp_path_factory):
    out = str(tmp_path_factory.mktemp("preload") / "fail_at.so")
    run("cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-O1", "-o", out, HERE + "/fail_at.c", "-ldl")
    return lambda n, code: {"LD_PRELOAD": out, "FAIL_AT": str(n), "FAIL_WITH": str(code),
                            "ASAN_OPTIONS": "verify_asan_link_order=0"}


def asked_for(verb):
    """On a server that is furnished."""
    return [word() if callable(word) else word for word in CASES[verb][:-1]]


def both(box, verb):
    """What the verb changes, as it is before and after it."""
    now = CASES[verb][-1]
    furnish(box)
    request = asked_for(verb)
    before = now()
    with Helper() as h:
        r = h.ask(verb, *request)
        assert r.code == "done", r.text
    assert before != now()
    return request, now, before, now()


def nothing_lies_about():
    for pattern in ("/etc/.*.new", "/etc/*/.*.new", "/var/lib/relaydoctor/*/.*.new"):
        assert not glob.glob(pattern)


def test_each_verb_that_changes_something_is_tried():
    changing = {os.path.basename(path)[:-2] for path in glob.glob(REPO + "/cgi/priv/verbs/*.c")
                if re.search(r"^\t\.sets = ", open(path).read(), re.M)}
    assert changing == set(CASES) | ELSEWHERE


@pytest.mark.parametrize("verb", KILLED)
def test_killed_at_any_step_the_journal_says_what_stands(server, kill_at, verb):    # noqa: F811
    request, now, old, new = both(server, verb)
    seen = set()

    def examine(entries, n):
        found = now()
        assert found in (old, new), n
        seen.add(entries[0]["state"] if entries else None)
        assert len(entries) <= 1
        if entries:
            assert (entries[0]["state"], found) in (("FAILED", old), ("DONE", new)), n
        else:
            assert found == old, n

    assert states_after_kills(kill_at, lambda: furnish(server),
                              lambda h: h.ask(verb, *request), examine) > 8
    assert seen == {None, "FAILED", "DONE"}


def said(r):
    """What is told of a failed write: in the reply, or in the log."""
    log = RUN + "/helper.err"
    return (r.text if r else "") + (test_unblock.text(log) if os.path.exists(log) else "")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("verb", ["set_routing", *WRITERS])
def test_whatever_cannot_be_written_is_said_and_nothing_is_half_done(server, fail_at, verb, code):
    request, now, old, new = both(server, verb)
    for n in range(1, 100):
        furnish(server)
        with Helper(env=fail_at(n, code)) as h:
            r = h.ask(verb, *request)
        found, told = now(), said(r)
        assert found in (old, new), n
        nothing_lies_about()
        with Helper() as after:
            entries = after.journal()
        failed = os.strerror(code) in told
        if r.code == "done" and not failed:
            assert n > 8 and found == new and os.path.getsize(AUDIT)
            return
        assert failed, (n, r)
        assert (r.code, found) != ("done", old), n
        if entries:
            assert (entries[0]["state"], found) in (("FAILED", old), ("DONE", new)), (n, r)
        else:
            assert found == old, n
    raise AssertionError("it never came to an end")


# A job over two: what each step leaves takes a second to make.
EACH = 1 if os.environ.get("RD_EVERY_VERB") else 9


@pytest.mark.parametrize("how", ["full", "broken", "killed"])
def test_of_a_job_that_is_cut_short_each_row_is_counted_as_it_stands(
        box, fail_at, kill_at, how):    # noqa: F811
    codes = {"full": errno.ENOSPC, "broken": errno.EIO}
    for n in range(1, 1000, EACH):
        box.reset()
        names = box.add(2)
        h, r = Helper(env=fail_at(n, codes[how]) if how in codes else kill_at(n)), None
        try:
            r = test_bulk.asked(h, test_bulk.packed(names))
        except OSError:
            pass
        h.sock.close()
        killed = os.WIFSIGNALED(h.wait())
        with Helper() as after:
            entries = after.journal()
        remote = test_bulk.routed_remote(names)
        rows = {x["name"]: x["state"] for x in entries if x["parent"]}
        assert [name for name in names if rows.get(name) in ("KEPT", "DONE")] == remote, (n, rows)
        assert set(rows.values()) <= {"KEPT", "DONE", "FAILED"}, n
        jobs = [x for x in entries if x["total"]]
        assert not rows or jobs
        for x in jobs:
            assert (x["state"], int(x["done"])) == ("KEPT" if remote else "FAILED", len(remote)), n
        if how in codes:
            nothing_lies_about()
        if not killed and (how == "killed" or os.strerror(codes[how]) not in said(r)):
            assert n > 20 and r.code == "done" and remote == names
            return
    raise AssertionError("it never came to an end")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_a_ticket_that_cannot_be_written_is_none(box, fail_at, code):
    for n in range(1, 10):
        box.reset()
        with Helper(env=fail_at(n, code)) as h:
            r = h.ask("ticket", "root", "192.0.2.7", "admin.cgi")
        if r.code == "done":
            assert n == 3
            return
        assert r.code == "unavailable" and os.strerror(code) in r.text and not r.change
        assert not os.listdir(RUN + "/tickets")
    raise AssertionError("it never came to an end")
