"""One address out of the list that blocks it, through the root helper: every other byte
of the list stays, undo puts the line back in its place, and what cannot be put back is
refused or said."""
import os
import shutil

import pytest

from callers import audit, front
from helper_box import HERE, Helper, write

DENY, TEMPORARY, SPAMMERS = ("/etc/csf/csf.deny", "/var/lib/csf/csf.tempban",
                             "/etc/spammeripblocks")
IP, SIX, GONE = "203.0.113.5", "2001:db8::5", "not listed"
LINES = ("# csf.deny  \n", "198.51.100.0/24 # a net\t\n", "\n",
         f"{IP} # lfd: (smtpauth) 5 in the last 3600 secs - Tue Nov 24 07:42:33 2026\n",
         "  203.0.113.55 # another  \n", f"{SIX}/128 # six\n", "Include /etc/csf/more.deny\n",
         "tcp|in|d=25|s=203.0.113.6 # its port 25 only\n", "203.0.113.0/24 # covers it\n")
LISTED = f"line 4: {LINES[3][:-1]}"


@pytest.fixture
def lists(box):
    for path in ("/etc/csf", "/var/lib/csf"):
        os.makedirs(path, exist_ok=True)
    shutil.copy(os.path.join(HERE, "../lab/csf_bans.py"), "/usr/sbin/csf")
    os.chmod("/usr/sbin/csf", 0o755)
    whm = "/usr/local/cpanel/bin/whmapi1"
    old = open(whm).read()
    write(whm, open(os.path.join(HERE, "fake_hulk.py")).read(), 0o755)
    write(DENY, "".join(LINES), 0o600)
    write(SPAMMERS, "".join(LINES), 0o640)
    os.chown(SPAMMERS, 0, 12)
    write(TEMPORARY, f"1795500000|203.0.113.9|*|in|3600|lfd - (imapd) login\n"
                     f"1795500001|{IP}|25,465|in|86400|lfd - {IP}\n")
    yield box
    write(whm, old, 0o755)


def text(path):
    with open(path, newline="") as f:
        return f.read()


def without(n, lines=LINES):
    return "".join(lines[:n - 1] + lines[n:])


@pytest.mark.parametrize("verb, path", [("unblock_deny", DENY), ("unblock_spammers", SPAMMERS)])
def test_one_line_goes_and_comes_back_in_its_place(lists, verb, path):
    before, had = text(path), os.stat(path)
    with Helper() as h:
        r = h.ask(verb, IP, LISTED, GONE)
        assert (r.code, r.before, r.after) == ("done", LISTED, GONE), r.text
        assert text(path) == without(4)
        u = h.ask("undo", r.change)
        assert (u.code, u.after) == ("done", LISTED), u.text
    assert text(path) == before
    now = os.stat(path)
    assert (now.st_mode, now.st_uid, now.st_gid) == (had.st_mode, had.st_uid, had.st_gid)
    assert [(a["act"], a["name"]) for a in audit()] == [(verb, IP), ("undo", IP)]


@pytest.mark.parametrize("ip, n", [(SIX, 6), ("203.0.113.6", 8), ("203.0.113.55", 5)])
def test_other_forms_of_one_address_are_the_address(lists, ip, n):
    with Helper() as h:
        r = h.ask("unblock_deny", ip, f"line {n}: {LINES[n - 1][:-1]}", GONE)
        assert r.code == "done", r.text
        assert text(DENY) == without(n)
        assert h.ask("undo", r.change).code == "done"
    assert text(DENY) == "".join(LINES)


@pytest.mark.parametrize("verb", ["unblock_deny", "unblock_spammers"])
def test_what_is_not_as_the_plan_saw_it_is_left_alone(lists, verb):
    before = text(DENY), text(SPAMMERS)
    with Helper() as h:
        for ip, expect in ((IP, "line 5: " + LINES[3][:-1]), (IP, LISTED + "!"),
                           ("203.0.113.77", LISTED)):
            assert h.ask(verb, ip, expect, GONE).code == "stale"
        assert h.journal() == []
    assert (text(DENY), text(SPAMMERS)) == before


@pytest.mark.parametrize("line, why", [
    (f"{IP} # do not delete\n", "do not delete"), (f"{IP}\n{IP} # twice\n", "more than one line"),
    (f"{IP} # {'x' * 300}\n", "too long"), (f"{IP} # \x1b[2J\n", "cannot be shown"),
    (f"{IP} # dos\r\n", "cannot be shown")],
    ids=["kept by csf", "twice", "long", "control bytes", "carriage return"])
def test_a_line_that_could_not_be_put_back_stays(lists, line, why):
    write(DENY, line)
    with Helper() as h:
        r = h.ask("unblock_deny", IP, "line 1: " + IP, GONE)
        assert r.code == "denied" and why in r.text
    assert text(DENY).encode() == line.encode()


def test_undo_is_refused_once_somebody_else_has_listed_it_again(lists):
    with Helper() as h:
        r = h.ask("unblock_spammers", IP, LISTED, GONE)
        with open(SPAMMERS, "a") as f:
            f.write(IP + "\n")
        u = h.ask("undo", r.change)
    assert u.code == "stale" and "line 9" in u.text


def test_a_csf_that_does_nothing_is_no_success(lists):
    write("/usr/sbin/csf", "#!/bin/sh\necho \"csf: is being updated\"\n", 0o755)
    with Helper() as h:
        r = h.ask("unblock_deny", IP, LISTED, GONE)
        assert r.code == "unavailable" and "is being updated" in r.text
        entry, = h.journal()
        assert (entry["state"], entry["after"], entry["account"]) == ("FAILED", LISTED, "")


def test_without_csf_its_lists_stay(lists):
    os.unlink("/usr/sbin/csf")
    with Helper() as h:
        assert "not installed" in h.ask("unblock_deny", IP, LISTED, GONE).text
    assert text(DENY) == "".join(LINES)


def test_a_temporary_ban_goes_and_is_not_undone(lists):
    was = f"line 2: 1795500001|{IP}|25,465|in|86400|lfd - {IP}"
    with Helper() as h:
        r = h.ask("unblock_temporary", IP, was, GONE)
        assert (r.code, r.after) == ("done", GONE), r.text
        assert text(TEMPORARY) == "1795500000|203.0.113.9|*|in|3600|lfd - (imapd) login\n"
        u = h.ask("undo", r.change)
    assert u.code == "denied" and "cannot be undone" in u.text


def hulk(box, **kinds):
    box.set(hulk=kinds)


def test_cphulk_forgets_one_address_and_says_that_it_cannot_be_undone(lists):
    hulk(lists, brutes=[IP, SIX], excessive_brutes=[IP])
    with Helper() as h:
        r = h.ask("unblock_hulk", IP, "listed", GONE)
        assert (r.code, r.after) == ("done", GONE), r.text
        assert h.ask("unblock_hulk", SIX, "listed", GONE).code == "done"
        u = h.ask("undo", r.change)
    assert u.code == "denied" and "forgotten" in u.text


def test_the_blacklist_loses_one_address_and_gets_it_back(lists):
    hulk(lists, black=[IP, SIX], white=[IP])
    with Helper() as h:
        r = h.ask("unblock_black", IP, "listed", GONE)
        assert r.code == "done", r.text
        assert h.ask("unblock_black", IP, "listed", GONE).code == "stale"
        assert h.ask("undo", r.change).after == "listed"


@pytest.mark.parametrize("quirk, code, why", [
    ("off", "stale", "is not listed"), ("refuses", "unavailable", "permission"),
    ("cut", "unavailable", ""), ("ignores", "unavailable", "it is listed")])
def test_a_cphulk_that_does_not_answer_is_no_success(lists, quirk, code, why):
    hulk(lists, brutes=[IP])
    lists.set(hulk_quirk=quirk)
    with Helper() as h:
        r = h.ask("unblock_hulk", IP, "listed", GONE)
    assert r.code == code and why in r.text


@pytest.mark.parametrize("name", ["", "0.0.0.0", "::", "203.0.113.5/32", "203.0.113.0/24",
                                  "fe80::1%eth0", "host.example", "203.0.113.05", "2001:DB8::5",
                                  "-r", "203.0.113.5 ", "1" * 200, "$(id)"])
def test_what_is_no_address_reaches_no_list(lists, name):
    with Helper() as h:
        for verb, expect in (("unblock_deny", LISTED), ("unblock_hulk", "listed")):
            assert h.ask(verb, name, expect, GONE).code == "input"
    assert text(DENY) == "".join(LINES)


@pytest.mark.parametrize("expect, value", [
    ("line 0: x", GONE), ("line 4:x", GONE), ("line 4: ", GONE), ("4: x", GONE),
    ("line 4: x\n", GONE), (LISTED, ""), (LISTED, LISTED), (LISTED, "listed"), ("listed", GONE)])
def test_arguments_of_another_form_are_refused(lists, expect, value):
    with Helper() as h:
        assert h.ask("unblock_deny", IP, expect, value).code == "input"


def test_only_root_and_an_administrator_may_ask(lists):
    with Helper("relaydoctor-scan") as h:
        assert h.ask("unblock_deny", IP, LISTED, GONE).code == "denied"
    with front("reseller.cgi", "rita") as h:
        assert h.ask("unblock_deny", IP, LISTED, GONE).code == "denied"
    with front("admin.cgi", "root") as h:
        r = h.ask("unblock_deny", IP, LISTED, GONE)
        assert r.code == "done", r.text
    with front("reseller.cgi", "rita") as h:
        assert h.ask("undo", r.change).code == "denied"
        assert h.ask("keep", r.change).code == "denied"
        assert h.journal() == []
    with front("admin.cgi", "root") as h:
        assert h.ask("keep", r.change).code == "done"


def test_marks_of_a_limit_are_named_and_not_read(lists):
    where = "/var/cpanel/email_send_limits/"
    os.makedirs(where, exist_ok=True)
    for name in ("max_deferfail_shop.example", "max_defer_bakery.example"):
        write(where + name, "secret\n")
    os.symlink("/etc/shadow", where + "max_deferfail_link.example")
    with Helper("relaydoctor-scan") as h:
        assert h.read("open_file", "defer_marks") == b"+shop.example\n"


def test_the_files_that_a_list_includes_are_told_without_what_is_no_entry(lists):
    write("/etc/csf/more.deny", f"# secret\n{IP} # more\npassword=x\ntcp|in|d=25|s={SIX}\n")
    os.symlink("/etc/csf/more.deny", "/etc/csf/link.deny")
    write(DENY, "Include /etc/csf/more.deny\nInclude /etc/csf/link.deny\nInclude /root/x\n"
                "Include /etc/../root/x\nInclude /etc/csf/gone\n192.0.2.1\n")
    try:
        with Helper("relaydoctor-scan") as h:
            told = h.read("open_file", "csf_deny_included").decode().splitlines()
            assert h.ask("open_file", "csf_allow_included").code == "not_found"
    finally:
        os.unlink("/etc/csf/link.deny")
    assert told == ["Include /etc/csf/more.deny", "", f"{IP} # more", "",
                    f"tcp|in|d=25|s={SIX}", "Include! /etc/csf/link.deny", "Include! elsewhere",
                    "Include! /etc/../root/x", "Include! /etc/csf/gone"]
