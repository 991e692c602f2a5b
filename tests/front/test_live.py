"""The users' door and cPanel's LiveAPI: Jupiter's frame around a page, the connection
shut on every way out, and a page without a frame whatever LiveAPI does."""

import json
import signal
import socket
import subprocess
import time

import pytest

from front import place, wire
from front.place import ADMIN_DOOR, ADMIN_SOCK, ALICE, HELPER_SOCK, USER_DOOR, USER_SOCK
from front.test_door import Peer, answering, helper, parameters, peer  # noqa: F401

LIVE = f"{place.RUN}/live.sock"
ENABLE, SHUT = b'<cpaneljson enable="1">', b'<cpanelxml shutdown="1" />'
HEADER, FOOTER = "<html><header>J\u00fcpiter</header>", "<footer></footer></html>"

HEAD = b"Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-A: b\r\n"
PAGE = HEAD + b"Content-Length: 5\r\n\r\nhello"
FRAMED = HEAD + b"\r\n" + HEADER.encode() + b"hello" + FOOTER.encode()
END = wire.record(wire.STDOUT) + wire.record(wire.END, bytes(8))


def whole(text):
    return wire.record(wire.STDOUT, text) + END


def result(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return b'<?xml version="1.0" ?>\n<cpanelresult>' + text.encode() + b"</cpanelresult>\n"


def dom(header=HEADER, footer=FOOTER, status=1):
    return {"cpanelresult": {"apiversion": 3, "module": "Chrome", "func": "get_dom", "result": {
        "status": status, "errors": None, "data": {"header": header, "footer": footer}}}}


def message(connection):
    """One length, a line feed, and so many bytes; b"" at the end."""
    length = b""
    while not length.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        length += byte
    return connection.recv(int(length), socket.MSG_WAITALL)


def live(said, reply=result(dom()), enabled=result({"enabled": 1}), stay=True):
    """cpsrvd's end: what the door says, and one reply to each question."""
    def act(connection):
        for answer in (enabled, reply):
            said.append(message(connection))
            if said[-1] in (SHUT, b""):
                return
            for piece in answer if isinstance(answer, list) else [answer]:
                connection.sendall(piece)
        if not stay:
            return
        said.append(message(connection))
        said.append(message(connection))
    return act


def ended(said, seconds=3):
    """The door has said that it is done, once, and nothing after it."""
    until = time.monotonic() + seconds
    while SHUT not in said and time.monotonic() < until:
        time.sleep(0.01)
    return said.count(SHUT) == 1 and said[said.index(SHUT) + 1:] in ([], [b""])


def run(query="", env=None, door=USER_DOOR, uid=ALICE, **more):
    return place.run_door(door, {"QUERY_STRING": query, "CPANEL_CONNECT_SOCKET": LIVE,
                                 **(env or {})}, uid=uid, **more)


def framed(seen):
    return ("RD_FRAME", "1") in parameters(seen[0])


def test_a_page_stands_in_the_panels_frame_and_without_a_length(peer):
    said, seen = [], []
    peer(LIVE, live(said))
    peer(USER_SOCK, answering(whole(PAGE), seen))
    assert run().stdout == FRAMED
    assert framed(seen) and ended(said)
    assert said[0] == ENABLE
    asked = said[1].removeprefix(b"<cpanelaction>").removesuffix(b"</cpanelaction>")
    assert json.loads(asked) == {
        "module": "Chrome", "reqtype": "exec", "func": "get_dom", "apiversion": "uapi",
        "args": {"page_title": "Relay Doctor"}}


@pytest.mark.parametrize("size", [1, 40, len(HEAD) + 10])
def test_the_pieces_in_which_the_page_comes_make_no_difference(peer, size):
    pieces = [PAGE[i:i + size] for i in range(0, len(PAGE), size)]
    peer(LIVE, live([]))
    peer(USER_SOCK, answering(b"".join(wire.record(wire.STDOUT, p) for p in pieces) + END))
    assert run().stdout == FRAMED


@pytest.mark.parametrize("reply", [
    result({"result": dom()["cpanelresult"]["result"]}),
    result(json.dumps(dom(), ensure_ascii=False)),
    [bytes([b]) for b in result(dom())[:40]] + [result(dom())[40:]],
    result(dom(HEADER + "</cpanelresult>")),
], ids=["flat", "unescaped", "in pieces", "an end mark in a value"])
def test_a_reply_is_read_in_each_of_its_forms(peer, reply):
    peer(LIVE, live([], reply))
    peer(USER_SOCK, answering(whole(PAGE)))
    done = run().stdout
    assert done.replace(b"</cpanelresult>", b"") == FRAMED


HOSTILE = {
    "refused": result(dom(status=0)), "no texts": result({"result": {"status": 1}}),
    "a number": result(dom(header=7)), "a null": result(dom(footer=None)),
    "cut": result(dom())[:-30] + b"</cpanelresult>", "no object": result("[1]"),
    "two headers": result(json.dumps(dom()).replace('"footer"', '"header"')),
    "too deep": result('{"a":' * 100 + "1" + "}" * 100),
    "too large": result(dom("x" * (1 << 20))), "many ends": b"</cpanelresult>" * 60000,
    "control bytes": result('{"result":{"status":1,"data":{"header":"\n","footer":""}}}'),
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_reply_leaves_the_page_without_a_frame(peer, reply):
    said, seen = [], []
    peer(LIVE, live(said, reply, stay=False))
    peer(USER_SOCK, answering(whole(PAGE), seen))
    assert run().stdout == PAGE
    assert not framed(seen)


def test_a_refused_frame_is_not_waited_for(peer):
    said = []
    peer(LIVE, live(said, HOSTILE["refused"]))
    peer(USER_SOCK, answering(whole(PAGE)))
    start = time.monotonic()
    assert run().stdout == PAGE and ended(said)
    assert time.monotonic() - start < 1


def silent(connection):
    while connection.recv(4096):
        pass


def dripping(connection):
    for byte in b"<cpanelresult>" + b"x" * 400:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize("act", [silent, dripping, lambda c: None],
                         ids=["silent", "dripping", "closing"])
def test_liveapi_has_two_seconds_and_no_more(peer, act):
    peer(LIVE, act)
    peer(USER_SOCK, answering(whole(PAGE)))
    start = time.monotonic()
    assert run().stdout == PAGE
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("env", [
    {"CPANEL_CONNECT_SOCKET": None}, {"CPANEL_CONNECT_SOCKET": ""},
    {"CPANEL_CONNECT_SOCKET": "/nowhere"}, {"CPANEL_CONNECT_SOCKET": "live.sock"},
    {"CPANEL_CONNECT_SOCKET": "/" + "x" * 4000}])
def test_without_liveapi_the_page_comes_as_it_is(peer, env):
    peer(USER_SOCK, answering(whole(PAGE)))
    assert run(env=env).stdout == PAGE


def test_the_older_name_of_the_socket_will_do(peer):
    peer(LIVE, live([]))
    peer(USER_SOCK, answering(whole(PAGE)))
    assert run(env={"CPANEL_CONNECT_SOCKET": "", "CPANEL_PHPCONNECT_SOCKET": LIVE}) \
        .stdout == FRAMED


@pytest.mark.parametrize("query, method", [("api=v1/status", "GET"), ("asset=user.css", "GET"),
                                           ("", "HEAD")])
def test_what_is_no_page_asks_for_no_frame_and_ends_the_connection(peer, query, method):
    said = []
    peer(LIVE, live(said))
    peer(USER_SOCK, answering(whole(PAGE)))
    assert run(query, {"REQUEST_METHOD": method}).stdout == PAGE
    assert ended(said) and said[0] == SHUT


@pytest.mark.parametrize("answer", [
    b"Status: 503 X\r\nContent-Type: text/plain\r\n\r\n\r\nContent-Type: text/html\r\n",
    b"no header at all", b"x" * 40000])
def test_an_answer_that_is_no_page_gets_no_frame(peer, answer):
    peer(LIVE, live([]))
    peer(USER_SOCK, answering(whole(answer)))
    assert run().stdout == answer


WAYS_OUT = {
    "no front": ({}, b"", b"Status: 503 "),
    "a body that is cut": ({"CONTENT_LENGTH": "9"}, b"x", b"Status: 400 "),
    "a length that is none": ({"CONTENT_LENGTH": "x"}, b"", b"Status: 400 "),
    "too large": ({"CONTENT_LENGTH": "9999999"}, b"", b"Status: 413 "),
    "too long": ({"QUERY_STRING": "q" * 70000}, b"", b"Status: 431 "),
}


@pytest.mark.parametrize("env, body, begin", WAYS_OUT.values(), ids=WAYS_OUT)
def test_every_refusal_shuts_the_connection(peer, env, body, begin):
    said = []
    peer(LIVE, live(said))
    assert run(env=env, body=body).stdout.startswith(begin)
    assert ended(said)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGALRM, signal.SIGPIPE])
def test_a_door_that_is_killed_shuts_the_connection(peer, number):
    said = []
    peer(LIVE, live(said))
    with subprocess.Popen([USER_DOOR], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={"CONTENT_LENGTH": "9", "CPANEL_CONNECT_SOCKET": LIVE}) as door:
        time.sleep(0.2)
        door.send_signal(number)
        assert door.wait(5) == -number
    assert ended(said)


def test_a_front_that_breaks_off_leaves_the_connection_shut(peer):
    said = []
    peer(LIVE, live(said))
    peer(USER_SOCK, answering(wire.record(wire.STDOUT, PAGE)))
    assert run().returncode == 1
    assert ended(said)


def test_the_doors_of_whm_know_nothing_of_liveapi(peer):
    said, seen = [], []
    called = peer(LIVE, live(said))
    peer(HELPER_SOCK, helper([]), socket.SOCK_SEQPACKET)
    peer(ADMIN_SOCK, answering(whole(PAGE), seen))
    assert run(door=ADMIN_DOOR, uid=0).stdout == PAGE
    assert called.calls == 0 and not framed(seen)
