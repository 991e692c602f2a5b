"""What an account may ask of the helper through the users' front: nothing without the
feature, and with it its own forwarders and a scan that answers for it alone."""
import os
import shutil
import socket

import pytest

from callers import D, audit, front, routed, user
from helper_box import RUN, Helper, write

NOBODYS, BOBS = "nobody.example", "bob.example"


@pytest.fixture
def files(box):
    """alice's and bob's forwarders; gives all that is in them."""
    box.reset()
    for directory in ("/etc/valiases", "/etc/vdomainaliases"):
        os.makedirs(directory, exist_ok=True)
    for domain in (D, BOBS):
        write(f"/etc/valiases/{domain}", f"sales@{domain}: x@far.example\n*: all@{domain}\n")
        write(f"/etc/vdomainaliases/{domain}", f"{domain}: new.example\n")
    yield lambda: {path: open(path).read() for domain in (D, BOBS) for path in
                   (f"/etc/valiases/{domain}", f"/etc/vdomainaliases/{domain}")
                   if os.path.exists(path)}
    for directory in ("/etc/valiases", "/etc/vdomainaliases"):
        shutil.rmtree(directory)


def changes(domain):
    return [("set_forwarder", f"sales@{domain}", "x@far.example", "none"),
            ("set_default_address", domain, f"all@{domain}", ":fail:"),
            ("set_domain_forward", domain, "new.example", "none"),
            ("set_routing", domain, "local", "remote")]


@pytest.fixture
def scan():
    """The scan service's socket."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(RUN + "/scan.sock")
        s.listen(4)
        s.settimeout(5)
        yield s
    os.unlink(RUN + "/scan.sock")


# ---- without the feature -----------------------------------------------------

def test_without_the_feature_nothing_is_read_and_nothing_changed(box, files, scan):
    with front() as h:
        change = routed(h).change
    box.set(features=["bob"])
    before, calls = files(), len(box.calls())
    h, r = user("alice")
    with h:
        assert r.code == "denied"
        for verb in ("my_facts", "my_scan", "journal"):
            assert h.ask(verb).code == "denied", verb
        for asked in [*changes(D), ("undo", change), ("keep", change)]:
            assert h.ask(*asked).code == "denied", asked
    assert files() == before and box.mxcheck(D) == "remote"
    assert all("has_feature" in call for call in box.calls()[calls:])
    scan.setblocking(False)
    with pytest.raises(BlockingIOError):
        scan.accept()


# ---- a scan that answers for the account ---------------------------------------

def test_the_scan_is_told_by_root_whose_objects_it_may_speak_of(box, scan):
    h, _ = user("alice")
    with h:
        r = h.ask("my_scan")
        assert r.code == "done" and r.fd >= 0
        with scan.accept()[0] as service, socket.socket(fileno=r.fd) as asked:
            asked.sendall(b'{"op":"mine","account":"bob"}\n')
            said = service.recv(4096)
    assert said.startswith(b'{"op":"mine","account":"alice"}\n')


@pytest.mark.parametrize("asked", [("bob",), ("", "bob"), ("", "", "bob"), ("alice",)])
def test_whose_it_is_cannot_be_asked_for(box, scan, asked):
    h, _ = user("alice")
    with h:
        r = h.ask("my_scan", *asked)
    assert (r.code, r.fd) == ("input", -1)


@pytest.mark.parametrize("who", ["root", "relaydoctor-admin", "relaydoctor-user",
                                 "relaydoctor-scan"])
def test_without_an_account_there_is_no_such_scan(box, scan, who):
    with Helper(who) as h:
        r = h.ask("my_scan")
    assert (r.code, r.fd) == ("denied", -1)


@pytest.mark.parametrize("door, login", [("admin.cgi", "root"), ("reseller.cgi", "rita")])
def test_a_ticket_opens_no_accounts_scan(box, scan, door, login):
    with front(door, login) as h:
        assert h.ask("my_scan").code == "denied"


def test_a_scan_service_that_is_not_there_is_said(box):
    h, _ = user("alice")
    with h:
        r = h.ask("my_scan")
    assert (r.code, r.fd) == ("unavailable", -1) and "does not answer" in r.text


# ---- forwarders under the account's own name --------------------------------------

@pytest.mark.parametrize("asked", changes(D), ids=lambda a: a[0])
def test_an_account_changes_what_is_its_own_and_puts_it_back(box, files, asked):
    before = files()
    h, _ = user("alice")
    with h:
        r = h.ask(*asked)
        assert r.code == "done", r.text
        assert files() != before or box.mxcheck(D) == "remote"
        assert h.ask("keep", r.change).code == "done"
        x = h.journal()[0]
        assert (x["by"], x["door"], x["account"]) == ("alice", "user", "alice")
        assert h.ask("undo", r.change).code == "done"
    assert files() == before and box.mxcheck(D) == "local"
    assert all("--user=alice" in call for call in box.calls())
    assert {line["by"] for line in audit()} == {"alice"}


@pytest.mark.parametrize("foreign, nobodys", zip(changes(BOBS), changes(NOBODYS)),
                         ids=lambda a: a[0])
def test_what_is_foreign_is_refused_like_what_nobody_has(box, files, foreign, nobodys):
    before = files()
    h, _ = user("alice")
    calls = box.calls()
    with h:
        told, unknown = h.ask(*foreign), h.ask(*nobodys)
        assert told.code == "denied"
        assert told == unknown
        assert not h.journal()
    assert files() == before and box.mxcheck(BOBS) == "local"
    assert box.calls() == calls


@pytest.mark.parametrize("name", [f"sales@{BOBS}", f"sales@sub.{D}", f"sales@{D}.", f"@{D}",
                                  f"*@{D}", f"../{BOBS}", f"sales@{D}@{BOBS}", f"sales@{D}\n"])
def test_a_strange_address_is_nobodys(box, files, name):
    before = files()
    h, _ = user("alice")
    with h:
        assert h.ask("set_forwarder", name, "x@far.example", "none").code != "done"
        assert not h.journal()
    assert files() == before


def test_another_accounts_change_is_not_an_accounts_to_undo_or_keep(box, files):
    h, _ = user("bob")
    with h:
        change = h.ask(*changes(BOBS)[0]).change
    before = files()
    h, _ = user("alice")
    with h:
        for verb in ("undo", "keep"):
            told = h.ask(verb, change)
            assert told.code == "denied" and told == h.ask(verb, "20200101-000000-000000")
    assert files() == before


def test_what_accounts_may_not_change_they_neither_see_nor_undo(box):
    write("/etc/manualmx", f"{D}: old.example\n")
    with front() as h:
        change = h.ask("set_manual_mx", D, "old.example", "none").change
    h, _ = user("alice")
    with h:
        assert not h.journal()
        for verb in ("undo", "keep"):
            told = h.ask(verb, change)
            assert told.code == "denied" and told == h.ask(verb, "20200101-000000-000000")
    with front("reseller.cgi", "rita") as h:
        assert h.ask("undo", change).after == "old.example"
    os.unlink("/etc/manualmx")
