"""A mail program's set-up: the page behind a domain's, and the call."""

import pytest

from browser import NARROW, WIDE, By, button, chromium, fits, go, link, log_in, text
from conftest import Api
from described import DESCRIPTION, faults

DOMAIN = "bakery.example"


def test_a_domains_page_leads_to_what_the_ports_offer(box):
    with chromium() as page:
        log_in(page, box.whm(), "root", box.password)
        go(page, link(page, "Relay Doctor"))
        page.get(page.current_url.split("?")[0] + "?page=domain&name=" + DOMAIN)
        go(page, link(page, "Set up a mail program"))
        page.find_element(By.ID, "mailbox").send_keys("info")
        go(page, button(page, "Show"))
        sheet = page.find_element(By.CSS_SELECTOR, "textarea.sheet").get_attribute("value")
        assert f"User name: info@{DOMAIN}" in sheet and "Password: that of the mailbox" in sheet
        # Nothing serves IMAP or POP3 in the box: it is said, and no file is offered.
        assert "Incoming server: not known" in sheet
        assert "IMAP on port 993: nothing listens there" in text(page)
        assert "No file can be made" in text(page)
        assert all(fits(page, size) for size in (WIDE, NARROW))


def test_the_call_gives_the_object_that_is_described_and_no_file_that_would_fail(box):
    schema = DESCRIPTION["components"]["schemas"]["Setup"]
    told = Api(box).get("setup&name=" + DOMAIN + "&mailbox=info")
    assert list(faults(told, schema)) == [] and told["ready"] is False
    status, reply = Api(box).request("setup&format=autoconfig&name=" + DOMAIN)
    assert status == 409 and "no file can be made" in reply["metadata"]["reason"]


@pytest.mark.parametrize("name, why", [("unheard.example", "no account of this server has")])
def test_what_is_not_hosted_has_none(box, name, why):
    status, reply = Api(box).request("setup&name=" + name)
    assert status == 404 and why in reply["metadata"]["reason"]
