"""Every text that somebody else writes (domain lists, log lines with HELO and login, forwarders,
names of files, comments of firewalls, settings, replies of the panel, names of hosts in the DNS,
what answers on a mail port, requests themselves) is tried as markup, as script, turned round,
long and with control bytes, through the API, on every page that the front's table has, on those
that a change leads to and on an account's own: nothing is executed, no page grows too wide."""

import concurrent.futures
import html.parser
import json
import re
import ssl
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import described
from browser import NARROW, By, button, chromium, go, link, log_in, text, wait
from conftest import BUILD, FINDING, Api
from lab import seed, under
from lab.box import Box, wait_for
from test_access import REQUESTS, as_request, filled, routes

CLIENT, MARK = "203.0.113.5", "planted"
STRINGS = {
    "markup": f"\"'><img src=x data-{MARK} onerror=window.{MARK}=1><b data-{MARK}>",
    "script": f"</title></script><script data-{MARK}>window.{MARK}=1</script>",
    "attribute": f"\" data-{MARK} autofocus onfocus=window.{MARK}=1 x=\"",
    "template": f"{{{{{{{MARK}}}}}}}{{{{#a}}}}&lt;b data-{MARK}&gt;",
    "turned": "\u202e\u2066\u202dexe.\u2067gpj",
    "long": "W" * 10240,
    "control": "\x01\x02\x07\x08\x1b[31m\x1b]0;x\x07\x7f\u0085\u009b2J",
}


def lines(form):
    return "".join(form.format(text) + "\n" for text in STRINGS.values())


def logged():
    """HELO, AUTH, sender, recipient and free text of log lines; a refusal of our own kind."""
    for n, text in enumerate(STRINGS.values(), 1):
        yield 60 + n, f"H=({text}) [198.18.7.{n}]:5 F=<a@far.example> rejected RCPT " \
                      f"<nobody@shop.example>: {text}"
        yield 50 + n, f"dovecot_login authenticator failed for H=({text}) [198.18.8.{n}]:5: 535 " \
                      f"Incorrect authentication data (set_id={text})"
        yield 40 + n, f"1vN00A-0000000{n}abC-0aBc ** x@far.example R=lookuphost T=remote_smtp " \
                      f"H=mx.far.example [192.0.2.9]: SMTP error from remote mail server after " \
                      f"RCPT TO:<x@far.example>: 550 {text}"


# Where a text of somebody's stands, and what is written there.
SOURCES = {
    "/etc/localdomains": lines("{0}"), "/etc/userdomains": lines("{0}: shopco"),
    "/etc/csf/csf.deny": f"{CLIENT} # lfd: {STRINGS['markup']}\n" + lines("198.51.100.9 # {0}"),
    "/etc/spammeripblocks": f"{CLIENT} # {STRINGS['control']}\n",
    "/var/log/lfd.log": lines(f"Nov 24 07:42:33 server lfd[9]: {CLIENT} {{0}}"),
    "/etc/valiases/shop.example": lines("info@shop.example: {0}") + lines("{0}: x@far.example") +
    lines("pipe@shop.example: |/home/shopco/{0}"),
    "/etc/vfilters/shop.example": lines("if $header_subject: contains \"{0}\" then deliver x@far.example"),
    "/etc/relaydoctor/relaydoctor.conf": "api_rate = 60000\n" + lines("gateway = filter.example {0}") +
    lines("{0} = 1"),
    **{f"/etc/valiases/{text.replace('/', '_')[:200]}": "x: y\n" for text in STRINGS.values()},
}


def host(words):
    """A host whose name's first label is that text, as a zone file has it."""
    return "".join(f"\\{byte:03}" for byte in words.encode()[:63]) + ".far.example"


BANNERS = f"""
import os, socket, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
with socket.create_server(("", 26)) as listener:
    print("ready", flush=True)
    while True:
        for words in {list(STRINGS.values())!r}:
            with listener.accept()[0] as s, s.makefile("rb") as asked:
                try:
                    s.sendall(f"220 {{words}}\\r\\n".encode())
                    while asked.readline():
                        s.sendall(f"250-{{words}}\\r\\n250 AUTH {{words}}\\r\\n".encode())
                except OSError:
                    pass
"""


@pytest.fixture(scope="module")
def box():
    world = seed.small()
    world.watched_ports = [26]
    world.domains += [seed.Domain("remote.example", "shopco", "addon", mxcheck="remote"),
                      seed.Domain("odd.example", "shopco", "addon", mxcheck="local", mx=[
                          (n, host(words)) for n, words in enumerate(STRINGS.values(), 1)])]
    world.files = {**world.files, "/etc/csf/csf.conf": seed.CSF_CONF}
    world.logged = list(logged())
    with Box(build=BUILD, world=world) as b:
        for path, text in SOURCES.items():
            before = b.read(path) if b.exists(path) else ""
            b.write(path, before + text)
        with b.popen(["/usr/bin/python3", "-c", BANNERS], stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as banners:
            assert banners.stdout.readline() == b"ready\n"
            yield b
            banners.stdin.close()


@pytest.fixture(scope="module")
def findings(box):
    """Scanned with a panel that answers in markup, then in earnest: both leave traces."""
    api = Api(box)
    with box.quirks(garbage=f"<html>{STRINGS['markup']}{STRINGS['control']}"):
        box.run(["/usr/bin/relaydoctor", "scan"], check=False, timeout=120)
    api.post("scan")
    wait_for(lambda: api.get("scan")["state"] == "idle", 120, "the scan")
    return [f["id"] for f in api.get("findings")["findings"]]


class Tags(html.parser.HTMLParser):
    """What a page has that nobody of ours has written."""

    def __init__(self):
        super().__init__()
        self.planted = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if any(key.startswith(("on", f"data-{MARK}")) for key in named) or \
                (tag == "script" and "src" not in named) or \
                str(named.get("href", "")).lower().startswith("javascript:"):
            self.planted.append((tag, attrs))


def planted(page):
    tags = Tags()
    tags.feed(page)
    return tags.planted


def ask(box, token, method, query, body):
    request = urllib.request.Request(
        box.whm(f"/cgi/relaydoctor/admin.cgi?{query}"), method=method,
        data=None if body is None else body.encode("utf-8", "surrogatepass"),
        headers={"Authorization": f"whm root:{token}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=90 * under.slower(),
                                    context=ssl._create_unverified_context()) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


MORE = {"overview": ["q", "severity"], "findings": ["q", "n"], "changes": ["q"], "checks": ["q"],
        "domain": ["address"], "setup": ["mailbox"], "preview": ["params.value"],
        "plan": ["params.value", "idempotency_key"], "apply": ["typed"], "relay": ["auth", "from"]}


def reflected():
    """[(kind, name, method, what it wants, the field that a text is put into)]; in a body
    also the name of no field."""
    for (kind, name, method), wants in REQUESTS.items():
        for field in [*wants, *MORE.get(name, []), *["nobody"] * (method == "POST")]:
            if routes()[kind, name, method] & 1:
                yield kind, name, method, wants, field


def fault_of(box, token, case, word):
    """What is wrong with the answer to one request; or None."""
    kind, name, method, wants, field = case
    known = {"FINDING": FINDING, "DOMAIN": "shop.example", "CHANGE": "20200101-000000-000000"}
    text = STRINGS[word][:900] if word == "long" else STRINGS[word]
    fields = {**filled(wants, known), field: text} if field != "nobody" else {text: "x"}
    if method == "GET":
        fields = {k: urllib.parse.quote(str(v), safe="") for k, v in fields.items()}
    status, headers, said = ask(box, token, *as_request(kind, name, method, fields))
    page, about = said.decode(), headers["Content-Type"]
    if about.startswith("text/html"):
        fits = not planted(page) and "script-src 'self'" in headers["Content-Security-Policy"]
    else:
        described.check_reply(name, method.lower(), status, headers, page)
        fits = "json" in about and headers["X-Content-Type-Options"] == "nosniff" and \
            not re.search("[\x00-\x08\x0b-\x1f]", page)
    return None if status < 500 and fits else (word, name, method, field, status, about)


def test_what_a_request_says_comes_back_as_text_alone(box, findings):
    token, cases = box.token(), [(case, word) for case in reflected() for word in STRINGS]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = pool.map(lambda c: fault_of(box, token, *c), cases)
        assert [fault for fault in said if fault] == [] and len(cases) > 200


def test_what_others_have_written_is_data_in_every_reply(box, findings):
    token, seen = box.token(), ""
    for query in ("findings", "ports", "changes", "checks", f"address&ip={CLIENT}",
                  "domain&name=shop.example&address=info", "domain&name=odd.example",
                  "setup&name=shop.example", "metrics"):
        status, headers, text = ask(box, token, "GET", f"api=v1/{query}", None)
        described.check_reply(query.split("&")[0], "get", status, headers, text.decode())
        assert not re.search(b"[\x00-\x08\x0b-\x1f]", text)
        seen += text.decode()
    assert json.dumps(STRINGS["markup"])[1:40] in seen, "nothing that was planted was read"


@pytest.fixture(scope="module")
def driver():
    with chromium() as d:
        yield d


class Visitor:
    """Goes from page to page on a narrow screen and keeps what is wrong with each."""

    def __init__(self, driver, panel, user, password):
        self.driver, self.wrong, self.seen = driver, [], ""
        driver.delete_all_cookies()
        log_in(driver, panel, user, password)
        go(driver, link(driver, "Relay Doctor"))
        self.base = driver.current_url.split("?")[0]
        driver.set_window_size(*NARROW)

    def get(self, page):
        self.driver.get(f"{self.base}?{page}")
        self.look(page)

    def go(self, element, page):
        go(self.driver, element)
        self.look(page)

    def look(self, page):
        found = self.driver.execute_script(
            f"return [window.{MARK} || null, document.querySelectorAll('[data-{MARK}]').length,"
            "document.querySelectorAll('script:not([src]):not(.jupiter)').length,"
            "document.documentElement.scrollWidth > window.innerWidth]")
        self.seen += self.driver.find_element(By.TAG_NAME, "body").get_attribute("textContent")
        if any(found):
            self.wrong.append((page[:90], found))


# Of these an account's own, and those that a change leads to, are visited below.
UNVISITED = {"mine", "bulk", "job", "change"}


def test_no_page_runs_or_bends_under_what_others_have_written(box, findings, driver):
    pages = [as_request(kind, name, method, filled(REQUESTS[kind, name, method], {
        "FINDING": urllib.parse.quote(one, safe=""), "DOMAIN": "shop.example"}))[1]
             for kind, name, method in routes() if (kind, method) == ("page", "GET")
             and name not in UNVISITED
             for one in (findings[:40] if name == "finding" else [FINDING])]
    pages += [f"page=domain&name=shop.example&address={who}" for who in ("info", "pipe")]
    pages += [f"page=address&ip={CLIENT}", "page=address&ip=198.51.100.9"]
    pages += [f"page=overview&q={urllib.parse.quote(text[:900], safe='')}" for text in STRINGS.values()]
    visitor = Visitor(driver, box.whm(), "root", box.password)
    for page in pages:
        visitor.get(page)
    assert not visitor.wrong and len(pages) > 20
    assert f"<img src=x data-{MARK}" in visitor.seen and f"<script data-{MARK}>" in visitor.seen


def in_bulk(visitor, words):
    """What the preview says of all, or of the one that may be changed."""
    visitor.get("page=overview")
    visitor.driver.find_element(
        By.CSS_SELECTOR, "input[value='routing_remote_mx_here:remote.example']").click()
    go(visitor.driver, button(visitor.driver, f"Preview the fix of {words}"))
    wait(visitor.driver, lambda d: not d.find_elements(By.ID, "progress"), 60)
    visitor.look("bulk")
    return text(visitor.driver)


def test_nor_does_one_that_a_change_leads_to(box, findings, driver):
    visitor = Visitor(driver, box.whm(), "root", box.password)
    visitor.get(f"page=address&ip={CLIENT}")
    visitor.go(link(driver, "Preview the fix"), "preview of a ban")
    # A list that holds such lines cannot be read again, so the change does not stay.
    visitor.go(button(driver, "Apply"), "a change that is refused")
    visitor.get("page=history")
    visitor.go(driver.find_element(By.CSS_SELECTOR, "a[href^='?page=change']"), "a change")
    assert f"<img src=x data-{MARK}" in text(driver)
    with box.quirks(garbage=f"<html>{STRINGS['markup']}{STRINGS['turned']}"):
        assert "Apply to" not in in_bulk(visitor, "all")
    assert "Apply to 1 domain" in in_bulk(visitor, "those")
    go(driver, button(driver, "Apply to"))
    wait(driver, lambda d: "Each domain" in d.page_source and "At work" not in d.page_source, 60)
    visitor.look("job")
    visitor.get("page=history")
    assert not visitor.wrong


def test_nor_does_an_account_s_own(box, findings, driver):
    with box.quirks(live_api=False):
        visitor = Visitor(driver, box.cpanel(), "shopco", box.password)
        for page in ("page=mine", "page=my_changes", "page=my_address", "page=my_setup&mailbox="
                     f"{urllib.parse.quote(STRINGS['markup'][:64])}&name=odd.example"):
            visitor.get(page)
        assert "odd.example" in visitor.seen
        for word, words in STRINGS.items():
            visitor.get("page=my_explain")
            driver.execute_script("document.getElementById('text').value = arguments[0]",
                                  f"550 {words}: relay not permitted")
            visitor.go(button(driver, "Explain"), f"an explanation of {word}")
            assert "What it means" in text(driver)
    assert not visitor.wrong
