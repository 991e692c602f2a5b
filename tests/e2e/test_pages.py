"""The pages in the states that the story does not pass: before and during a scan, refused,
with a part stopped, through the other doors, and with very long and very many names."""

import json
import os
import time
from contextlib import contextmanager

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser import NARROW, WIDE, button, chromium, fits, go, link, log_in, text, wait
from conftest import BUILD, FINDING, Api, relaydoctor
from lab import seed
from lab.box import Box
from visits import browser, visit  # noqa: F401

LONG = ".".join(["l" * 63, "m" * 63, "n" * 63, "o" * 45, "example"])
LONGEST = "p" * 7 + "." + LONG
GATEWAY = "routing_gateway:school.example"
SNAPSHOT = "/var/lib/relaydoctor/admin/last-scan.json"


def world():
    small, demo = seed.small(), seed.demo()
    small.accounts += [a for a in demo.accounts if a.name in ("school", "southhost")]
    small.domains += [demo.domain("school.example"),
                      seed.Domain(LONG, "studio", "addon", mxcheck="local", mx=seed.GOOGLE_MX)]
    small.logged = [(90 + n, f"H=(</title><b>x) [198.18.7.{n}]:5 F=<a@far.example> rejected RCPT "
                             "<nobody@studio.example>: No Such User Here\"") for n in range(1, 5)]
    small.logged.append((60, "dovecot_login authenticator failed for H=(pc) [198.18.7.9]:5: 535 "
                             "Incorrect authentication data (set_id=info@studio.example)"))
    return small


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        yield b


@pytest.fixture(scope="module")
def page(visit, box):
    """WHM's page as root sees it. Tests that log in as others come after all these."""
    return visit("root", box.whm())


@pytest.fixture(scope="module")
def scanned(box):
    """Scanned once, whichever test comes first."""
    api = Api(box)
    if api.get("status")["last"] is None:
        api.post("scan")
    wait(None, lambda _: api.get("scan")["state"] == "idle")
    return api


@contextmanager
def closed(box, name):
    """The socket is not there, as when its unit is stopped."""
    path = box.path(f"/run/relaydoctor/{name}")
    os.rename(path, path + ".away")
    try:
        yield
    finally:
        os.rename(path + ".away", path)


# ---- the scan ----

def test_before_the_first_scan_the_page_says_what_a_scan_does(page):
    said = page()
    assert "This server was not scanned yet" in said and "It only reads" in said
    assert "Nothing wrong" not in said
    assert "Nothing was changed through Relay Doctor yet" in page("?page=history")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_running_scan_shows_how_far_it_is_and_gives_way_to_its_result(box, scripts):
    with chromium(scripts) as driver, box.quirks(slow=1):
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        go(driver, button(driver, "Scan"))
        assert "A scan is running" in text(driver)
        assert driver.find_elements(By.TAG_NAME, "progress")
        assert not button(driver, "Scan").is_enabled()
        wait(driver, lambda d: "A scan is running" not in d.page_source)
        assert "Findings, worst first" in text(driver)


# ---- findings ----

def test_an_answer_by_exim_that_is_no_route_is_shown_in_its_words(page, box):
    said = page("?page=domain&name=nowhere.example")
    assert "This domain is not on this server" in said and "Nothing wrong" not in said
    assert "remove it from its account" not in said
    assert "nowhere.example is undeliverable" in said


def test_what_is_held_back_is_asked_for_on_the_page_itself(page, browser, box, scanned):
    said = page(f"?page=finding&id={GATEWAY}")
    assert "Nothing to do" in said and "gateway=yes" not in said
    before = box.state()
    browser.find_element(By.TAG_NAME, "summary").click()
    go(browser, link(browser, "Preview it nevertheless"))
    assert "Nothing has been changed yet" in text(browser) and "typed" in browser.page_source
    assert "Refused" in page(f"?page=preview&finding={GATEWAY}")
    assert box.state() == before


def test_an_address_is_trusted_only_by_whoever_names_it(page, browser, box, scanned):
    log, finding = box.read("/var/log/exim_mainlog"), "client_without_auth:bakery.example"
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() - 60))
    box.write("/var/log/exim_mainlog", log + (
        f"{at} 1vN001-00000001abC-0aBc <= info@bakery.example H=(pc) [198.51.100.7]:50123 P=esmtpsa"
        f" A=dovecot_login:info@bakery.example S=900 for x@far.example\n{at} H=(pc) [198.51.100.7]:50124"
        f" F=<info@bakery.example> rejected RCPT <a@far.example>: relay not permitted\n"))
    before = box.read("/etc/trustedmailhosts")
    try:
        scanned.post("scan")
        wait(browser, lambda _: scanned.get("scan")["state"] == "idle")
        said = page(f"?page=finding&id={finding}")
        assert "server needs authentication" in said and "Preview the fix" not in said
        browser.find_element(By.TAG_NAME, "summary").click()
        go(browser, link(browser, "Name the address"))
        browser.find_element(By.NAME, "params.address").send_keys("198.51.100.7")
        browser.find_element(By.NAME, "params.days").send_keys("7")
        go(browser, button(browser, "Preview that"))
        assert "as anybody" in text(browser) and "Nothing has been changed yet" in text(browser)
    finally:
        box.write("/var/log/exim_mainlog", log)
        scanned.post("scan")
        wait(browser, lambda _: scanned.get("scan")["state"] == "idle")
    assert box.read("/etc/trustedmailhosts") == before


def test_a_check_that_could_not_run_says_nothing_about_the_mail(page, browser, box, scanned):
    # That no CSF is there to be asked is not worth a notice.
    assert "Not everything could be asked" not in page("?page=overview")
    path = box.path("/etc/userdomains")
    os.rename(path, path + ".away")
    os.mkdir(path)
    try:
        scanned.post("scan")
        wait(browser, lambda _: scanned.get("scan")["state"] == "idle")
        said = page("?page=overview&severity=unknown")
        assert "Not everything could be asked" in said
        go(browser, link(browser, "Not checked, because a source did not answer"))
        said = text(browser)
        assert "neither good nor bad" in said and "Who must act" not in said
    finally:
        os.rmdir(path)
        os.rename(path + ".away", path)
        scanned.post("scan")
        wait(browser, lambda _: scanned.get("scan")["state"] == "idle")


def test_a_domain_shows_what_was_refused_about_it(page, browser, box):
    said = page("?page=domain&name=studio.example")
    assert "5 refusals and failures" in browser.page_source
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg.chart rect")) in (2, 3)  # over midnight
    assert "The same as a table" in said and fits(browser, NARROW)
    _, shown, _ = relaydoctor(box, "show", "studio.example")
    assert "Refused or failed about it by the log" in shown


# ---- refusals ----

def test_a_wrong_word_is_asked_for_again(page, browser, box, scanned):
    before = box.state()
    page(f"?page=preview&finding={FINDING}")
    browser.find_element(By.ID, "typed").send_keys("shop")
    go(browser, button(browser, "Apply"))
    said = text(browser)
    assert "Nothing was done." in said and "Type shop.example to confirm" in said
    assert browser.find_element(By.ID, "typed").get_attribute("value") == ""
    assert box.state() == before


def test_an_undo_of_what_somebody_changed_since_shows_both_values(page, browser, box, scanned):
    before = box.state()
    relaydoctor(box, "fix", FINDING, "--set", "confirm=shop.example", "--apply", status=0)
    change = scanned.get("changes")["changes"][0]["id"]
    page(f"?page=change&id={change}")
    uapi = ["/usr/local/cpanel/bin/uapi", "--output=json", "--user=shopco", "Email",
            "set_always_accept", "domain=shop.example"]
    box.run([*uapi, "mxcheck=secondary"])
    somebodys = box.state()
    go(browser, button(browser, "Undo this change"))
    alert = browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    assert "Nothing was done." in alert and "remote" in alert and "secondary" in alert
    assert box.state() == somebodys
    box.run([*uapi, "mxcheck=remote"])
    go(browser, button(browser, "Undo this change"))
    assert "Undone since: it is on Automatically detect again." in text(browser)
    assert box.state() == before


@pytest.mark.parametrize("query, words", [
    ("?page=finding&id=foo:bar", "Not found"),
    ("?page=finding&id=foo", "That request was not understood"),
    ("?page=change&id=20200101-000000-aaaaaa", "Not found"),
    ("?page=domain&name=not%20a%20domain", "Name is not a domain name such as example.com"),
    ("?page=overview&n=99", "There are no more. To the first page"),
    ("?page=overview&q=zzzz", "No finding fits"),
    ("?page=apply", "That page is reached by its button only"),
    ("?page=bogus", "There is no page 'bogus'"),
])
def test_what_is_not_there_is_said_with_a_way_on(page, browser, scanned, query, words):
    assert words in page(query)
    assert link(browser, "Overview").is_displayed()


# ---- parts that are stopped ----

@pytest.mark.parametrize("query", ["?page=domain&name=shop.example",
                                   f"?page=preview&finding={FINDING}"])
def test_without_the_scan_service_a_page_says_which_part_is_silent(page, box, query):
    with closed(box, "scan.sock"):
        said = page(query)
    assert "relaydoctor-scan.socket" in said and "systemctl status 'relaydoctor-*'" in said
    assert "Something does not answer" not in page(query)


def test_a_scan_without_its_service_leaves_the_last_result(page, browser, box, scanned):
    with closed(box, "scan.sock"):
        page()
        go(browser, button(browser, "Scan again"))
        wait(browser, lambda _: scanned.get("scan")["state"] == "failed")
        said = page()
    assert "The last scan came to no result" in said and "relaydoctor-scan.socket" in said
    assert "shop.example" in said
    scanned.post("scan")
    wait(browser, lambda _: scanned.get("scan")["state"] == "idle")


def test_without_the_helper_nothing_is_applied_and_the_page_says_why(page, browser, box, scanned):
    before = box.state()
    page(f"?page=preview&finding={FINDING}")
    browser.find_element(By.ID, "typed").send_keys("shop.example")
    with closed(box, "helper.sock"):
        go(browser, button(browser, "Apply"))
        assert "relaydoctor-helper.socket" in text(browser)
        assert "Something does not answer" in page("?page=history")
    assert box.state() == before


# ---- sizes and keys ----

@pytest.mark.parametrize("query", [
    "", f"?page=finding&id=routing_local_mx_elsewhere:{LONG}",
    f"?page=preview&finding=routing_local_mx_elsewhere:{LONG}",
    f"?page=domain&name={LONG}", f"?page=domain&name={LONGEST}"],
    ids=["overview", "finding", "preview", "domain", "longest"])
def test_the_longest_names_break_no_page(page, browser, scanned, query):
    assert "That request" not in page(query)
    assert fits(browser, WIDE) and fits(browser, NARROW)


def test_every_control_is_reached_by_tab_named_and_shows_its_focus(page, browser, scanned):
    page()
    wanted = len(browser.find_elements(By.CSS_SELECTOR, "a[href], button, summary, "
                                                        "input:not([type=hidden])"))
    seen = set()
    for _ in range(wanted):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        place, name, outline = browser.execute_script("""
            var e = document.activeElement, s = getComputedStyle(e);
            var label = e.labels && e.labels[0];
            return [Array.from(document.querySelectorAll("*")).indexOf(e),
                (e.getAttribute("aria-label") || (label || e).textContent).trim(),
                s.outlineStyle + s.outlineWidth];""")
        assert name and outline == "solid3px", (place, name, outline)
        seen.add(place)
    assert len(seen) == wanted


def test_five_thousand_findings_come_fifty_a_page_and_can_be_searched(page, browser, box, scanned):
    kept = box.read(SNAPSHOT)
    report = json.loads(kept)
    one = json.dumps(next(f for f in report["findings"] if f["id"] == FINDING))
    report["findings"] = [json.loads(one.replace("shop.example", f"d{i:04}.example"))
                          for i in range(5000)]
    try:
        write(box, json.dumps(report))
        said = page()
        assert "d0049.example" in said and "d0050.example" not in said
        go(browser, link(browser, "Next"))
        assert "d0050.example" in text(browser) and "Page 2 of 100" in text(browser)
        assert "1 of 5000 shown" in page("?page=overview&q=d4321")
    finally:
        write(box, kept)


def write(box, content):
    owner = os.stat(box.path(SNAPSHOT))
    box.write(SNAPSHOT, content)
    os.chown(box.path(SNAPSHOT), owner.st_uid, owner.st_gid)
    box.restart_unit("relaydoctor-admin.service")
    time.sleep(0.2)


# ---- the other doors ----

def test_a_reseller_sees_the_own_domains_and_no_others(visit, box, browser, scanned):
    page = visit("northweb", box.whm())
    said = page()
    assert "northweb (reseller)" in said and "shop.example" in said
    assert "the domains of your accounts" in said and LONG not in said
    assert not browser.find_elements(By.XPATH, "//button[contains(., 'Scan')]")
    foreign = page("?page=domain&name=studio.example").replace("studio.example", "X")
    assert foreign == page("?page=domain&name=nowhere.example").replace("nowhere.example", "X")
    assert "Not found" in foreign


def test_an_account_reads_where_its_own_mail_goes(visit, box, browser):
    page = visit("shopco", box.cpanel())
    said = page()
    assert "shop.example" in said and "bakery.example" not in said
    assert "this server keeps its mail" in said and "changes nothing" in said
    assert not browser.find_elements(By.CSS_SELECTOR, "form")
    assert "not open to your account" in page("?page=overview")
    with closed(box, "helper.sock"):
        said = page()
    assert "does not answer" in said and "systemctl" not in said and "helper" not in said
