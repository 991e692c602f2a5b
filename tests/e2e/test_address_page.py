"""The box on the page: is this address blocked here, why, and the way out."""

import pytest
from selenium.webdriver.common.by import By

from browser import NARROW, WIDE, button, chromium, fits, go, link, log_in, text, whole_page
from conftest import relaydoctor
from lab.seed import GOOGLE
from test_address import BAD, CUSTOMER, DENY, NET, PLACES, box, may_probe_again  # noqa: F401


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request, box):  # noqa: F811
    with chromium(scripts=request.param) as driver:
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        yield driver


def look_at(driver, name):
    for size, word in ((WIDE, "wide"), (NARROW, "narrow")):
        assert fits(driver, size), f"{name} is too wide at {size[0]}"
        whole_page(driver, size, f"{name}-{word}.png")


def ask(page, ip):
    go(page, link(page, "Blocked address?"))
    page.find_element(By.ID, "ip").send_keys(ip)
    go(page, button(page, "Ask"))


def test_a_blocked_customer_is_found_let_in_and_blocked_again(page, box):  # noqa: F811
    ask(page, CUSTOMER)
    said = text(page)
    assert "Blocked here" in said and "Who must act" in said
    assert "csf.deny, line 2" in said and "dovecot_login:info@shop.example" in said
    assert "*Blocked in csf*" in said and "DENYIN" in said
    look_at(page, "address")
    go(page, link(page, "Preview the fix"))
    assert "Have it corrected first" in text(page) and box.read(PLACES["deny"]) == DENY
    look_at(page, "address-preview")
    go(page, button(page, "Apply"))
    assert "every list was read again" in text(page) and "Not blocked here" in text(page)
    assert CUSTOMER not in box.read(PLACES["deny"])
    look_at(page, "address-change")
    go(page, button(page, "Undo this change"))
    assert "Blocked here" in text(page) and box.read(PLACES["deny"]) == DENY
    go(page, link(page, "History"))
    assert CUSTOMER in text(page)


def test_the_matrix_opens_what_each_cell_rests_on(page, box):  # noqa: F811
    go(page, link(page, "Ports"))
    cells = page.find_elements(By.CSS_SELECTOR, ".matrix td")
    shut = [c for c in cells if "shut" in c.get_attribute("class")]
    assert len(shut) >= 4 and all("own firewall" in c.text for c in shut)
    shut[0].find_element(By.TAG_NAME, "summary").click()
    assert "OUTPUT" in shut[0].text
    assert any("answers" in c.text for c in cells) and any("not asked" in c.text for c in cells)
    look_at(page, "ports")
    page.find_element(By.ID, "account").send_keys("-r;id")
    go(page, button(page, "Probe now"))
    assert "the name of an account" in text(page)


def test_a_probe_as_an_account_fills_a_column_of_its_own(page, box):  # noqa: F811
    may_probe_again(box)
    go(page, link(page, "Ports"))
    page.find_element(By.ID, "account").send_keys("shopco")
    go(page, button(page, "Probe now"))
    assert "as shopco as well" in text(page), text(page)
    heads = [c.text for c in page.find_elements(By.CSS_SELECTOR, ".matrix thead th")]
    assert "out as shopco" in heads
    row = page.find_elements(By.CSS_SELECTOR, ".matrix tbody tr")[0]
    cell = row.find_elements(By.CSS_SELECTOR, "td")[heads.index("out as shopco") - 1]
    assert "open" in cell.text
    cell.find_element(By.TAG_NAME, "summary").click()
    assert GOOGLE in cell.text
    look_at(page, "probed")


def test_what_has_no_button_says_what_to_do(page, box):  # noqa: F811
    ask(page, NET)
    assert "csf -a ADDRESS" in text(page)
    assert not page.find_elements(By.PARTIAL_LINK_TEXT, "Preview the fix")


def test_what_is_no_address_is_a_clear_error_on_the_page(page, box):  # noqa: F811
    before = box.read(PLACES["deny"]), relaydoctor(box, "history", "--json")[1]
    for words in [*BAD, "<b>x</b>"]:
        go(page, link(page, "Blocked address?"))
        # As whoever writes the request himself: the page's own field takes 45 characters.
        page.execute_script("document.getElementById('ip').value = arguments[0]", words)
        go(page, button(page, "Ask"))
        said = text(page)
        assert ("The field ip is too long" if len(words) > 1024 else
                "without a network's length and without an interface") in said, said
        assert len(said) < 3000 and not page.find_elements(By.XPATH, "//b[text()='x']")
    assert (box.read(PLACES["deny"]), relaydoctor(box, "history", "--json")[1]) == before
