"""One address out of a file that csf.deny includes, through the root helper: its line goes, csf -r
follows under the guard's deadline, and undo leaves every byte as it was. Files that csf.deny
does not include, that lie elsewhere or are not root's alone are left alone."""
import os
import shutil

import pytest

from callers import audit, front
from helper_box import Helper, write
from test_csf import CONF, TEXT, csf, entry, fire, read  # noqa: F401

DENY, MORE, DEEP = "/etc/csf/csf.deny", "/etc/csf/more.deny", "/etc/csf/lists/deep.deny"
IP, SIX, THIRD, GONE = "203.0.113.5", "2001:db8::5", "203.0.113.6", "not listed"
LINES = ("# more \n", f"{IP} # of a colleague\n", "  198.51.100.0/24 # a net\t\n", f"{SIX}/128\n",
         f"203.0.113.0/24 # covers it\n203.0.113.55\n{THIRD} # do not delete\n", "192.0.2.9 # end")
BODY = "".join(LINES)
LISTED = f"{MORE}: line 2: {LINES[1][:-1]}"
INCLUDES = f"# csf.deny\nInclude {MORE}\n192.0.2.1\nInclude  {DEEP}\n"


@pytest.fixture
def lists(csf):     # noqa: F811
    os.makedirs(os.path.dirname(DEEP), exist_ok=True)
    write(DENY, INCLUDES, 0o600)
    write(MORE, BODY, 0o640)
    write(DEEP, "192.0.2.7 # deep\n", 0o600)
    yield csf
    shutil.rmtree("/etc/csf", ignore_errors=True)


def free(h, ip=IP, expect=LISTED):
    return h.ask("unblock_included", ip, expect, GONE)


def untouched():
    return (read(MORE), read("/run/csf.calls"), read("/run/rules.4")) == (BODY, "", "old\n")


@pytest.mark.parametrize("ip, path, line, text", [
    (IP, MORE, 2, LINES[1]), (SIX, MORE, 4, LINES[3]), ("192.0.2.7", DEEP, 1, "192.0.2.7 # deep\n")])
def test_the_line_goes_and_undo_leaves_every_byte_as_it_was(lists, ip, path, line, text):
    before, mode, listed = read(path), os.stat(path).st_mode, f"{path}: line {line}: {text[:-1]}"
    with Helper() as h:
        r = free(h, ip, listed)
        assert (r.code, r.before, r.after) == ("done", listed, GONE), r.text
        assert read(path) == before.replace(text, "", 1) and read(DENY) == INCLUDES
        assert h.ask("keep", r.change).code == "done"
        u = h.ask("undo", r.change)
        assert (u.code, u.after) == ("done", listed), u.text
    assert read(path) == before and os.stat(path).st_mode == mode
    assert read("/run/csf.calls") == "-r\n-r\n"
    assert [a["act"] for a in audit()] == ["unblock_included", "keep", "undo"]


def test_what_nobody_keeps_is_taken_back_file_and_rules(lists):
    with Helper() as h:
        assert free(h).code == "done"
        assert entry(h)["deadline"]
    fire()
    assert (read(MORE), read("/run/rules.4")) == (BODY, "old\n")
    with Helper() as h:
        assert entry(h)["state"] == "UNDONE"


def test_a_restart_that_fails_leaves_file_and_rules_as_they_were(lists):
    write("/run/csf.mode", "fails")
    with Helper() as h:
        r = free(h)
        assert r.code == "unavailable" and "something of csf's" in r.text
        assert (entry(h)["state"], entry(h)["after"]) == ("FAILED", LISTED)
    assert read(MORE) == BODY and read("/run/rules.4") == "old\n"


def test_with_a_csf_conf_that_csf_refuses_nothing_is_changed(lists):
    write(CONF, TEXT + "\nBAD = 1\n", 0o600)
    with Helper() as h:
        assert "quotation marks" in free(h).text
    assert untouched()


def a_link():
    os.rename(MORE, "/etc/csf/real.deny")
    os.symlink("/etc/csf/real.deny", MORE)


def a_linked_directory():
    os.rename("/etc/csf/lists", "/etc/csf/others")
    os.symlink("/etc/csf/others", "/etc/csf/lists")


def contents():
    return [read(path) for path in (MORE, DEEP) if os.path.isfile(path)]


@pytest.mark.parametrize("spoil, ip, expect, why", [
    (a_link, IP, LISTED, "symbolic link"),
    (a_linked_directory, "192.0.2.7", f"{DEEP}: line 1: 192.0.2.7 # deep", "symbolic link"),
    (lambda: os.chown(MORE, 62001, 0), IP, LISTED, "uid 62001"),
    (lambda: os.link(MORE, "/etc/csf/second"), IP, LISTED, "single file"),
    (lambda: os.chmod("/etc/csf/lists", 0o777), "192.0.2.7", f"{DEEP}: line 1: 192.0.2.7 # deep",
     "by others than root"),
    (lambda: (os.unlink(MORE), os.mkfifo(MORE)), IP, LISTED, "FIFO"),
    (lambda: write(DENY, "# Include /etc/csf/more.deny\n"), IP, LISTED, "is not listed"),
    (lambda: write(DENY, INCLUDES + "Include /etc/csf/third.deny\n") or
     write("/etc/csf/third.deny", IP + "\n"), IP, LISTED, "in another file as well"),
    (lambda: write(MORE, BODY + f"\n{IP}\n"), IP, LISTED, "more than one line"),
    (lambda: write(DENY, "Include /etc/csf/no.deny\n" * 16 + INCLUDES), IP, LISTED, "is not listed"),
], ids=["link", "linked directory", "owner", "two names", "open directory", "fifo", "not included",
        "two files", "twice", "behind the sixteenth"])
def test_what_is_not_roots_own_single_file_of_csf_deny_stays(lists, spoil, ip, expect, why):
    spoil()
    before = contents()
    with Helper() as h:
        r = free(h, ip, expect)
        assert r.code in ("denied", "unavailable", "stale") and why in r.text, r.text
    assert contents() == before
    assert read("/run/csf.calls") == "" and read("/run/rules.4") == "old\n"


@pytest.mark.parametrize("path", [
    "/etc/csf/../csf/more.deny", "/etc/csf/./more.deny", "/etc/csf//more.deny", "/etc/csf/.more",
    "/etc/more.deny", "/var/lib/more.deny", "/root/more.deny", "more.deny", "/etc/csf/csf.deny",
    "/etc/csf/csf.allow", "/etc/csf/csf.conf", "/etc/csf/a b", "/etc/csf/", "/etc/csf/" + "x" * 60])
def test_a_file_of_another_place_or_of_csfs_own_is_nobodys_to_name(lists, path):
    write(DENY, f"Include {path}\n")
    with Helper() as h:
        assert free(h, expect=f"{path}: line 2: {LINES[1][:-1]}").code == "input"
        assert free(h).code == "stale"
    assert untouched()


@pytest.mark.parametrize("ip, n, why", [("192.0.2.9", 8, "no newline behind it"),
                                        (THIRD, 7, "do not delete")])
def test_a_line_that_could_not_be_put_back_or_is_to_stay_stays(lists, ip, n, why):
    with Helper() as h:
        r = free(h, ip, f"{MORE}: line {n}: {ip}")
        assert r.code == "denied" and why in r.text, r.text
    assert untouched()


@pytest.mark.parametrize("expect", [LISTED + "!", LISTED.replace("line 2", "line 3"),
                                    LISTED.replace(MORE, DEEP)])
def test_what_is_not_as_the_plan_saw_it_is_left_alone(lists, expect):
    with Helper() as h:
        assert free(h, expect=expect).code == "stale"
        assert h.journal() == []
    assert untouched()


def test_undo_leaves_alone_a_file_that_is_not_included_any_more(lists):
    with Helper() as h:
        r = free(h)
        assert h.ask("keep", r.change).code == "done"
        write(DENY, "# nothing\n")
        u = h.ask("undo", r.change)
        assert u.code == "stale" and "does not include" in u.text
    assert read(MORE) == BODY.replace(LINES[1], "")


def test_only_root_and_an_administrator_may_ask(lists):
    with Helper("relaydoctor-scan") as h:
        assert free(h).code == "denied"
    with front("reseller.cgi", "rita") as h:
        assert free(h).code == "denied"
    assert untouched()
    with front("admin.cgi", "root") as h:
        assert free(h).code == "done"
