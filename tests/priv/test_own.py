"""Relay Doctor's own settings: the one line that the helper changes, and all it leaves alone."""
import os
import stat

import pytest

from helper_box import UIDS, Helper, write

FILE = "/etc/relaydoctor/relaydoctor.conf"
GATEWAY = "gateway:filter.example.net"
TEXT = ("\ufeff# ours\nscan_every=12h\n  gateway =\tfilter.example.net   Our filter \r\n"
        "gateway = other.example.org\n#gateway = old.example.org\naddress = 198.51.100.7")


def read():
    with open(FILE, encoding="utf-8", newline="") as f:
        return f.read()


def ask(name=GATEWAY, expect="Our filter", value="absent", caller=0):
    with Helper(caller) as h:
        return h.ask("set_own", name, expect, value)


@pytest.fixture(autouse=True)
def settings(box):
    os.makedirs("/etc/relaydoctor", exist_ok=True)
    with open(FILE, "w", encoding="utf-8", newline="") as f:
        f.write(TEXT)
    os.chmod(FILE, 0o640)
    os.chown(FILE, 0, 12)
    yield
    os.unlink(FILE)


def test_a_line_goes_and_every_other_byte_stays(box):
    r = ask()
    assert (r.code, r.before, r.after) == ("done", "Our filter", "absent")
    assert read() == TEXT.replace("  gateway =\tfilter.example.net   Our filter \r\n", "")
    assert stat.S_IMODE(os.stat(FILE).st_mode) == 0o640 and os.stat(FILE).st_gid == 12
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert read().endswith("address = 198.51.100.7\ngateway = filter.example.net Our filter\n")


def test_a_line_is_replaced_where_it_stands_and_undone_there(box):
    r = ask("scan_every", "12h", "6h")
    assert r.code == "done" and read() == TEXT.replace("scan_every=12h", "scan_every = 6h")
    with Helper() as h:
        assert h.ask("undo", r.change).code == "done"
    assert read() == TEXT.replace("scan_every=12h", "scan_every = 12h")


def test_a_new_line_comes_last_and_a_bare_one_has_no_value(box):
    assert ask("probe_to:192.0.2.9", "absent", "set").code == "done"
    assert ask("mute:c:shop.example", "absent", "until 2026-12-31 by root seen x because ü").code == "done"
    assert read() == TEXT + "\nprobe_to = 192.0.2.9\nmute = c:shop.example until 2026-12-31 by root seen x because ü\n"
    assert ask("gateway:other.example.org", "set", "Another").code == "done"


def test_what_somebody_changed_since_is_left_alone(box):
    r = ask(expect="Their filter")
    assert r.code == "stale" and "Our filter" in r.text and read() == TEXT
    r = ask("scan_every", "12h", "6h")
    write(FILE, read().replace("6h", "1h"))
    with Helper() as h:
        assert h.ask("undo", r.change).code == "stale"
    assert "1h" in read()


def test_a_setting_that_stands_twice_is_no_bodys_to_guess(box):
    write(FILE, TEXT + "\nscan_every = 1h\n")
    r = ask("scan_every", "12h", "6h")
    assert r.code == "denied" and "more than once" in r.text


def test_without_a_file_one_is_made(box):
    os.unlink(FILE)
    assert ask("probe_every", "absent", "24h").code == "done"
    assert read() == "probe_every = 24h\n" and stat.S_IMODE(os.stat(FILE).st_mode) == 0o644


def test_a_link_and_a_strangers_file_are_not_written(box):
    os.rename(FILE, "/etc/relaydoctor/real")
    os.symlink("/etc/relaydoctor/real", FILE)
    assert ask().code != "done"
    os.unlink(FILE)
    os.rename("/etc/relaydoctor/real", FILE)
    os.chown(FILE, UIDS["alice"], UIDS["alice"])
    assert ask().code == "denied" and read() == TEXT


@pytest.mark.parametrize("name", [
    "", "gateway", "gateway:", "scan_every:x", "colour:red", "mute", "gateway:a b", "gateway:a\nb",
    "gateway:a=b", "../passwd:x", "address:\u00fc", "GATEWAY:a.example"])
def test_what_names_no_setting_is_refused(box, name):
    assert ask(name).code == "input" and read() == TEXT


@pytest.mark.parametrize("value", ["", " x", "x ", "a\nscan_every = 1s", "a\rb", "a\x1b[31m", "a\u202eb",
                                   "x" * 256])
def test_what_is_no_line_is_refused(box, value):
    assert ask(value=value).code == "input" and read() == TEXT


def test_nobody_but_root_and_the_administrator_may(box):
    assert ask(caller=UIDS["alice"]).code in ("denied", "unavailable") and read() == TEXT
