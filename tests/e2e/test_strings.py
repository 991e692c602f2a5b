"""Every text that somebody else writes (domain lists, log lines with HELO and login, forwarders,
names of files, comments of firewalls, settings, replies of the panel, requests themselves) is
tried as markup, as script, turned round, long and with control bytes, through the API and on
every page that the front's table has: nothing is executed and no page grows too wide."""

import concurrent.futures
import html.parser
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request

import pytest

import described
from browser import NARROW, By, chromium, go, link, log_in
from conftest import BUILD, FINDING, Api
from lab import seed
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


@pytest.fixture(scope="module")
def box():
    world = seed.small()
    world.files = {**world.files, "/etc/csf/csf.conf": seed.CSF_CONF}
    world.logged = list(logged())
    with Box(build=BUILD, world=world) as b:
        for path, text in SOURCES.items():
            before = b.read(path) if b.exists(path) else ""
            b.write(path, before + text)
        yield b


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
        with urllib.request.urlopen(request, timeout=90,
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
                  "domain&name=shop.example&address=info", "setup&name=shop.example", "metrics"):
        status, headers, text = ask(box, token, "GET", f"api=v1/{query}", None)
        described.check_reply(query.split("&")[0], "get", status, headers, text.decode())
        assert not re.search(b"[\x00-\x08\x0b-\x1f]", text)
        seen += text.decode()
    assert json.dumps(STRINGS["markup"])[1:40] in seen, "nothing that was planted was read"


# No pages of these: what they want is made by another page first.
UNVISITED = {"mine", "bulk", "job", "change"}


def test_no_page_runs_or_bends_under_what_others_have_written(box, findings):
    pages = [as_request(kind, name, method, filled(REQUESTS[kind, name, method], {
        "FINDING": urllib.parse.quote(one, safe=""), "DOMAIN": "shop.example"}))[1]
             for kind, name, method in routes() if (kind, method) == ("page", "GET")
             and name not in UNVISITED
             for one in (findings[:40] if name == "finding" else [FINDING])]
    pages += [f"page=domain&name=shop.example&address={who}" for who in ("info", "pipe")]
    pages += [f"page=address&ip={CLIENT}", "page=address&ip=198.51.100.9"]
    pages += [f"page=overview&q={urllib.parse.quote(text[:900], safe='')}" for text in STRINGS.values()]
    wrong, seen = [], ""
    with chromium() as driver:
        log_in(driver, box.whm(), "root", box.password)
        go(driver, link(driver, "Relay Doctor"))
        base = driver.current_url.split("?")[0]
        driver.set_window_size(*NARROW)
        for page in pages:
            driver.get(f"{base}?{page}")
            ran, there, inline, wide, inner = driver.execute_script(
                f"return [window.{MARK} || null, document.querySelectorAll('[data-{MARK}]').length,"
                "document.querySelectorAll('script:not([src])').length,"
                "document.documentElement.scrollWidth, window.innerWidth]")
            seen += driver.find_element(By.TAG_NAME, "body").get_attribute("textContent")
            if ran or there or inline or wide > inner:
                wrong.append((page[:90], ran, there, inline, wide, inner))
    assert not wrong and len(pages) > 20
    assert f"<img src=x data-{MARK}" in seen and f"<script data-{MARK}>" in seen
