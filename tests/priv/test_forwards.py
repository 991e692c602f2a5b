"""Forwarders, default addresses and domain forwarders through the root helper: only what
could be put back is changed; and the directories that it packs for a scan."""
import os
import shutil

import pytest

from callers import D, front, user
from helper_box import UIDS, Helper, write

A = "/etc/valiases/" + D
F = "/etc/vdomainaliases/" + D
TEXT = f"sales@{D}: x@far.example,y@far.example\nmore@{D}: bob\n*: all@{D}\n"


@pytest.fixture
def files(box):
    box.reset()
    for path in (A, F):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    write(A, TEXT)
    write(F, f"{D}: new.example\n")
    os.chown(A, UIDS["alice"], 0)
    yield lambda path=A: open(path).read() if os.path.exists(path) else ""
    for path in (A, F):
        shutil.rmtree(os.path.dirname(path))


def hold(h, value="y@far.example", expect="x@far.example,y@far.example", name="sales@" + D):
    return h.ask("set_forwarder", name, expect, value)


@pytest.mark.parametrize("value", ["x@far.example", "none", "x@far.example,y@far.example,z@far.example"])
def test_a_forwarder_is_changed_by_its_targets_and_comes_back(box, files, value):
    with Helper() as h:
        r = hold(h, value)
        assert (r.code, r.before, r.after) == ("done", "x@far.example,y@far.example", value), r.text
        assert f"more@{D}: bob\n*: all@{D}\n" in files()
        assert h.ask("undo", r.change).code == "done"
    assert sorted(files().splitlines()) == sorted(TEXT.splitlines())


def test_so_many_targets_that_others_would_wait_long_are_not_changed_at_once(box, files):
    many = ",".join(f"{c}@far.example" for c in "abcdefgh")
    with Helper() as h:
        r = hold(h, many)
        assert (r.code, r.after) == ("limit", "x@far.example,y@far.example")
        write(A, f"sales@{D}: {many}\n")
        assert hold(h, "none", many).code == "limit"
        assert hold(h, "a@far.example,b@far.example,c@far.example,d@far.example", many).code == "done"
        assert [x["state"] for x in h.journal()] == ["DONE", "FAILED", "FAILED"]


@pytest.mark.parametrize("line, code", [
    ("x@far.example", "stale"), ("", "stale"), ("\"|/bin/x\",x@far.example", "denied"),
    ("x@far.example bob", "denied"), ("X@far.example,y@far.example", "denied"),
    ("x@far.example,\n y@far.example", "denied"), (":blackhole:", "denied"),
    (",".join(f"address{i}@far.example" for i in range(40)), "denied")])
def test_what_is_another_line_or_an_odd_one_stays(box, files, line, code):
    write(A, f"sales@{D}: {line}\n")
    with Helper() as h:
        r = hold(h)
        assert r.code == code, r.text
        assert not h.journal()
    assert files() == f"sales@{D}: {line}\n"


def test_blanks_and_order_do_not_count(box, files):
    write(A, f"Sales@{D.upper()} : y@far.example ,  x@far.example\n")
    with Helper() as h:
        assert hold(h, "none").before == "x@far.example,y@far.example"


def test_the_default_address_refuses_and_comes_back(box, files):
    with Helper() as h:
        r = h.ask("set_default_address", D, "all@" + D, ":fail:")
        assert (r.code, r.before, r.after) == ("done", "all@" + D, ":fail:")
        assert '*: ":fail: No Such User Here"\n' in files()
        assert h.ask("undo", r.change).after == "all@" + D
    assert files() == TEXT


@pytest.mark.parametrize("line", ["bob", "\"|/bin/x\"", "a@far.example,b@far.example", ":blackhole:"])
def test_a_default_address_that_could_not_be_put_back_stays(box, files, line):
    write(A, f"*: {line}\n")
    with Helper() as h:
        assert h.ask("set_default_address", D, "all@" + D, ":fail:").code == "denied"


def test_a_domain_forwarder_goes_and_comes_back(box, files):
    with Helper() as h:
        r = h.ask("set_domain_forward", D, "new.example", "none")
        assert (r.code, r.before, r.after) == ("done", "new.example", "none")
        assert not os.path.exists(F)
        assert h.ask("undo", r.change).after == "new.example"
    assert files(F) == f"{D}: new.example\n"


def test_a_panel_that_does_nothing_is_found_out(box, files):
    box.set(ignore=True)
    with Helper() as h:
        assert hold(h).code == "unavailable"
        assert h.ask("set_domain_forward", D, "new.example", "none").code == "unavailable"
        assert {x["state"] for x in h.journal()} == {"FAILED"}


LONG = "a" * 60


@pytest.mark.parametrize("verb, name, expect, value", [
    ("set_forwarder", "sales@" + D, "x@far.example,y@far.example",
     ",".join(f"{LONG}{i}@far.example" for i in range(4))),
    ("set_forwarder", "sales@" + D, "x@far.example,y@far.example", "y@far.example,x@far.example"),
    ("set_default_address", D, "all@" + D, f"{LONG}@" + ".".join([LONG] * 4))])
def test_what_could_not_be_read_back_as_it_was_asked_for_is_not_asked_of_cpanel(
        box, files, verb, name, expect, value):
    before = files()
    with Helper() as h:
        assert h.ask(verb, name, expect, value).code == "input"
        assert not h.journal()
    assert files() == before and not [c for c in box.calls() if "Email" in c]


@pytest.mark.parametrize("name, value", [
    (D, "none"), ("sales@", "none"), ("sales@" + D, ""), ("sales@" + D, "bob"),
    ("sales@" + D, "a@b.example,"), ("sales@" + D, ",a@b.example"), ("sales@" + D, "a@b.example b@c.example"),
    ("sales@" + D, "|/bin/x"), ("Sales@" + D, "none"), ("a b@" + D, "none"), ("../x@" + D, "none"),
    ("sales@" + D, "${run{/bin/x}}@b.example")])
def test_only_addresses_are_values(box, files, name, value):
    with Helper() as h:
        assert hold(h, value, name=name).code == "input"
        assert not h.journal()


def test_whose_the_domain_is_decides(box, files):
    with front("reseller.cgi", "rita") as h:
        assert hold(h).code == "done"
    with front("reseller.cgi", "root") as h:
        assert hold(h, expect="y@far.example", value="none").code == "denied"
    h, _ = user("bob")
    with h:
        assert hold(h, expect="y@far.example", value="none").code == "denied"
    h, _ = user("alice")
    with h:
        assert hold(h, expect="y@far.example", value="none").code == "done"
    with Helper("relaydoctor-scan") as h:
        assert hold(h).code == "denied"


def test_a_file_of_somebody_else_or_a_link_is_not_believed(box, files):
    os.chown(A, UIDS["bob"], 0)
    with Helper() as h:
        assert hold(h).code == "denied"
    os.unlink(A)
    os.symlink("/etc/passwd", A)
    with Helper() as h:
        assert hold(h).code == "unavailable"


def test_a_scan_gets_the_directories_and_nothing_that_is_led_to(box, files):
    write("/etc/valiases/.hidden.example", "a\n")
    os.symlink("/etc/shadow", "/etc/valiases/link.example")
    os.mkfifo("/etc/valiases/fifo.example")
    with Helper("relaydoctor-scan") as h:
        told = h.read("open_file", "valiases").decode()
        assert h.read("open_file", "vdomainaliases").decode() == f"+{D}\n={D}: new.example\n"
    assert told == f"+{D}\n" + "".join(f"={line}\n" for line in TEXT.splitlines()) + (
        "-fifo.example it is no regular file\n"
        "-link.example it is a symbolic link, which is not followed\n")


def test_a_server_without_filters_has_none(box, files):
    with Helper("relaydoctor-scan") as h:
        assert h.ask("open_file", "vfilters").code == "not_found"


@pytest.mark.parametrize("mode, path, word", [
    (0o755, "/var/cpanel/programs/x", b"there"), (0o644, "/var/cpanel/programs/x", b"denied"),
    (0o755, "/var/cpanel/programs/y", b"missing"), (0o755, "/var/cpanel/programs", b"odd"),
    (0o755, "/var/cpanel/closed/x", b"denied"), (0o755, "/var/cpanel/programs/fifo", b"odd")])
def test_an_account_looks_for_its_program_itself(box, mode, path, word):
    box.reset()
    for name in ("programs", "closed"):
        os.makedirs("/var/cpanel/" + name)
        write(f"/var/cpanel/{name}/x", "#!/bin/sh\n", mode)
    os.chmod("/var/cpanel/closed", 0o700)
    os.mkfifo("/var/cpanel/programs/fifo")
    with Helper("relaydoctor-scan") as h:
        assert h.read("program", "alice", path) == word


@pytest.mark.parametrize("account, path, code", [
    ("alice", "x", "input"), ("alice", "/a/../etc/shadow", "input"), ("alice", "/a b", "input"),
    ("alice", "", "input"), ("alice", "/a//b", "input"), ("root", "/bin/sh", "not_found"),
    ("nobody", "/bin/sh", "not_found"), ("../alice", "/bin/sh", "input")])
def test_a_program_is_looked_for_by_a_plain_path_and_an_account_alone(box, account, path, code):
    box.reset()
    with Helper("relaydoctor-scan") as h:
        assert h.ask("program", account, "", path).code == code
