"""MX records changed in the zone that the world reads, and only there: what the panel,
the name server, the public DNS and Exim say of it, and the ways in which it must not be
done."""

import json
import re

import pytest

from selenium.webdriver.common.by import By

from browser import button, chromium, go, link, log_in, look_at, text
from conftest import BUILD, Api, relaydoctor
from lab import dns, seed
from lab.box import Box, wait_for
from lab.seed import Account, Domain

SERVER = seed.HOSTNAME


def world():
    return seed.World(
        [Account("northweb", "northweb", seed.RESELLER_ACLS), Account("farm")],
        [Domain("northweb.example", "northweb"),
         Domain("vine.example", "farm", dns="here", mxcheck="local", mx=[]),
         Domain("hop.example", "farm", "addon", dns="here", mx=[]),
         Domain("cork.example", "farm", "addon", dns="here", mxcheck="local",
                mx=[(10, "mx.gone.example"), (20, "mail.cork.example")]),
         Domain("dry.example", "farm", "addon", dns="here", mxcheck="local",
                mx=[(7, "mx.gone.example")]),
         Domain("null.example", "farm", "addon", dns="here", mxcheck="local", mx=[(0, ".")]),
         # Kept here as well, but delegated to somebody else.
         Domain("away.example", "farm", "addon", mxcheck="local", mx=[(7, "mx.gone.example")],
                zone_mx=[(7, "mx.gone.example")]),
         Domain("cask.example", "farm", "addon", mxcheck="local"),
         # In the zone of the domain above it.
         Domain("shop.vine.example", "farm", "sub", dns="here", mxcheck="local",
                mx=[(7, "mx.gone.example")])],
        named=True)


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        b.write("/etc/manualmx", "cask.example: mx.gone.example\n")
        yield b


def records(box, zone):
    """The zone file's lines but for the serial number."""
    return [line for line in box.read(f"/var/named/{zone}.db").splitlines()
            if " IN SOA " not in line]


@pytest.fixture
def untouched(box):
    """Whatever the test does, lists, settings and zones are as they were."""
    zones = ["vine.example", "hop.example", "cork.example", "dry.example", "null.example",
             "away.example"]
    before = box.state(), {z: records(box, z) for z in zones}
    yield
    assert (box.state(), {z: records(box, z) for z in zones}) == before


def look(box, name):
    _, out, err = relaydoctor(box, "show", name, "--json")
    assert out, err
    return json.loads(out)


def finding(box, check, name):
    found = [f for f in look(box, name)["findings"] if f["id"] == f"{check}:{name}"]
    return found[0] if found else None


def fix(box, finding_id, *words, status=0):
    _, out, err = relaydoctor(box, "fix", finding_id, *words, "--json", status=status)
    return json.loads(out) if status == 0 else err


ASK = """
import socket, struct, sys
name, server = sys.argv[1:3]
q = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\\0"
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2)
s.sendto(struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + q + struct.pack(">2H", 15, 1), (server, 53))
print(struct.unpack(">H", s.recv(4096)[6:8])[0])
"""


def public_mx(box, name):
    """How many MX records the resolver gives."""
    return int(box.python(ASK, name, "127.0.0.1").stdout)


def test_a_missing_mx_is_added_seen_by_everybody_and_taken_back(box, untouched):
    found = finding(box, "mx_missing", "vine.example")
    assert found["fix"]["id"] == "add_mx" and found["letter"] is None
    plan = fix(box, found["id"], "--set", f"exchanger={SERVER}")
    assert plan["ops"] == [{"verb": "set_mx", "name": "vine.example", "expect": "none",
                            "value": f"10 {SERVER} ttl 14400"}]
    before = records(box, "vine.example")
    change = fix(box, found["id"], "--set", f"exchanger={SERVER}", "--apply")
    assert change["state"] == "KEPT"
    after = change["proof"]["after"]["zone"]
    assert after["here"]["mx"] == after["delegated"]["mx"] == f"10 {SERVER}"
    assert set(records(box, "vine.example")) - set(before) == {
        f"vine.example. 14400 IN MX 10 {SERVER}."}
    assert finding(box, "mx_missing", "vine.example") is None
    assert change["proof"]["after"]["route"]["kind"] == "local"
    wait_for(lambda: public_mx(box, "vine.example") == 1, 20, "the old answer to expire")
    relaydoctor(box, "undo", change["id"], status=0)
    assert records(box, "vine.example") == before


def test_a_scan_of_all_offers_the_same_fixes_as_a_look_at_one(box):
    _, out, _ = relaydoctor(box, "scan", "--json")
    fixes = {f["id"]: f["fix"] and f["fix"]["id"] for f in json.loads(out)["findings"]}
    assert fixes["mx_missing:vine.example"] == fixes["mx_missing:hop.example"] == "add_mx"
    assert fixes["mx_target_unresolvable:dry.example"] == "replace_mx"
    assert fixes["mx_target_unresolvable:away.example"] is None
    assert fixes["manual_mx_stale:cask.example"] == "drop_manual_mx"


def test_dead_exchangers_are_replaced_and_the_others_stay(box, untouched):
    found = finding(box, "mx_target_unresolvable", "dry.example")
    assert found["fix"]["id"] == "replace_mx"
    before = records(box, "dry.example")
    change = fix(box, found["id"], "--set", f"exchanger={SERVER}", "--apply")
    assert (change["before"], change["after"]) == (
        "7 mx.gone.example ttl 14400", f"7 {SERVER} ttl 14400")
    relaydoctor(box, "undo", change["id"], status=0)
    # Edited in place: not even the order of the lines has changed.
    assert records(box, "dry.example") == before


def test_a_null_mx_goes_only_by_the_typed_name(box, untouched):
    id_ = "mx_null:null.example"
    assert fix(box, id_, "--set", f"exchanger={SERVER}")["confirm"]["word"] == "null.example"
    fix(box, id_, "--set", f"exchanger={SERVER}", "--apply", status=2)
    change = fix(box, id_, "--set", f"exchanger={SERVER}", "--set", "confirm=null.example",
                 "--apply")
    relaydoctor(box, "undo", change["id"], status=0)


@pytest.mark.parametrize("words, status, why", [
    ([], 2, "name the host"),
    (["exchanger=203.0.113.10"], 2, "not the name of a mail server"),
    (["exchanger=mx.gone.example"], 2, "no address"),
    (["exchanger=mx.zoho.eu"], 1, "belongs on “remote”"),
    ([f"exchanger={SERVER}", "preference=70000"], 2, "preference"),
    ([f"exchanger={SERVER}", "value=remote"], 2, "exchanger=HOST"),
], ids=["none", "an address", "dead", "elsewhere", "preference", "another"])
def test_an_exchanger_that_cannot_be_right_is_refused(box, untouched, words, status, why):
    sets = [w for pair in words for w in ("--set", pair)]
    assert why in fix(box, "mx_missing:vine.example", *sets, "--apply", status=status)


def test_a_zone_that_others_keep_gets_a_letter_and_no_button(box, untouched):
    found = finding(box, "mx_target_unresolvable", "away.example")
    assert found["fix"] is None
    assert "lab-dns.example" in found["letter"]["to"]
    assert "7 mx.gone.example" in found["letter"]["text"]
    _, out, _ = relaydoctor(box, "show", "away.example")
    assert "To send to whoever manages the DNS of away.example" in out
    fix(box, found["id"], "--set", f"exchanger={SERVER}", "--apply", status=1)


def test_a_name_in_another_domains_zone_is_not_edited_there(box, untouched):
    found = finding(box, "mx_target_unresolvable", "shop.vine.example")
    assert found["fix"] is None
    fix(box, found["id"], "--set", f"exchanger={SERVER}", "--apply", status=1)


def test_a_serial_that_is_not_served_yet_is_waited_for(box, untouched):
    path = "/var/named/dry.example.db"
    text = box.read(path)
    box.write(path, re.sub(r"( SOA \S+ \S+ )\d+", r"\g<1>2099010100", text))  # nobody reloads
    try:
        err = fix(box, "mx_target_unresolvable:dry.example", "--set", f"exchanger={SERVER}",
                  "--apply", status=1)
    finally:
        box.write(path, text)
    assert "not yet the one that is served" in err


@pytest.mark.parametrize("quirk, why", [
    ({"zone_changes_meanwhile": True}, "serial number"),
    ({"zone_edit_spoils": True}, "something else"),
    ({"ignore_write": True}, "was to have the MX"),
    ({"authority_error": "SERVFAIL"}, "SERVFAIL"),
    ({"unknown_functions": ["mass_edit_zone"]}, "was to have the MX"),
    ({"unknown_functions": ["parse_zone"]}, "cannot be read"),
    ({"garbage": "<html>"}, ""), ({"truncated": True}, ""),
], ids=lambda q: q if isinstance(q, str) else next(iter(q)))
def test_a_panel_that_refuses_or_babbles_changes_no_mx(box, quirk, why):
    before = box.read("/var/named/hop.example.db")
    mx = [line for line in before.splitlines() if " MX " in line]
    with box.quirks(**quirk):
        status, _, err = relaydoctor(box, "fix", "mx_missing:hop.example", "--set",
                                     f"exchanger={SERVER}", "--apply")
    after = box.read("/var/named/hop.example.db")
    box.write("/var/named/hop.example.db", before)
    box.run(["sh", "-c", f"kill -HUP $(cat {dns.NAMED_PID})"])
    assert status != 0 and why in err
    assert [line for line in after.splitlines() if " MX " in line] == mx


@pytest.mark.parametrize("quirk", [{"die_after_write": True}, {"zone_dname_relative": True},
                                   {"result_as_string": True}, {"zone_edit_detects": False}],
                         ids=lambda q: next(iter(q)))
def test_a_quirk_of_the_panel_does_not_make_a_zone_fix_lie(box, untouched, quirk):
    id_ = "mx_missing:hop.example"
    with box.quirks(**quirk):
        change = fix(box, id_, "--set", f"exchanger={SERVER}", "--apply")
    assert change["state"] == "KEPT"
    relaydoctor(box, "undo", change["id"], status=0)


def test_a_manual_route_into_the_void_is_taken_away_and_comes_back(box, untouched):
    found = finding(box, "manual_mx_stale", "cask.example")
    assert found["fix"]["id"] == "drop_manual_mx"
    plan = fix(box, found["id"])
    assert plan["ops"] == [{"verb": "set_manual_mx", "name": "cask.example",
                            "expect": "mx.gone.example", "value": "none"}]
    change = fix(box, found["id"], "--apply")
    assert change["proof"]["before"]["route"]["kind"] != "local"
    assert change["proof"]["after"]["route"]["kind"] == "local"
    assert "cask.example" not in box.read("/etc/manualmx")
    relaydoctor(box, "undo", change["id"], status=0)


def test_a_manual_route_that_is_more_than_a_host_has_no_button(box):
    before = box.read("/etc/manualmx")
    box.write("/etc/manualmx", 'cask.example: "mx.gone.example : mx.gone2.example"\n')
    try:
        found = finding(box, "manual_mx_stale", "cask.example")
        assert found["fix"] is None and "could not put back" in found["advice"]
        fix(box, found["id"], "--apply", status=1)
    finally:
        box.write("/etc/manualmx", before)


# ---- the same on the page ----------------------------------------------------


@pytest.fixture(scope="module")
def scanned(box):
    api = Api(box)
    api.post("scan")
    wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request, box, scanned):
    with chromium(scripts=request.param) as driver:
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        yield driver


def open_page(page, words):
    page.get(page.current_url.split("?")[0] + "?" + words)


def type_exchanger(page, host):
    """On a page that asks for it: the form stands open."""
    field = page.find_element(By.ID, "choice-exchanger")
    field.clear()
    field.send_keys(host)
    go(page, button(page, "Preview that"))


def test_the_page_has_a_letter_for_whoever_must_act(page, box, untouched):
    open_page(page, "page=finding&id=mx_target_unresolvable:away.example")
    letter = page.find_element(By.CSS_SELECTOR, ".letter").text
    assert "Ready to send" in text(page) and "lab-dns.example" in text(page)
    assert "7 mx.gone.example" in letter and "away.example" in letter
    assert not page.find_elements(By.PARTIAL_LINK_TEXT, "Preview the fix")
    look_at(page, "letter")


def test_the_page_asks_for_the_exchanger_and_shows_what_it_would_do(page, box, untouched):
    before = records(box, "vine.example")
    open_page(page, "page=finding&id=mx_missing:vine.example")
    go(page, link(page, "Preview the fix"))
    assert "name the host" in text(page).lower()
    type_exchanger(page, "203.0.113.10")
    assert "not the name of a mail server" in text(page), text(page)
    type_exchanger(page, "\"><b>x</b>.example")
    assert "not the name of a mail server" in text(page)
    assert not page.find_elements(By.XPATH, "//b[.='x']")
    look_at(page, "exchanger-refused")
    type_exchanger(page, SERVER)
    assert f"10 {SERVER}" in text(page) and "Nothing has been changed yet" in text(page)
    look_at(page, "exchanger")
    assert records(box, "vine.example") == before
    go(page, button(page, "Apply"))
    assert "The proof" in text(page)
    assert f"vine.example. 14400 IN MX 10 {SERVER}." in records(box, "vine.example")
    go(page, button(page, "Undo this change"))
    assert records(box, "vine.example") == before
