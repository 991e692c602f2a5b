"""An account's own pages as the account holder meets them: in Jupiter's frame and without
it, with and without scripts, by keyboard; each main task counted in clicks and seconds."""

import datetime
import html
import plistlib
import subprocess
import time
from xml.etree import ElementTree

import pytest
from selenium.webdriver.common.keys import Keys

import axe
from browser import (NARROW, WIDE, By, button, chromium, fits, go, link, log_in, text, wait,
                     whole_page)
from conftest import BUILD
from lab import seed
from lab.box import Box

FIX = "?page=my_preview&finding=routing_local_mx_elsewhere:shop.example"
BOUNCE = """This message was created automatically by mail delivery software.

  b@far.example
    host mx.far.example [198.51.100.9]
    SMTP error from remote mail server after RCPT TO:<b@far.example>:
    550 5.1.1 <b@far.example>: Recipient address rejected: User unknown <script>alert(1)</script>
"""


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=seed.small()) as b:
        yield b


@pytest.fixture(scope="module")
def driver():
    with chromium() as d:
        yield d


def enter(driver, box):
    driver.delete_all_cookies()
    log_in(driver, box.cpanel(), "shopco", box.password)
    go(driver, link(driver, "Relay Doctor"))
    base = driver.current_url.split("?")[0]
    return lambda query="": driver.get(base + query) or text(driver)


@pytest.fixture(params=["frame", "alone"])
def page(request, box, driver):
    with box.quirks(live_api=request.param == "frame"):
        yield enter(driver, box)


class Hand:
    """Counts what a person does."""

    def __init__(self, driver):
        self.driver, self.clicks, self.start = driver, 0, time.monotonic()

    def click(self, element):
        self.clicks += 1
        go(self.driver, element)

    def within(self, task, clicks, seconds):
        took = time.monotonic() - self.start
        print(f"{task}: {self.clicks} clicks, {took:.1f} s")
        assert self.clicks <= clicks and took < seconds, (task, self.clicks, took)
        self.clicks, self.start = 0, time.monotonic()


def framed(driver):
    return driver.execute_script("return window.jupiter === 'ran'")


def dark(driver, on):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if on else "light"}]})


PAPER = "return getComputedStyle(document.querySelector('.rd-card')).backgroundColor"


def looks_right(driver, name):
    """Wide, narrow and dark, by axe-core; within a frame, which is light, it stays light."""
    frame = framed(driver)
    name, part = ("frame-" if frame else "alone-") + name, ".rd" if frame else None
    for size, word in ((WIDE, "wide"), (NARROW, "narrow")):
        assert fits(driver, size), f"{name} is too wide at {size[0]}"
        whole_page(driver, size, f"{name}-{word}.png")
    faults, light = axe.violations(driver, axe.EVERYTHING, part), driver.execute_script(PAPER)
    dark(driver, True)
    assert fits(driver, NARROW) and (driver.execute_script(PAPER) == light) == frame
    whole_page(driver, WIDE, f"{name}-dark.png")
    faults += axe.violations(driver, axe.COLOURS, part)
    dark(driver, False)
    assert not faults, f"{name}: " + "\n".join(faults)


def test_what_is_wrong_is_fixed_and_put_back_in_a_few_clicks(page, driver, box):
    before, hand = box.state(), Hand(driver)
    said = page()
    assert "mailboxes of shop.example are elsewhere" in said and "bakery.example" not in said
    hand.within("see what is wrong", 0, 10)
    looks_right(driver, "check")
    hand = Hand(driver)
    hand.click(link(driver, "Look at the fix"))
    assert "Nothing has been changed yet" in text(driver) and box.state() == before
    looks_right(driver, "preview")
    driver.find_element(By.ID, "typed").send_keys("shop.example")
    hand.click(button(driver, "Make this change"))
    assert "done, and checked" in text(driver)
    assert "shop.example" in box.read("/etc/remotedomains").split()
    hand.within("put it right", 2, 30)
    looks_right(driver, "change")
    hand = Hand(driver)
    hand.click(button(driver, "Undo"))
    assert "put back" in text(driver) and box.state() == before
    hand.within("put it back", 1, 20)
    assert "shop.example" in page("?page=my_changes")
    looks_right(driver, "changes")


def test_the_other_tasks_take_two_clicks(page, driver):
    page()
    hand = Hand(driver)
    hand.click(link(driver, "An error message"))
    driver.find_element(By.ID, "text").send_keys(BOUNCE)
    hand.click(button(driver, "Explain"))
    assert "There is no such mailbox." in text(driver) and "What to do" in text(driver)
    hand.within("learn what an error means", 2, 15)
    looks_right(driver, "explain")
    hand = Hand(driver)
    hand.click(link(driver, "My mail program"))
    driver.find_element(By.ID, "mailbox").send_keys("info")
    hand.click(button(driver, "Show"))
    fields = [e.get_attribute("value") for e in
              driver.find_elements(By.CSS_SELECTOR, ".rd-copy input")]
    assert "info@shop.example" in fields and "No file can be made" in text(driver)
    hand.within("set a mail program up", 2, 20)
    looks_right(driver, "setup")
    hand = Hand(driver)
    hand.click(link(driver, "Am I blocked?"))
    assert "This server sees your browser at an address of its own" in text(driver)
    hand.within("ask whether one is blocked", 1, 10)
    looks_right(driver, "address")


DOOR = """
import os, pwd, subprocess, sys
door, user, ip = sys.argv[1:]
account = pwd.getpwnam(user)
sys.stdout.write(subprocess.run([door], env={
    "REQUEST_METHOD": "GET", "QUERY_STRING": "page=my_address", "REMOTE_USER": user,
    "REMOTE_ADDR": ip}, user=account.pw_uid, group=account.pw_gid, extra_groups=[],
    capture_output=True, text=True).stdout)
"""
BLOCKED, SHUT = "203.0.113.46", "203.0.113.45"


def test_a_ban_is_told_from_a_closed_port_and_from_the_servers_own_address(box):
    """Nobody is told of wrong passwords for what a rule does to everybody."""
    def said(ip):
        return html.unescape(box.python(
            DOOR, "/usr/local/cpanel/base/frontend/jupiter/relaydoctor/index.live.cgi",
            "shopco", ip).stdout)

    box.write("/etc/spammeripblocks", f"{BLOCKED}\n")
    rule = ["INPUT", "-s", SHUT, "-p", "tcp", "--dport", "465", "-j", "DROP"]
    box.run(["iptables", "-A", *rule])
    try:
        assert "This address is blocked on this server." in said(BLOCKED)
        assert "wrong password again and again" in said(BLOCKED)
        shut = said(SHUT)
        assert "No list of this server holds your address" in shut
        assert "again and again" not in shut and "the firewall of your server" in shut
        assert "This address is not blocked here." in said("203.0.113.44")
        own = said("127.0.0.1")
        assert "an address of its own" in own and "textarea" not in own
    finally:
        box.run(["iptables", "-D", *rule])
        box.remove("/etc/spammeripblocks")


DOVECOT = """
import os, socket, ssl, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/var/cpanel/ssl/cert.pem", "/var/cpanel/ssl/key.pem")
with socket.create_server(("", 993)) as listener:
    print("ready", flush=True)
    while True:
        try:
            with context.wrap_socket(listener.accept()[0], server_side=True) as s:
                s.sendall(b"* OK ready\\r\\n")
        except OSError:
            pass
"""


@pytest.fixture
def imap(box):
    with box.popen(["/usr/bin/python3", "-c", DOVECOT], stdin=subprocess.PIPE,
                   stdout=subprocess.PIPE) as dovecot:
        assert dovecot.stdout.readline() == b"ready\n"
        yield
        dovecot.stdin.close()


def downloaded(driver, words, folder, name):
    """What the browser has kept of that link's file."""
    driver.execute_cdp_cmd("Browser.setDownloadBehavior",
                           {"behavior": "allow", "downloadPath": str(folder)})
    link(driver, words).click()
    wait(driver, lambda _: (folder / name).exists(), 20)
    return (folder / name).read_bytes()


def test_the_browser_gets_files_that_mail_programs_can_read(page, driver, imap, tmp_path):
    page("?page=my_setup&name=shop.example&mailbox=info")
    text = downloaded(driver, "Thunderbird", tmp_path, "config-v1.1.xml")
    servers = [(s.get("type"), *(s.findtext(key) for key in (
        "hostname", "port", "socketType", "username")))
        for s in ElementTree.fromstring(text).find("emailProvider") if s.get("type")]
    user = "info@shop.example"
    assert servers == [("imap", seed.HOSTNAME, "993", "SSL", user),
                       ("smtp", seed.HOSTNAME, "465", "SSL", user),
                       ("smtp", seed.HOSTNAME, "587", "STARTTLS", user)]
    account, = plistlib.loads(downloaded(driver, "Apple Mail", tmp_path,
                                         "mail.mobileconfig"))["PayloadContent"]
    assert account["EmailAddress"] == account["IncomingMailServerUsername"] == user
    assert [(account[f"{way}MailServerHostName"], account[f"{way}MailServerPortNumber"],
             account[f"{way}MailServerUseSSL"]) for way in ("Incoming", "Outgoing")] == [
        (seed.HOSTNAME, 993, True), (seed.HOSTNAME, 465, True)]
    looks_right(driver, "setup-files")


def test_times_are_those_of_the_readers_clock_and_utc_by_the_pointer(page, driver):
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    page("?page=my_changes")
    said = driver.find_element(By.TAG_NAME, "time")
    at = datetime.datetime.strptime(said.get_attribute("datetime"), "%Y-%m-%dT%H:%M:%SZ")
    assert said.get_attribute("title") == f"{at:%Y-%m-%d %H:%M:%S} UTC"
    there = at + datetime.timedelta(hours=9)
    assert f"{there:%b} {there.day}, {there.year}" in said.text, said.text
    assert f":{there:%M:%S}" in said.text and "GMT+9" in said.text
    assert "your clock (Asia/Tokyo)" in text(driver) and "Times are UTC" not in text(driver)
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_a_field_is_copied_by_its_button(page, driver):
    page("?page=my_setup&name=shop.example&mailbox=info")
    copy = driver.find_element(By.CSS_SELECTOR, ".rd-do-copy")
    assert copy.is_displayed() and copy.text == "Copy"
    copy.click()
    deadline = time.monotonic() + 3
    while copy.text != "Copied" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert copy.text == "Copied"


def test_the_frame_is_the_panels_and_the_policy_lets_nothing_else_in(page, driver, box):
    page()
    logs = [e for e in driver.get_log("browser")
            if e["level"] == "SEVERE" and "favicon" not in e["message"]]
    assert not logs, logs
    assert len(driver.find_elements(By.ID, "jupiter-foot")) == int(framed(driver))
    assert len(driver.find_elements(By.CSS_SELECTOR, "html, body, h1")) == 3
    assert driver.execute_script(
        "return getComputedStyle(document.querySelector('.rd-places ul')).display") == "flex"


def test_the_word_is_typed_and_sent_by_keyboard_alone(page, driver, box):
    before = box.state()
    page(FIX)
    field = driver.find_element(By.ID, "typed")
    field.send_keys("shop.exmaple")
    old = driver.find_element(By.TAG_NAME, "html")
    field.send_keys(Keys.TAB)
    assert driver.switch_to.active_element.text == "Make this change"
    go_by_key(driver, old)
    assert "what was typed does not fit" in text(driver) and box.state() == before
    assert "Nothing has been changed yet" in text(driver)
    page()
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    for _ in range(3):
        if "Skip" in driver.switch_to.active_element.text:
            break
        driver.switch_to.active_element.send_keys(Keys.TAB)
    assert "Skip" in driver.switch_to.active_element.text
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    assert driver.execute_script("return document.activeElement.id") == "rd-main"


def go_by_key(driver, old):
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    deadline = time.monotonic() + 20
    while driver.find_element(By.TAG_NAME, "html") == old and time.monotonic() < deadline:
        time.sleep(0.05)


def test_without_scripts_the_same_is_done(box):
    before = box.state()
    with chromium(scripts=False) as driver:
        page = enter(driver, box)
        go(driver, link(driver, "Look at the fix"))
        driver.find_element(By.ID, "typed").send_keys("shop.example")
        go(driver, button(driver, "Make this change"))
        assert "done, and checked" in text(driver)
        go(driver, button(driver, "Undo"))
        assert "put back" in text(driver) and box.state() == before
        assert "Times are UTC." in text(driver)
        assert driver.find_element(By.TAG_NAME, "time").text.endswith(" UTC")
        page("?page=my_setup&name=shop.example")
        assert not any(e.is_displayed() for e in
                       driver.find_elements(By.CSS_SELECTOR, ".rd-do-copy"))
