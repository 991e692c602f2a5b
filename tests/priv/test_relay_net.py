"""One line of a list of those who may relay: what the helper takes out, puts back, and
leaves alone."""
import os
import stat

import pytest

from helper_box import Helper, write

LIST = "/etc/trustedmailhosts"
NAME = "trustedmailhosts:203.0.113.0/24"
LINE = "203.0.113.0/24: office\t#1"
TEXT = "# partners\n192.0.2.1\n" + LINE + "\n\n\"2001:db8::/32\"\n"


def read():
    with open(LIST, encoding="latin-1") as f:
        return f.read()


def ask(name=NAME, expect="3:" + LINE, value="absent", caller=0):
    with Helper(caller) as h:
        return h.ask("set_relay_net", name, expect, value)


@pytest.fixture(autouse=True)
def listed(box):
    write(LIST, TEXT, 0o604)
    os.chown(LIST, 0, 12)
    yield
    os.unlink(LIST)


def test_a_line_goes_and_comes_back_byte_for_byte(box):
    r = ask()
    assert (r.code, r.before, r.after) == ("done", "3:" + LINE, "absent")
    assert read() == TEXT.replace(LINE + "\n", "")
    assert stat.S_IMODE(os.stat(LIST).st_mode) == 0o604 and os.stat(LIST).st_gid == 12
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert read() == TEXT


def test_a_quoted_key_is_found_by_what_is_quoted(box):
    assert ask("trustedmailhosts:2001:db8::/32", '5:"2001:db8::/32"').code == "done"
    assert read() == TEXT.replace('"2001:db8::/32"\n', "")


@pytest.mark.parametrize("line", ["203.0.113.9", "203.0.113.9: printer", "2001:db8::9", '"2001:db8::9": x'])
def test_a_single_address_goes_and_comes_back_and_its_neighbours_stay(box, line):
    key = line.split('"')[1] if '"' in line else line.split(": ")[0]
    text = f"203.0.113.99\n{line}\n203.0.113.9/30\n2001:db8::9f\n"
    write(LIST, text, 0o604)
    with Helper() as h:
        r = h.ask("set_relay_net", "trustedmailhosts:" + key, "2:" + line, "absent")
        assert r.code == "done" and read() == text.replace(line + "\n", "", 1)
        assert h.ask("undo", r.change).code == "done" and read() == text


@pytest.mark.parametrize("name", [
    "", "trustedmailhosts", "trustedmailhosts:", "backupmxhosts:203.0.113.9",
    "skipsmtpcheckhosts:203.0.113.9", "trustedmailhosts:203.0.113", "trustedmailhosts:cafe",
    "relayhosts:203.0.113.0/24", "passwd:0/0", "../etc/passwd:0/0", "/etc/trustedmailhosts:0/0",
    "trustedmailhosts:0/0 x", "trustedmailhosts:0/0\n", "trustedmailhosts:office/x",
    "trustedmailhosts:" + "1" * 60 + "/1"])
def test_what_names_no_network_of_a_list_is_refused(box, name):
    assert ask(name).code == "input" and read() == TEXT


@pytest.mark.parametrize("value", ["", "0:x", "x", "3:", "3", "-1:x", "3:a\nb", "3:a\x1b", "3:" + "x" * 240,
                                   "gone"])
def test_what_is_no_line_is_refused(box, value):
    assert ask(value=value).code == "input"
    assert ask(expect=value).code == "input" and read() == TEXT


@pytest.mark.parametrize("name", ["trustedmailhosts:0.0.0.0/0", "trustedmailhosts:198.51.100.0/24"])
def test_undo_alone_puts_a_line_into_a_list(box, name):
    for value in ("1:0.0.0.0/0", "1:198.51.100.0/24", "3:" + LINE):
        assert ask(name, "absent", value).code == "input"
        assert ask(value=value).code == "input"
    assert read() == TEXT


def test_another_line_than_expected_stays(box):
    assert ask(expect="2:" + LINE).code == "stale"
    assert ask(expect="3:203.0.113.0/24").code == "stale"
    assert ask("trustedmailhosts:198.51.100.0/24").code == "stale"
    assert read() == TEXT


@pytest.mark.parametrize("text", [TEXT + LINE + "\n", TEXT.replace("office", "\x01"),
                                  "# x\n\n" + LINE, TEXT.replace("\n", "\r\n")])
def test_what_could_not_be_put_back_is_left(box, text):
    write(LIST, text, 0o604)
    assert ask().code == "denied"
    with open(LIST, newline="", encoding="latin-1") as f:
        assert f.read() == text


def test_a_file_that_has_become_shorter_takes_no_line_back(box):
    change = ask().change
    write(LIST, "\n")
    with Helper() as h:
        assert h.ask("undo", change).code == "stale"
    assert read() == "\n"


def test_a_link_and_a_file_of_somebody_else_are_refused(box):
    os.unlink(LIST)
    os.symlink("/etc/passwd", LIST)
    assert ask().code != "done"
    os.unlink(LIST)
    write(LIST, TEXT)
    os.chown(LIST, 62001, 0)
    assert ask().code == "denied" and read() == TEXT


def test_only_root_and_administrators_ask(box):
    for caller in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
        with Helper(caller) as h:
            assert h.ask("set_relay_net", NAME, "3:" + LINE, "absent").code == "denied"
            assert h.ask("reload_exim", "server", "old", "new").code == "denied"
    assert read() == TEXT


@pytest.mark.parametrize("name, expect, value", [
    ("exim", "old", "new"), ("", "old", "new"), ("server", "", "new"), ("server", "old", "reboot"),
    ("server;id", "old", "new")])
def test_exim_alone_is_restarted(box, name, expect, value):
    with Helper() as h:
        assert h.ask("reload_exim", name, expect, value).code == "input"
