"""A real Chromium for the tests, with an empty profile and no way out."""

import os
import tempfile
from contextlib import contextmanager

import pytest

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="Selenium is not packaged here; the browser tests need it")
if not os.path.exists("/usr/bin/chromium"):
    pytest.skip("there is no /usr/bin/chromium; the browser tests need it as a package",
                allow_module_level=True)

from selenium.common.exceptions import (  # noqa: E402
    StaleElementReferenceException, WebDriverException)
from selenium.webdriver.chrome.service import Service  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

from lab import under  # noqa: E402

WIDE, NARROW = (1280, 1000), (375, 812)
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
             "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


@contextmanager
def chromium(scripts=True, dark=False):
    with tempfile.TemporaryDirectory(prefix="rd-chromium-") as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        options.accept_insecure_certs = True
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={profile}")
        if dark:
            options.add_argument("--force-dark-mode")
            options.add_argument("--blink-settings=preferredColorScheme=0")
        if not scripts:
            options.add_experimental_option(
                "prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        try:
            driver.set_page_load_timeout(60 * under.slower())
            driver.set_window_size(*WIDE)
            yield driver
        finally:
            driver.quit()


def log_in(driver, url, user, password):
    driver.get(url)
    driver.find_element(By.ID, "user").send_keys(user)
    driver.find_element(By.ID, "pass").send_keys(password)
    go(driver, driver.find_element(By.ID, "login_submit"))


def text(driver):
    return driver.find_element(By.TAG_NAME, "body").text


def link(driver, words):
    return driver.find_element(By.PARTIAL_LINK_TEXT, words)


def button(driver, words):
    return driver.find_element(By.XPATH, f"//button[contains(normalize-space(.), '{words}')]")


def _between_pages(e):
    """Chromedriver's two words for an element whose page goes while it is asked for."""
    return isinstance(e, StaleElementReferenceException) or \
        "does not belong to the document" in (e.msg or "")


def _is_gone(element):
    try:
        element.is_enabled()
    except WebDriverException as e:
        if not _between_pages(e):
            raise
        return True
    return False


def go(driver, element):
    """Clicks what leads to another page, and waits until that page has come."""
    old = driver.find_element(By.TAG_NAME, "html")
    element.click()
    wait(driver, lambda _: _is_gone(old))
    wait(driver, lambda d: d.execute_script("return document.readyState") == "complete")


def wait(driver, condition, seconds=60):
    """A page that renews itself may go while it is read: it is read again."""
    def read(d):
        try:
            return condition(d)
        except WebDriverException as e:
            if not _between_pages(e):
                raise
            return False
    return WebDriverWait(driver, seconds * under.slower()).until(read)


def whole_page(driver, size, path):
    """A picture of the whole page at this width, when RD_SHOTS names a folder."""
    folder = os.environ.get("RD_SHOTS")
    if not folder:
        return
    driver.set_window_size(*size)
    height = driver.execute_script("return document.documentElement.scrollHeight")
    driver.set_window_size(size[0], max(size[1], height + 100))
    driver.save_screenshot(os.path.join(folder, path))
    driver.set_window_size(*WIDE)


def fits(driver, size):
    """Nothing sticks out to the side at this width."""
    driver.set_window_size(*size)
    inner, scroll = driver.execute_script(
        "return [window.innerWidth, document.documentElement.scrollWidth]")
    driver.set_window_size(*WIDE)
    return scroll <= inner


def look_at(driver, name):
    """The page fits the wide window and the narrow one; a picture of each."""
    for size, word in ((WIDE, "wide"), (NARROW, "narrow")):
        assert fits(driver, size), f"{name} is too wide at {size[0]}"
        whole_page(driver, size, f"{name}-{word}.png")
