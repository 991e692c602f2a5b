"""Would Exim take this mail? The call and its page, with the box's own Exim."""

import json

import pytest

from browser import NARROW, WIDE, By, button, chromium, fits, go, link, log_in, text
from conftest import Api
from described import DESCRIPTION, faults

CLIENT, HERE, FAR = "192.0.2.90", "info@bakery.example", "b@far.example"


def cli(box, *words):
    done = box.run(["/usr/bin/relaydoctor", "probe", "relay", "--json", "--ip", CLIENT, *words],
                   check=False)
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", [{"from": HERE, "to": FAR}, {"from": HERE, "to": HERE},
                                  {"from": HERE, "to": FAR, "auth": HERE, "port": 587}, {"to": FAR}])
def test_the_call_gives_what_the_command_gives_and_is_described(box, case):
    schema = DESCRIPTION["components"]["schemas"]["Relay"]
    told = Api(box).post("relay", ip=CLIENT, **case)
    assert list(faults(told, schema)) == []
    assert told == cli(box, "--from", case.get("from", ""), "--to", case["to"],
                       *(["--auth", case["auth"]] if "auth" in case else []),
                       "--port", str(case.get("port", 25)))
    assert told["accepted"] == (case["to"] == HERE or "auth" in case)


def test_a_reseller_may_not_ask_and_a_get_asks_nothing(box):
    status, _ = Api(box, user="rita", acls=("edit-mx",), door="reseller.cgi").request(
        "relay", {"ip": CLIENT, "to": FAR})
    assert status == 403
    assert Api(box).request(f"relay&ip={CLIENT}&to={FAR}")[0] == 405
    status, reply = Api(box).request("relay", {"ip": CLIENT, "to": FAR, "port": 70000})
    assert status == 400 and "there is no port 70000" in reply["metadata"]["reason"]


def test_the_page_says_which_line_decided(box):
    with chromium() as page:
        log_in(page, box.whm(), "root", box.password)
        go(page, link(page, "Relay Doctor"))
        go(page, link(page, "Would it be taken?"))
        for name, value in (("ip", CLIENT), ("from", HERE), ("to", FAR)):
            page.find_element(By.ID, name).send_keys(value)
        go(page, button(page, "Ask Exim"))
        said = text(page)
        assert "Exim would not take it" in said and "Decided by deny in /etc/exim" in said
        assert page.find_element(By.ID, "to").get_attribute("value") == FAR
        assert all(fits(page, size) for size in (WIDE, NARROW))
