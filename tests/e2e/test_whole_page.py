"""The WHM page as a whole: each page in each of its states, wide, narrow and dark, by axe-core;
the tasks that people come for, counted in clicks and seconds; the table of domains, the
settings, and findings that are muted."""

import os
import time

import pytest
from selenium.webdriver.common.by import By

import axe
from browser import (NARROW, WIDE, button, chromium, go, link, log_in, text, wait,
                     whole_page)
from conftest import BUILD, FINDING, Api, relaydoctor
from lab import seed
from lab.box import Box
from visits import browser, visit  # noqa: F401

KEPT = ("northweb southhost bakery shop gifts studio lawfirm choir clinic museum library farm "
        "gallery school remote band").split()
CONF = "/etc/relaydoctor/relaydoctor.conf"
GATEWAY = "routing_local_mx_elsewhere:clinic.example"


@pytest.fixture(scope="module")
def box():
    world = seed.demo()
    # Some of each kind; what does not answer is waited for in each scan.
    world.domains = [d for d in world.domains if d.name.split(".")[0] in KEPT]
    world.mute_ports = []
    with Box(build=BUILD, world=world) as b:
        yield b


@pytest.fixture(scope="module")
def page(visit, box):
    return visit("root", box.whm())


def scan(api, browser):
    api.post("scan")
    wait(browser, lambda _: api.get("scan")["state"] == "idle", 120)


GUISES = (("dark", WIDE), ("wide", WIDE), ("narrow", NARROW))


def looks_right(driver, name, everything=axe.EVERYTHING):
    """In three guises; a picture of each where RD_SHOTS says so."""
    faults = []
    for guise, size in GUISES:
        rules = axe.COLOURS if guise == "dark" else everything
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if guise == "dark" else "light"}]})
        whole_page(driver, size, f"{name}-{guise}.png")
        if size == NARROW:
            driver.set_window_size(*size)
        if driver.execute_script(
                "return document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{guise}: it sticks out to the side")
        faults += [f"{guise}: {line}" for line in axe.violations(driver, rules)]
    driver.set_window_size(*WIDE)
    assert not faults, f"{name}: " + "\n".join(faults)


# ---- each page in each state ----

def test_before_a_scan_while_it_runs_and_after_it_failed(page, browser, box):
    assert "This server was not scanned yet" in page() and "Domains" in page("?page=domains")
    looks_right(browser, "domains-empty")
    page()
    looks_right(browser, "overview-empty")
    with box.quirks(slow=1):
        go(browser, button(browser, "Scan"))
        assert "A scan is running" in text(browser)
        looks_right(browser, "overview-running")
    wait(browser, lambda d: "A scan is running" not in d.page_source, 120)
    path = box.path("/run/relaydoctor/scan.sock")
    os.rename(path, path + ".away")
    try:
        go(browser, button(browser, "Scan again"))
        wait(browser, lambda d: "came to no result" in d.page_source)
        looks_right(browser, "overview-failed")
        for query in ("?page=domain&name=shop.example", "?page=settings"):
            assert "Something does not answer" in page(query)
        looks_right(browser, "silent")
    finally:
        os.rename(path + ".away", path)


PAGES = {
    "overview": ("?page=overview", "Mail to this server"),
    "overview-out": ("?page=overview&show=out", "about mail from this server"),
    "overview-none": ("?page=overview&q=zzzz", "No finding fits"),
    "domains": ("?page=domains", "Public DNS sends its mail to"),
    "domains-none": ("?page=domains&q=zzzz", "No domain fits"),
    "finding": (f"?page=finding&id={FINDING}", "Preview the fix"),
    "finding-unknown": ("?page=finding&id=dns_unanswered:museum.example", "Who must act"),
    "preview": (f"?page=preview&finding={FINDING}", "Nothing has been changed yet"),
    "history-empty": ("?page=history", "Nothing was changed"),
    "domain": ("?page=domain&name=shop.example", "Where one address leads"),
    "domain-path": ("?page=domain&name=choir.example&address=alto", "by the forwarders"),
    "domain-foreign": ("?page=domain&name=nowhere.example", "This domain is not on this server"),
    "setup": ("?page=setup&name=shop.example", "What to enter"),
    "address": ("?page=address&ip=198.51.100.77", "Lists and bans that hold it"),
    "ports": ("?page=ports", "Ports, directions and users"),
    "explain": ("?page=explain", "Paste it whole"),
    "relay": ("?page=relay", "Ask Exim"),
    "settings": ("?page=settings", "Muted findings"),
    "refused": ("?page=finding&id=foo:bar", "Not found"),
}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_sticks_out(page, browser, name):
    query, words = PAGES[name]
    assert words in page(query) or words in browser.page_source
    looks_right(browser, name)


# ---- what people come for ----

class Hand:
    """Counts what a person does."""

    def __init__(self, driver):
        self.driver, self.clicks, self.start = driver, 0, time.monotonic()

    def click(self, element):
        self.clicks += 1
        go(self.driver, element)

    def within(self, task, clicks, seconds=10):
        took = time.monotonic() - self.start
        print(f"{task}: {self.clicks} clicks, {took:.1f} s")
        assert self.clicks <= clicks and took < seconds, (task, self.clicks, took)
        self.clicks, self.start = 0, time.monotonic()


def field(driver, name, words):
    element = driver.find_element(By.CSS_SELECTOR, f"main [name='{name}']")
    element.clear()
    element.send_keys(words)


def test_each_main_task_takes_a_few_clicks(page, browser, box):
    before = box.state()
    page("?page=overview")
    hand = Hand(browser)
    hand.click(browser.find_element(By.CSS_SELECTOR, ".glance .worst a"))
    assert "What to do" in text(browser)
    hand.within("find the worst", 1)

    page("?page=overview")
    hand = Hand(browser)
    hand.click(browser.find_element(
        By.CSS_SELECTOR, "[aria-label^='Preview the fix: This server keeps mail for shop.example']"))
    field(browser, "typed", "shop.example")
    hand.click(button(browser, "Apply"))
    assert "Done and verified" in text(browser)
    hand.within("fix it", 2, 30)
    looks_right(browser, "change")
    hand = Hand(browser)
    hand.click(button(browser, "Undo this change"))
    assert "Undone" in text(browser) and box.state() == before
    hand.within("undo it", 1, 20)

    hand = Hand(browser)
    hand.click(link(browser, "Blocked address?"))
    field(browser, "ip", "198.51.100.77")
    hand.click(button(browser, "Ask"))
    assert "Blocked here" in text(browser)
    hand.within("look an address up", 2)

    hand.click(link(browser, "Explain"))
    field(browser, "text", "550 relay not permitted")
    hand.click(button(browser, "Explain"))
    assert "Who must act" in text(browser)
    hand.within("explain a bounce", 2)
    looks_right(browser, "explained")

    hand = Hand(browser)
    hand.click(link(browser, "Domains"))
    field(browser, "q", "library")
    hand.click(button(browser, "Search"))
    hand.click(link(browser, "library.example"))
    assert "Where public DNS sends its mail" in text(browser)
    hand.within("search a domain", 3)
    page("?page=history")
    looks_right(browser, "history")


# ---- times ----

def test_times_are_the_readers_with_utc_behind_them(page, browser):
    browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        said = page("?page=overview")
        shown = browser.find_element(By.CSS_SELECTOR, ".lead time")
        assert "GMT+9" in shown.text and shown.get_attribute("title").endswith(" UTC")
        assert "Asia/Tokyo" in said
    finally:
        browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


# ---- the table of domains ----

def test_domains_are_searched_sorted_and_filtered_without_scripts(box):
    with chromium(scripts=False) as driver:
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        go(driver, link(driver, "Domains"))
        assert " UTC saw them" in text(driver) and "All times are UTC" in text(driver)
        go(driver, driver.find_element(By.CSS_SELECTOR, ".counts .critical a"))
        rows = driver.find_elements(By.CSS_SELECTOR, ".domains tbody tr")
        assert rows and all("Critical" in row.text for row in rows)
        go(driver, driver.find_element(By.CSS_SELECTOR, "th.by-name a"))
        names = [e.text for e in driver.find_elements(By.CSS_SELECTOR, ".domains tbody th")]
        assert names == sorted(names) and "shop.example" in names
        go(driver, driver.find_element(By.CSS_SELECTOR, "th.by-name a"))
        assert [e.text for e in driver.find_elements(By.CSS_SELECTOR, ".domains tbody th")] == \
            names[::-1]
        deep = driver.current_url
        go(driver, link(driver, "shopco"))
        assert "2 found" in text(driver)
        driver.get(deep)
        assert "shop.example" in text(driver)


# ---- settings and mutes ----

def test_a_gateway_that_is_set_on_the_page_is_believed_by_the_next_scan(page, browser, box):
    api, before = Api(box), box.read(CONF)
    assert "clinic.example" in page(f"?page=finding&id={GATEWAY}")
    page("?page=settings")
    browser.find_element(By.ID, "about-gateway").send_keys("smallmail.example")
    browser.find_element(By.ID, "value-gateway").send_keys("A filter")
    go(browser, browser.find_element(By.CSS_SELECTOR, "[aria-label='Add to: Mail gateways']"))
    assert "Done and verified" in text(browser) and "Undo this change" in text(browser)
    assert "gateway = smallmail.example A filter\n" in box.read(CONF)
    scan(api, browser)
    assert "Not found" in page(f"?page=finding&id={GATEWAY}")
    page("?page=history")
    go(browser, browser.find_element(By.CSS_SELECTOR, "article h2 a"))
    go(browser, button(browser, "Undo this change"))
    assert "Undone" in text(browser) and box.read(CONF) == before


def test_a_muted_finding_is_counted_apart_by_page_and_command_line_until_it_ends(
        page, browser, box):
    api = Api(box)
    was = api.get("findings")["summary"]
    page(f"?page=finding&id={FINDING}")
    next(s for s in browser.find_elements(By.TAG_NAME, "summary") if "mute it" in s.text).click()
    browser.find_element(By.ID, "reason").send_keys("They move on Friday <b>")
    go(browser, button(browser, "Mute it"))
    assert "Done and verified" in text(browser)
    for look in ("at once", "by the next scan"):
        if look == "by the next scan":
            scan(api, browser)
        now = api.get("findings")["summary"]
        assert (now["critical"], now["muted"]) == (was["critical"] - 1, 1)
        assert "Muted until the end of" in page(f"?page=finding&id={FINDING}")
        assert "They move on Friday <b>" in text(browser)
    looks_right(browser, "finding-muted")
    assert "1 muted, counted apart" in page("?page=overview")
    assert "shop.example" in page("?page=overview&show=muted")
    looks_right(browser, "overview-muted")
    _, said, _ = relaydoctor(box, "scan", "--domain", "shop.example")
    assert "1 muted, and not among these" in said and "They move on Friday" in said
    page("?page=settings")
    looks_right(browser, "settings-muted")
    go(browser, browser.find_element(By.CSS_SELECTOR, f"[aria-label='End it: the mute of {FINDING}']"))
    now = api.get("findings")["summary"]
    assert (now["critical"], now["muted"]) == (was["critical"], 0)


# ---- the other doors ----

def test_a_reseller_finds_the_own_domains_and_no_settings(visit, box, browser):
    page = visit("northweb", box.whm())
    said = page("?page=domains")
    assert "shop.example" in said and "lawfirm.example" not in said
    assert "Settings" not in said and "not for this login" in page("?page=settings")
    assert "No domain fits" in page("?page=domains&q=lawfirm")
    assert "No domain fits" in page("?page=domains&account=lawfirm")
    page("?page=domains")
    looks_right(browser, "reseller-domains")
    page("?page=overview")
    looks_right(browser, "reseller-overview")


def test_an_accounts_page_has_nothing_for_axe_to_find(visit, box, browser):
    visit("shopco", box.cpanel())()
    looks_right(browser, "mine", axe.WCAG)      # the rest is the frame's
