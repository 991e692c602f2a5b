"""The story as the admin lives it: WHM's menu, the page, preview, apply, undo."""

import pytest
from selenium.webdriver.common.by import By

from browser import button, chromium, go, link, log_in, look_at, text, wait
from conftest import FINDING


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request, box):
    with chromium(scripts=request.param) as driver:
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        yield driver


def scan(driver):
    button(driver, "Scan").click()
    wait(driver, lambda d: "Findings, worst first" in d.page_source and
         "A scan is running" not in d.page_source)


def test_found_fixed_proved_and_undone(page, box):
    before = box.state()
    scan(page)
    look_at(page, "overview")
    first = page.find_element(By.CSS_SELECTOR, ".findings li")
    assert "shop.example" in first.text and "Critical" in first.text

    go(page, first.find_element(By.CSS_SELECTOR, "a.text"))
    assert "aspmx.l.google.com" in text(page) and "/etc/localdomains" in text(page)
    look_at(page, "finding")

    go(page, link(page, "Preview the fix"))
    assert "Nothing has been changed yet" in text(page)
    assert box.state() == before
    look_at(page, "preview")
    page.find_element(By.ID, "typed").send_keys("shop.example")
    go(page, button(page, "Apply"))

    assert "The proof" in text(page)
    sides = page.find_elements(By.CSS_SELECTOR, ".sides section")
    assert "virtual_user" in sides[0].text
    assert "aspmx.l.google.com" in sides[1].text and "lookuphost" in sides[1].text
    assert "shop.example" in box.read("/etc/remotedomains").split()
    look_at(page, "change")

    go(page, button(page, "Undo this change"))
    assert "Undo this change" not in text(page)
    assert box.state() == before
    go(page, link(page, "History"))
    assert "shop.example" in text(page)
    look_at(page, "history")


def test_a_wrong_word_does_nothing_and_says_so(page, box):
    before = box.state()
    page.get(page.current_url.split("?")[0] + f"?page=preview&finding={FINDING}")
    page.find_element(By.ID, "typed").send_keys("shop.exmaple")
    go(page, button(page, "Apply"))
    assert "Nothing was " in text(page)
    assert box.state() == before


def test_the_policy_lets_nothing_foreign_in(page):
    logs = page.get_log("browser")
    assert not [entry for entry in logs
                if entry["level"] == "SEVERE" and "favicon" not in entry["message"]], logs


def test_a_domain_page_shows_its_mail_path(page):
    field = page.find_element(By.ID, "lookup")
    field.send_keys("bakery.example")
    field.submit()
    wait(page, lambda d: "Nothing wrong was found for this domain" in d.page_source)
    look_at(page, "domain")
