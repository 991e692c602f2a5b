"""One browser for the tests of a module, and who looks with it."""

import pytest

from browser import chromium, go, link, log_in, text


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture(scope="module")
def visit(browser, box):
    """visit(USER, PANEL) logs in and gives page(QUERY): go there, and what it says."""
    def enter(user, panel):
        browser.delete_all_cookies()
        log_in(browser, panel, user, box.password)
        go(browser, link(browser, "Relay Doctor"))
        base = browser.current_url.split("?")[0]
        return lambda query="": browser.get(base + query) or text(browser)
    return enter
