"""End-to-end tests: the installed product in a real box. RD_BUILD names the build
directory (default: build)."""

import json
import os
import ssl
import sys
import urllib.error
import urllib.request

import pytest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TESTS)

import described  # noqa: E402
from lab import seed, under  # noqa: E402
from lab.box import Box  # noqa: E402

BUILD = os.environ.get("RD_BUILD", os.path.join(os.path.dirname(TESTS), "build"))
FINDING = "routing_local_mx_elsewhere:shop.example"
SEEN = under.Seen()     # make e2e-sanitized, e2e-valgrind


@pytest.fixture(scope="module", autouse=True)
def faults():
    """Of the programs of every box of the module, when it is over: there is none."""
    before, stop = len(SEEN.faults), Box.stop

    def look_and_stop(box):
        try:
            if any(box.under.values()) and box.alive() and hasattr(box, "pid"):
                box.rest()      # what a process has lost it tells at its end
                SEEN.look(box)
        finally:
            stop(box)

    Box.stop = look_and_stop
    yield
    Box.stop = stop
    assert not SEEN.faults[before:], "\n".join(SEEN.faults[before:])


def pytest_terminal_summary(terminalreporter):
    for line in SEEN.lines():
        terminalreporter.write_line("watched " + line)


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD) as b:
        yield b


@pytest.fixture(scope="module")
def demo_box():
    with Box(build=BUILD, world=seed.demo()) as b:
        yield b


class Api:
    """The automation API through a WHM door, as any HTTP client sees it. Whatever a front
    answers is held against the API's description."""

    def __init__(self, box, user="root", acls=("all",), door="admin.cgi"):
        self.box, self.door = box, door
        self.headers = {"Authorization": f"whm {user}:{box.token(user, acls)}"}

    def request(self, name, body=None, headers=None, method=None, raw=None, **query):
        """(HTTP status, the reply as an object or text)."""
        words = "".join(f"&{key}={urllib.request.quote(str(value), safe='')}"
                        for key, value in query.items())
        data = raw if raw is not None else \
            json.dumps(body).encode() if body is not None else None
        kind = {"Content-Type": "application/json"} if data is not None else {}
        request = urllib.request.Request(
            self.box.whm(f"/cgi/relaydoctor/{self.door}?api=v1/{name}{words}"),
            data=data, headers={**self.headers, **kind, **(headers or {})}, method=method)
        context = ssl._create_unverified_context()
        try:
            with urllib.request.urlopen(request, timeout=90 * under.slower(), context=context) as reply:
                status, text, about = reply.status, reply.read().decode(), reply.headers
        except urllib.error.HTTPError as e:
            status, text, about = e.code, e.read().decode(), e.headers
        self.check(name, request.get_method(), status, about, text)
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def check(self, name, method, status, headers, text):
        kind = headers["Content-Type"] or ""
        ours = "Content-Security-Policy" in headers     # not the panel's, nor the door's
        unread = kind.startswith("text/plain") and status in (400, 403, 503)
        if name and ours and not unread:
            described.check_reply(name.split("&")[0], "post" if method == "POST" else "get",
                                  status, headers, text)

    def get(self, name, **query):
        status, reply = self.request(name, **query)
        assert status == 200 and reply["metadata"]["result"] == 1, (status, reply)
        return reply["data"]

    def post(self, name, **body):
        status, reply = self.request(name, body=body)
        assert status == 200 and reply["metadata"]["result"] == 1, (status, reply)
        return reply["data"]


@pytest.fixture
def api(box):
    return Api(box)


def relaydoctor(box, *words, status=None, user=None):
    """The command line inside the box: (exit status, stdout, stderr)."""
    done = box.run(["/usr/bin/relaydoctor", *words], check=False, user=user, timeout=120)
    if status is not None:
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
    return done.returncode, done.stdout, done.stderr
