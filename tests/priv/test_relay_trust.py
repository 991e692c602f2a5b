"""One address that may relay until a day: what the helper puts in, takes out when its time
is over, and leaves alone."""
import datetime
import glob
import os

import pytest

from helper_box import JOURNAL, Helper, write

LIST = "/etc/trustedmailhosts"
NAME = "trustedmailhosts:203.0.113.9"
TEXT = "# partners\n192.0.2.1: office\n203.0.113.0/24\n"
MARK = " # Relay Doctor: trusted until "


def day(n):
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=n)).isoformat()


def until(n=30):
    return "until " + day(n)


def read():
    with open(LIST, encoding="latin-1", newline="") as f:
        return f.read()


def ask(name=NAME, expect="absent", value=None, caller=0):
    with Helper(caller) as h:
        r = h.ask("trust_address", name, expect, value or until())
        if r.code == "done":
            h.ask("keep", r.change)
        return r


def expire(caller=0):
    with Helper(caller) as h:
        return h.ask("expire_trusted")


@pytest.fixture(autouse=True)
def listed(box):
    write(LIST, TEXT, 0o604)
    os.chown(LIST, 0, 12)
    yield
    os.unlink(LIST)


@pytest.mark.parametrize("address, key", [("203.0.113.9", "203.0.113.9"), ("2001:db8::9", '"2001:db8::9"')])
def test_an_address_is_put_in_at_the_end_and_undone_byte_for_byte(box, address, key):
    r = ask("trustedmailhosts:" + address)
    assert (r.code, r.before, r.after) == ("done", "absent", until())
    assert read() == TEXT + key + MARK + day(30) + "\n"
    assert (os.stat(LIST).st_mode & 0o777, os.stat(LIST).st_gid) == (0o604, 12)
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert read() == TEXT


def test_lines_that_others_change_do_not_hold_an_undo_up(box):
    r = ask()
    write(LIST, "198.51.100.1\n" + read() + "198.51.100.2\n")
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert read() == "198.51.100.1\n" + TEXT + "198.51.100.2\n"


@pytest.mark.parametrize("name", [
    "", "trustedmailhosts:", "trustedmailhosts:203.0.113.0/24", "trustedmailhosts:203.0.113.9/32",
    "relayhosts:203.0.113.9", "recent_authed_mail_ips:203.0.113.9", "skipsmtpcheckhosts:203.0.113.9",
    "trustedmailhosts:127.0.0.1", "trustedmailhosts:::1", "trustedmailhosts:0.0.0.0",
    "trustedmailhosts:::", "trustedmailhosts:224.0.0.1", "trustedmailhosts:255.255.255.255",
    "trustedmailhosts:ff02::1", "trustedmailhosts:::ffff:127.0.0.1", "trustedmailhosts:2001:DB8::9",
    "../etc/trustedmailhosts:203.0.113.9", "trustedmailhosts:203.0.113.9\n"])
def test_what_is_no_address_of_one_host_in_such_a_list_is_refused(box, name):
    assert ask(name).code == "input" and read() == TEXT


@pytest.mark.parametrize("value", ["absent", "listed", "until", "until 2026-13-01", "until 2027-02-29",
                                   "until 2026-1-1", "until 2026-12-01 ", "until tomorrow"])
def test_what_is_no_day_is_refused(box, value):
    assert ask(value=value).code == "input" and read() == TEXT


@pytest.mark.parametrize("days", [-1, 91, 4000])
def test_a_day_that_is_over_or_too_far_off_is_refused(box, days):
    assert ask(value=until(days)).code == "input" and read() == TEXT


@pytest.mark.parametrize("line", ["203.0.113.9", "203.0.113.9/32", "203.0.113.9: printer", "!203.0.113.9",
                                  '"203.0.113.9"', "203.0.113.9 # Relay Doctor: trusted until noon"])
def test_an_address_that_is_listed_by_hand_stays_as_it_is(box, line):
    write(LIST, TEXT + line + "\n")
    assert ask().code == "stale"
    assert ask(expect="listed").code == "stale" and read() == TEXT + line + "\n"


def test_a_list_without_a_last_line_end_and_one_that_is_missing_are_left(box):
    write(LIST, TEXT[:-1])
    assert ask().code == "denied" and read() == TEXT[:-1]
    assert ask("alwaysrelay:203.0.113.9").code == "not_found"
    assert not os.path.exists("/etc/alwaysrelay")


def test_nothing_is_taken_out_before_its_time(box):
    ask(value=until(0))
    assert expire().code == "done" and read() == TEXT + "203.0.113.9" + MARK + day(0) + "\n"


def test_when_its_time_is_over_it_is_taken_out_and_the_history_says_so(box):
    change = ask(value=until(1)).change
    write(LIST, read().replace(day(1), day(-1)) + "198.51.100.7\n", 0o604)
    for path in glob.glob(JOURNAL + "/*"):
        with open(path, encoding="ascii") as f:
            text = f.read()
        write(path, text.replace(day(1), day(-1)), 0o600)
    assert expire("relaydoctor-admin").code == "done"
    assert read() == TEXT + "198.51.100.7\n" and os.stat(LIST).st_mode & 0o777 == 0o604
    with Helper() as h:
        entry = next(x for x in h.journal() if x["id"] == change)
        assert entry["state"] == "UNDONE" and "time was over" in entry["text"]
        assert h.ask("undo", change).code == "stale"
    with open("/var/log/relaydoctor/audit.log", encoding="ascii") as f:
        assert "expire" in f.read().splitlines()[-1]


def test_a_line_outlives_no_lost_journal(box):
    write(LIST, TEXT + '"2001:db8::9"' + MARK + day(-1) + "\n203.0.113.9" + MARK + day(-2) + "\n")
    assert expire().code == "done" and read() == TEXT


@pytest.mark.parametrize("line", ["203.0.113.9  # Relay Doctor: trusted until 2001-01-01",
                                  "203.0.113.9 # trusted until 2001-01-01",
                                  "203.0.113.0/24 # Relay Doctor: trusted until 2001-01-01",
                                  "# 203.0.113.9 # Relay Doctor: trusted until 2001-01-01"])
def test_a_line_that_is_not_ours_is_never_taken_out(box, line):
    write(LIST, TEXT + line + "\n")
    assert expire().code == "done" and read() == TEXT + line + "\n"


def test_only_root_and_administrators_trust_and_only_the_admin_front_ends_it(box):
    for caller in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
        assert ask(caller=caller).code == "denied"
    for caller in ("relaydoctor-user", "relaydoctor-scan"):
        assert expire(caller).code == "denied"
    assert read() == TEXT
