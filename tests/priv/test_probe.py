"""What the helper refuses to connect to, and as whom. That it keeps its limits where it
does connect is shown with real networks, in tests/ports."""
import os

import pytest

from helper_box import RUN, Helper, request, write

HOST = "192.0.2.10"


def refused(name=HOST, value="25", expect="", caller="relaydoctor-scan"):
    with Helper(caller) as h:
        return h.ask("probe_out", name, expect, value)


@pytest.mark.parametrize("name", [
    "", "mx.example.com", "localhost", "0.0.0.0/0", "::/0", "fe80::1%eth0", "2001:db8::1%1",
    "127.0.0.1", "::1", "10.0.0.1", "192.0.2.10:25", "192.0.2.10 ", "-4", "192.0.2.10\n25",
    "192.0.2.10,192.0.2.11,192.0.2.12", "x" * 255])
def test_what_is_no_public_address_is_refused(box, name):
    r = refused(name)
    assert r.code == "input" and r.fd == -1
    assert not os.path.exists(RUN + "/probe.last")


@pytest.mark.parametrize("value", ["", "22", "25,22", "0", "65536", "25-587", "25,25", "25;id",
                                   "25 $(id)", "25 --help", "25 root:0", "x" * 511])
def test_what_is_no_mail_port_is_refused(box, value):
    assert refused(value=value).code == "input"
    assert not os.path.exists(RUN + "/probe.last")


def test_an_argument_that_does_not_fit_is_no_request(box):
    with Helper() as h:
        h.send(request("probe_out", HOST, "", "25") + b"1" * 10240)
        assert h.receive().code == "input"
    assert refused(expect="anything").code == "input"


def test_an_account_must_be_one_of_the_panels(box):
    r = refused(value="25 nosuch")
    assert r.code == "not_found" and "no account nosuch" in r.text
    r = refused(value="25 stranger")    # a user of the system alone
    assert r.code == "not_found"
    assert not os.path.exists(RUN + "/probe.last")


@pytest.mark.parametrize("uid", [0, 47, 499])
def test_an_account_that_is_the_systems_own_is_refused(box, uid):
    with open("/etc/passwd") as f:
        before = f.read()
    write("/etc/passwd", before + "sly:x:%d:%d::/:/bin/false\n" % (uid, uid))
    write("/var/cpanel/users/sly", "DNS=sly.example\n")
    try:
        r = refused(value="25 sly")
    finally:
        write("/etc/passwd", before)
    assert r.code == "denied" and "no account's" in r.text
    assert not os.path.exists(RUN + "/probe.last")


def test_an_account_without_a_user_is_refused(box):
    write("/var/cpanel/users/ghost", "DNS=ghost.example\n")
    assert refused(value="25 ghost").code == "not_found"


def test_the_pages_may_not_ask(box):
    for caller in ("relaydoctor-admin", "relaydoctor-user"):
        assert refused(caller=caller).code == "denied"


def test_a_link_in_the_place_of_its_clock_is_not_followed(box):
    os.symlink("/etc/passwd", RUN + "/probe.last")
    assert refused().code == "unavailable"
