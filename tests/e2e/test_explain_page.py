"""The page and the call that explain a refusal."""

import pytest

from browser import NARROW, WIDE, By, chromium, go, link, log_in
from conftest import Api
from described import DESCRIPTION, faults

LINE = ("2026-11-24 07:19:38 H=(pc) [198.51.100.77]:4000 F=<info@{sender}> rejected RCPT "
        "<x@far.example>: relay not permitted\n")
SECRET = "AGluZm9AYmFrZXJ5LmV4YW1wbGUAczNjcmV0"
MARKUP = "<script>document.title='had'</script>\x1b[31m"
OTHERS = "x) [192.0.2.77]:5 F=<a@far.example> rejected RCPT <b@far.example>: relay not permitted"
T, ID, CLIENT = "2026-11-24 07:19:38 ", "1vN001-00000001abC-0aBc ", "H=(pc) [198.51.100.77]:4000"
# Each field that a client fills, with the words of another line, markup and a password in it,
# and what the line is all the same; "only an imitation" is right too where it reads in two ways.
CHOSEN = {
    "HELO": (f"H=({OTHERS}{MARKUP}) [198.51.100.77]:4000 F=<a@far.example> rejected RCPT "
             "<b@far.example>: Mail to b@far.example has been suspended", "unknown"),
    "set_id": (f"dovecot_login authenticator failed for {CLIENT}: 535 Incorrect authentication data "
               f"(set_id={MARKUP} relay not permitted)", "auth_fail"),
    "subject": (f"{ID}<= a@far.example {CLIENT} P=esmtp S=9 T=\"{MARKUP} relay not permitted A=dovecot_login:root\" "
                "for info@bakery.example", "noise"),
    "local part": (f"{CLIENT} F=<a@far.example> rejected RCPT <\"{MARKUP}>: relay not permitted\"@far.example>: "
                   "host lookup did not complete", "dns_tempfail"),
    "AUTH": (f"SMTP protocol error in \"AUTH PLAIN {SECRET} {MARKUP}\" {CLIENT} "
             "AUTH command used when not advertised", "auth_not_advertised"),
}
HOSTILE = LINE.format(sender="bakery.example") + "</textarea><script>document.title='had'</script>"


@pytest.fixture(scope="module")
def browser():
    with chromium() as b:
        yield b


@pytest.fixture(scope="module")
def page(browser, box):
    """The address of WHM's page, for root."""
    log_in(browser, box.whm(), "root", box.password)
    go(browser, link(browser, "Relay Doctor"))
    return browser.current_url.split("?")[0]


def ask(browser, page, text):
    browser.get(page + "?page=explain")
    browser.execute_script("document.getElementById('text').value = arguments[0]", text)
    go(browser, browser.find_element(By.CSS_SELECTOR, "form.ask button"))
    return browser.find_element(By.ID, "main").text


def test_a_pasted_line_is_answered_with_who_must_act_and_the_steps(browser, page):
    said = ask(browser, page, LINE.format(sender="bakery.example"))
    assert "A customer's mail program sends without a login" in said
    assert "Who must act: sender" in said and "What to do" in said
    assert "bakery.example is this server's: account bakery" in said
    # … and the text stands there still, to be mended.
    assert "198.51.100.77" in browser.find_element(By.ID, "text").get_attribute("value")


def test_what_was_pasted_stays_text(browser, page):
    ask(browser, page, HOSTILE)
    assert browser.title.startswith("Explain a refusal")
    assert browser.find_element(By.ID, "text").get_attribute("value").rstrip() == HOSTILE.rstrip()
    assert browser.execute_script("return document.scripts.length") == 1


def test_what_a_client_chose_moves_no_verdict_on_the_page_and_is_shown_as_text(browser, page):
    for field, (line, right) in CHOSEN.items():
        ask(browser, page, T + line)
        form = browser.find_element(By.CSS_SELECTOR, "form.ask")
        browser.execute_script("arguments[0].remove(); document.querySelector('details').open = true", form)
        said = browser.find_element(By.ID, "main").text
        assert f"Class\n{right}" in said or "Class\nspoof_negative" in said, (field, said)
        assert SECRET not in browser.page_source and "\x1b" not in said, field
        assert browser.title.startswith("Explain a refusal"), field
        assert browser.execute_script("return document.scripts.length") == 1, field


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_fits_the_window(browser, page, size):
    browser.set_window_size(*size)
    ask(browser, page, LINE.format(sender="a" * 60 + ".example") * 3)
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_file_is_read_into_the_box(browser, page, tmp_path):
    path = tmp_path / "bounce.txt"
    path.write_text(LINE.format(sender="bakery.example"))
    browser.get(page + "?page=explain")
    browser.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(path))
    browser.execute_async_script("setTimeout(arguments[0], 300)")
    assert browser.find_element(By.ID, "text").get_attribute("value") == path.read_text()


def test_the_call_gives_the_object_that_is_described(box):
    schema = DESCRIPTION["components"]["schemas"]["Explanation"]
    status, reply = Api(box).request("explain", {"text": LINE.format(sender="bakery.example")})
    assert status == 200 and list(faults(reply["data"], schema)) == []
    assert (reply["data"]["rule"], reply["data"]["who"]) == ("A01", "sender")


def test_what_a_client_chose_moves_no_verdict_over_the_api(box):
    for field, (line, right) in CHOSEN.items():
        status, reply = Api(box).request("explain", {"text": T + line})
        data = reply["data"]
        assert status == 200 and data["class"] in (right, "spoof_negative"), (field, data)
        assert data["fix"] is None and data["read"]["client"] in (None, "198.51.100.77"), field
        assert SECRET not in str(reply), field


def test_a_long_text_is_taken_and_one_too_long_is_not(box):
    line = LINE.format(sender="bakery.example")
    status, reply = Api(box).request("explain", {"text": line * (900_000 // len(line))})
    assert status == 200 and reply["data"]["class"] == "relay_unauth"
    status, _ = Api(box).request("explain", {"text": line * (1_200_000 // len(line))})
    assert status == 413


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 5, "x": 1}, {"text": "a", "more": "b"}])
def test_what_is_no_text_is_refused(box, body):
    status, reply = Api(box).request("explain", body)
    assert status == 400 and reply["metadata"]["result"] == 0


def test_a_reseller_is_told_of_the_own_domains_and_of_nobody_elses_client_or_route(box):
    api = Api(box, user="northweb", acls=("edit-mx",), door="reseller.cgi")
    status, reply = api.request("explain", {"text": LINE.format(sender="bakery.example").replace(
        "x@far.example", "info@shop.example")})
    data = reply["data"]
    assert (status, data["rule"], data["finding"]) == (200, "D01", "routing_local_mx_elsewhere:shop.example")
    assert {e["source"] for e in data["evidence"]} == {
        "the log line", "the recipient's domain", "the sender's domain"}
    assert "a reseller is told of the own domains alone" in str(data["here"]["missing"])
    # Whether the recipient is somebody else's here is not known, so nobody is blamed.
    status, reply = api.request("explain", {"text": LINE.format(sender="bakery.example")})
    assert status == 200 and reply["data"]["title"] == "The client sent without a login"


def test_a_circle_is_the_administrators_finding_and_a_reseller_is_not_sent_to_it(box):
    path, text = "/etc/valiases/bakery.example", T + "1vN001-00000001abC-0aBc ** alto@bakery.example: " \
        'Too many "Received" headers - suspected mail loop\n'
    before = box.read(path)
    box.write(path, before + "alto@bakery.example: tenor@bakery.example\n"
                             "tenor@bakery.example: alto@bakery.example\n")
    try:
        for api, finding in ((Api(box), "forward_loop_here:alto@bakery.example"),
                             (Api(box, user="northweb", acls=("edit-mx",), door="reseller.cgi"), None)):
            status, reply = api.request("explain", {"text": text})
            assert (status, reply["data"]["class"], reply["data"]["finding"]) == (200, "loop", finding)
    finally:
        box.write(path, before)
