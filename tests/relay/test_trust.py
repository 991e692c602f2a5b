"""One address of a customer's let in for a while: from the finding to Exim's own word, and
back."""

import datetime
import json
import time

import pytest

from lab.box import wait_for
from test_fixes import relaydoctor
from test_relay import probe, server_of

LIST = "/etc/trustedmailhosts"
LOG = "/var/log/exim_mainlog"
DOMAIN = "shop.example"
ID = "client_without_auth:" + DOMAIN
CLIENT = "198.51.100.7"


def accepted(box, client=CLIENT):
    return probe(box, client, 25, None, "a@stranger.example", ["x@nowhere.example"])["accepted"]


def day(n):
    return (datetime.datetime.now(datetime.timezone.utc).date()
            + datetime.timedelta(days=n)).isoformat()


def log_of(client, user="info@" + DOMAIN):
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - 60))
    return (f"{at} 1vN001-00000001abC-0aBc <= {user} H=(pc) [{client}]:50123 P=esmtpsa X=TLS1.3 CV=no"
            f" A=dovecot_login:{user} S=900 for x@far.example\n"
            f"{at} H=(pc) [{client}]:50124 F=<{user}> rejected RCPT <a@far.example>:"
            f" Rejected relay attempt: '{client}' From: '{user}' To: 'a@far.example'\n")


@pytest.fixture
def refused(box):
    log, listed = box.read(LOG), box.read(LIST)
    box.write(LOG, log + log_of(CLIENT) + log_of("10.99.0.7") + log_of("2001:db8:77::9"))
    yield listed
    box.write(LOG, log)
    box.write(LIST, listed)


def fix(box, *words, status=0, client=CLIENT):
    return relaydoctor(box, "fix", ID, "--set", "address=" + client, *words, status=status)


@pytest.mark.parametrize("client, key", [(CLIENT, CLIENT), ("2001:db8:77::9", '"2001:db8:77::9"')])
def test_exim_refuses_before_and_accepts_until_it_is_undone(box, refused, client, key):
    said = fix(box, "--set", "days=7", client=client)
    assert "as anybody" in said and "refuses: 550" in said and day(7) in said
    assert box.read(LIST) == refused and not accepted(box, client)
    change = json.loads(fix(box, "--set", "days=7", "--apply", "--json", client=client))
    assert change["state"] == "KEPT"
    assert box.read(LIST) == refused + f"{key} # Relay Doctor: trusted until {day(7)}\n"
    assert accepted(box, client)
    relaydoctor(box, "undo", change["id"])
    assert box.read(LIST) == refused and not accepted(box, client)


def test_the_finding_itself_has_advice_and_no_button(box, refused):
    assert "no one-click fix" in relaydoctor(box, "fix", ID, status=1)


@pytest.mark.parametrize("words, why, status", [
    (["address=198.51.100.0/24"], "never a network", 2), (["address="], "no IP address", 2),
    (["address=203.0.113.77"], "not known", 1), (["address=198.51.100.8"], "not known", 1),
    (["address=127.0.0.1"], "this server itself", 1), (["address=" + server_of(CLIENT)], "this server itself", 1),
    (["address=" + CLIENT, "days=91"], "from 1 to 90", 2), (["address=" + CLIENT, "days=0"], "from 1 to 90", 2),
    (["address=" + CLIENT, "list=relayhosts"], "this takes", 2)])
def test_what_is_not_one_known_address_of_the_customers_is_refused(box, refused, words, why, status):
    sets = [w for word in words for w in ("--set", word)]
    assert why in relaydoctor(box, "fix", ID, *sets, "--apply", status=status)
    assert box.read(LIST) == refused


def test_a_private_address_is_typed_again(box, refused):
    assert "type 10.99.0.7" in fix(box, "--apply", client="10.99.0.7", status=2)
    assert box.read(LIST) == refused
    change = json.loads(fix(box, "--set", "confirm=10.99.0.7", "--apply", "--json", client="10.99.0.7"))
    assert accepted(box, "10.99.0.7")
    relaydoctor(box, "undo", change["id"])


def test_an_address_that_may_already_send_is_not_added(box, refused):
    box.write(LIST, refused + "198.51.100.0/28\n")
    assert "relays for this address already" in fix(box, "--apply", status=1)


def test_without_a_list_that_exim_relays_by_there_is_advice_alone(box, refused):
    conf = box.read("/etc/exim.conf")
    box.write("/etc/exim.conf", conf.replace(" : +trustedmailhosts", ""))
    try:
        said = fix(box, "--apply", status=1)
    finally:
        box.write("/etc/exim.conf", conf)
    assert "not seen to relay by" in said and box.read(LIST) == refused


def test_a_list_that_has_no_effect_is_put_back_at_once(box, refused):
    """An accept that asks the list, and more."""
    conf = box.read("/etc/exim.conf")
    box.write("/etc/exim.conf", conf.replace(
        " : +trustedmailhosts\n", "\n\taccept hosts = +trustedmailhosts\n\t\tsenders = *@never.example\n"))
    try:
        said = fix(box, "--apply", status=3)
    finally:
        box.write("/etc/exim.conf", conf)
    assert "still does not relay" in said and "was undone" in said and box.read(LIST) == refused


def test_the_front_takes_out_what_is_over_also_after_a_restart(box, refused):
    box.write(LIST, refused + f"{CLIENT} # Relay Doctor: trusted until {day(-1)}\n")
    assert accepted(box)
    box.restart_unit("relaydoctor-admin.service")
    wait_for(lambda: box.read(LIST) == refused, 10, "the end of the trust")
    assert not accepted(box)
