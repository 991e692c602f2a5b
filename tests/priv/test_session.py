"""The verb exim_bh: what it refuses to put before Exim, and how it goes about the rest."""
import os
import time

import pytest

from helper_box import RUN, Helper

HOW = "192.0.2.1 192.0.2.2 25 - -"
ENVELOPE = "a@b.example c@d.example"


@pytest.mark.parametrize("name", [
    "", "192.0.2.1", HOW + " x", HOW + " ", " " + HOW, "192.0.2.1  192.0.2.2 25 - -",
    "mx.example 192.0.2.2 25 - -", "192.0.2.1 localhost 25 - -", "192.0.2.0/24 192.0.2.2 25 - -",
    "192.0.2.1 192.0.2.2 0 - -", "192.0.2.1 192.0.2.2 65536 - -", "192.0.2.1 192.0.2.2 25;id - -",
    "192.0.2.1 192.0.2.2 25 - a@b.example", "192.0.2.1 192.0.2.2 25 plain -",
    "192.0.2.1 192.0.2.2 25 plain -oMai", "192.0.2.1 192.0.2.2 25 -oMas a@b.example",
    "192.0.2.1 192.0.2.2 25 pl${run a@b.example", "192.0.2.1 192.0.2.2 25 plain ${run{id}}",
    "192.0.2.1 192.0.2.2 25 plain a@b.example\nQUIT", "-be 192.0.2.2 25 - -",
    "fe80::1%eth0 fe80::2 25 - -", "x" * 255])
def test_what_is_no_session_is_refused(box, name):
    with Helper("relaydoctor-scan") as h:
        assert h.ask("exim_bh", name, "", ENVELOPE).code == "input"
    assert not os.path.exists(RUN + "/exim_bh.last")


@pytest.mark.parametrize("value", [
    "", "a@b.example", "a@b.example ", "<> ", "<>", " c@d.example", "<x> c@d.example",
    "a@b.example c@d.example\nDATA", "a@b.example c@d.example> SIZE=1", "a@b.example <>",
    "${run{id}}@b.example c@d.example", "a@b.example ${run{id}}@d.example",
    "a@b.example  c@d.example", "a@b.example c@d.example\r", "a@b.example |x"])
def test_what_is_no_envelope_is_refused(box, value):
    with Helper("relaydoctor-scan") as h:
        assert h.ask("exim_bh", HOW, "", value).code == "input"
    assert not os.path.exists(RUN + "/exim_bh.last")


def test_exim_hears_one_session_without_a_message(box):
    with Helper("relaydoctor-scan") as h:
        assert h.read("exim_bh", HOW, "<> c@d.example e@f.example").decode() == (
            "exim -bh 192.0.2.1.40000 -oMi 192.0.2.2.25\nenv: 0\n"
            "EHLO [192.0.2.1]\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\n"
            "RCPT TO:<e@f.example>\r\nQUIT\r\ntrace\n")
        said = h.read("exim_bh", "2001:db8::1 2001:db8::2 587 dovecot_plain u@b.example", ENVELOPE)
        assert said.decode().startswith(
            "exim -bh 2001:db8::1.40000 -oMi 2001:db8::2.587 -oMaa dovecot_plain "
            "-oMai u@b.example\nenv: 0\nEHLO [IPv6:2001:db8::1]\r\nMAIL FROM:<a@b.example>\r\n")


def test_sessions_follow_one_another_with_a_pause(box):
    with Helper("relaydoctor-scan") as h:
        start = time.monotonic()
        for _ in range(4):
            h.read("exim_bh", HOW, ENVELOPE)
        assert time.monotonic() - start >= 0.6


def test_the_pages_may_not_ask(box):
    for caller in ("relaydoctor-admin", "relaydoctor-user"):
        with Helper(caller) as h:
            assert h.ask("exim_bh", HOW, "", ENVELOPE).code == "denied"


def test_a_link_in_the_place_of_its_clock_is_not_followed(box):
    os.symlink("/etc/passwd", RUN + "/exim_bh.last")
    with Helper("relaydoctor-scan") as h:
        assert h.ask("exim_bh", HOW, "", ENVELOPE).code == "unavailable"
