"""The door against fronts and helpers that behave, and that do not."""

import contextlib
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from front import place, wire
from front.place import (ADMIN_DOOR, ADMIN_SOCK, ALICE, HELPER_SOCK, RESELLER_DOOR,
                         USER_DOOR, USER_SOCK)

ASK = struct.Struct("=I28s256s256s512s")
REPLY = struct.Struct("=Ii512s256s256s64s")
TICKET = b"0123456789abcdef0123456789abcdef"

OK = b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhello"
END = wire.record(wire.STDOUT) + wire.record(wire.END, bytes(8))
WHOLE = wire.record(wire.STDOUT, OK) + END

UNAVAILABLE = b"Status: 503 "


class Peer:
    """Listens at path and lets act(connection) loose on whoever connects."""

    def __init__(self, path, act, kind=socket.SOCK_STREAM):
        self.calls = 0
        self.act = act
        self.listener = place.listen(path, 0o666, kind)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                if connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4) == \
                        struct.pack("i", os.getpid()):
                    return
                self.calls += 1
                with contextlib.suppress(ConnectionError):
                    self.act(connection)

    def close(self):
        with socket.socket(socket.AF_UNIX, self.listener.type) as s:
            s.connect(self.listener.getsockname())
            self.thread.join()
        os.unlink(self.listener.getsockname())
        self.listener.close()


@pytest.fixture
def peer(machine):
    with contextlib.ExitStack() as stack:
        def listen(path, act, kind=socket.SOCK_STREAM):
            listening = Peer(path, act, kind)
            stack.callback(listening.close)
            return listening
        yield listen


def read_request(connection):
    """All records of one request, up to the end of its STDIN."""
    data = b""
    while not any(k == wire.STDIN and not c for k, c in wire.records(data)):
        piece = connection.recv(1 << 20)
        if not piece:
            break
        data += piece
    return data


def answering(answer, seen=None):
    def act(connection):
        data = read_request(connection)
        if seen is not None:
            seen.append(data)
        connection.sendall(answer)
    return act


def parameters(data):
    """[(name, value)] in the order in which they came."""
    content = b"".join(c for kind, c in wire.records(data) if kind == wire.PARAMS)
    found = []
    while content:
        lengths = []
        for _ in range(2):
            size = 4 if content[0] & 0x80 else 1
            lengths.append(int.from_bytes(content[:size], "big") & 0x7fffffff)
            content = content[size:]
        n, v = lengths
        found.append((content[:n].decode(), content[n:n + v].decode()))
        content = content[n + v:]
    return found


def helper(seen, code=0, text=b"", change=TICKET, version=1):
    def act(connection):
        seen.append(ASK.unpack(connection.recv(4096)))
        connection.sendall(REPLY.pack(version, code, text, b"", b"", change))
    return act


# Which door, and what passes it


@pytest.mark.parametrize("door, path, name", [
    (ADMIN_DOOR, ADMIN_SOCK, "admin.cgi"), (RESELLER_DOOR, ADMIN_SOCK, "reseller.cgi"),
    (USER_DOOR, USER_SOCK, "index.live.cgi")], ids=["admin", "reseller", "user"])
def test_a_door_says_as_whose_file_it_runs(peer, door, path, name):
    seen = []
    peer(path, answering(WHOLE, seen))
    done = place.run_door(door, {"SCRIPT_NAME": "/x/admin.cgi", "RD_DOOR": "admin.cgi",
                                 "SCRIPT_FILENAME": ADMIN_DOOR})
    assert done.stdout == OK
    assert [v for k, v in parameters(seen[0]) if k == "RD_DOOR"] == [name]


def test_a_door_at_any_other_place_is_the_users(peer, machine):
    seen = []
    peer(USER_SOCK, answering(WHOLE, seen))
    admin = peer(ADMIN_SOCK, answering(WHOLE))
    elsewhere = machine / "admin.cgi"
    shutil.copy(ADMIN_DOOR, elsewhere)
    done = subprocess.run([ADMIN_DOOR], executable=elsewhere, env={}, check=False,
                          capture_output=True)
    assert done.stdout == OK
    assert ("RD_DOOR", "index.live.cgi") in parameters(seen[0])
    assert admin.calls == 0


def test_a_link_to_a_door_is_the_door_it_leads_to(peer, machine):
    seen = []
    peer(USER_SOCK, answering(WHOLE, seen))
    link = machine / "linked.cgi"
    link.symlink_to(USER_DOOR)
    assert place.run_door(link).stdout == OK
    assert ("RD_DOOR", "index.live.cgi") in parameters(seen[0])


def test_only_the_short_list_passes_and_the_password_never(peer):
    seen = []
    peer(ADMIN_SOCK, answering(WHOLE, seen))
    place.run_door(ADMIN_DOOR, {
        "REMOTE_PASSWORD": "s3cret", "HTTP_COOKIE": "session=s3cret",
        "HTTP_AUTHORIZATION": "whm root:s3cret", "PATH": "/s3cret", "RD_TICKET": "s3cret",
        "RD_END": "0", "cp_security_token": "/cpsess1", "HTTP_HOST": "host:2087"})
    assert b"s3cret" not in seen[0]
    assert parameters(seen[0]) == [
        ("REQUEST_METHOD", "GET"), ("REMOTE_USER", "root"), ("REMOTE_ADDR", "192.0.2.7"),
        ("cp_security_token", "/cpsess1"), ("HTTP_HOST", "host:2087"),
        ("RD_DOOR", "admin.cgi"), ("RD_END", "1")]


def test_the_password_is_gone_from_the_process_while_it_waits(peer):
    environments = []

    def act(connection):
        read_request(connection)
        pid = struct.unpack("3i", connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        environments.append(pathlib.Path(f"/proc/{pid}/environ").read_bytes())
        connection.sendall(WHOLE)
    peer(ADMIN_SOCK, act)
    place.run_door(ADMIN_DOOR, {"REMOTE_PASSWORD": "s3cret"})
    assert b"REMOTE_PASSWORD=" in environments[0]
    assert b"s3cret" not in environments[0]


def test_the_connection_is_for_one_request(peer):
    seen = []
    front = peer(USER_SOCK, answering(WHOLE, seen))
    place.run_door(USER_DOOR)
    kind, begin = wire.records(seen[0])[0]
    assert (kind, begin[:3]) == (wire.BEGIN, b"\0\1\0")
    assert front.calls == 1


def test_a_body_passes_unchanged(peer):
    seen = []
    peer(USER_SOCK, answering(WHOLE, seen))
    body = os.urandom(1 << 20)
    assert place.run_door(USER_DOOR, body=body).stdout == OK
    assert b"".join(c for k, c in wire.records(seen[0]) if k == wire.STDIN) == body


# What is refused at the door


@pytest.mark.parametrize("length, status", [
    ("x", 400), ("1x", 400), (" 1", 400), ("+1", 400), ("-1", 400), ("0x1", 400),
    ("1048577", 413), ("9999999", 413), ("10000000", 413), ("9" * 40, 413)])
def test_a_length_that_is_no_small_number_is_refused(peer, length, status):
    front = peer(USER_SOCK, answering(WHOLE))
    done = place.run_door(USER_DOOR, {"CONTENT_LENGTH": length})
    assert done.stdout.startswith(f"Status: {status} ".encode())
    assert front.calls == 0


@pytest.mark.parametrize("length", [None, "", "0", "0000000"])
def test_no_length_is_no_body(peer, length):
    peer(USER_SOCK, answering(WHOLE))
    assert place.run_door(USER_DOOR, {"CONTENT_LENGTH": length}).stdout == OK


def test_a_body_short_of_its_length_gets_400_and_nobody_is_asked(peer):
    front, asked = peer(ADMIN_SOCK, answering(WHOLE)), []
    peer(HELPER_SOCK, helper(asked), socket.SOCK_SEQPACKET)
    done = place.run_door(ADMIN_DOOR, {"CONTENT_LENGTH": "4"}, body=b"abc")
    assert done.stdout.startswith(b"Status: 400 ")
    assert (front.calls, asked) == (0, [])


@pytest.mark.parametrize("door", [ADMIN_DOOR, RESELLER_DOOR], ids=["admin", "reseller"])
@pytest.mark.parametrize("login", [None, "", "x" * 33, "x" * 5000],
                         ids=["none", "empty", "33", "5000"])
def test_nobody_logged_in_gets_403_at_a_whm_door(peer, door, login):
    front = peer(ADMIN_SOCK, answering(WHOLE))
    done = place.run_door(door, {"REMOTE_USER": login})
    assert done.stdout.startswith(b"Status: 403 ")
    assert front.calls == 0


def test_the_users_door_needs_no_login(peer):
    peer(USER_SOCK, answering(WHOLE))
    assert place.run_door(USER_DOOR, {"REMOTE_USER": None}).stdout == OK


@pytest.mark.parametrize("size", [65000, 65535, 70000, 120000])
def test_what_does_not_fit_one_record_is_refused_not_cut(peer, size):
    seen = []
    peer(USER_SOCK, answering(WHOLE, seen))
    done = place.run_door(USER_DOOR, {"QUERY_STRING": "q" * size})
    if size == 65000:
        assert parameters(seen[0])[-1] == ("RD_END", "1")
    else:
        assert done.stdout.startswith(b"Status: 431 ")
        assert seen == []


# Tickets


@pytest.mark.parametrize("door, name", [(ADMIN_DOOR, b"admin.cgi"),
                                        (RESELLER_DOOR, b"reseller.cgi")],
                         ids=["admin", "reseller"])
def test_every_post_at_a_whm_door_fetches_a_ticket_first(peer, door, name):
    seen, asked = [], []
    peer(ADMIN_SOCK, answering(WHOLE, seen))
    peer(HELPER_SOCK, helper(asked), socket.SOCK_SEQPACKET)
    done = place.run_door(door, {"REMOTE_USER": "carol", "RD_TICKET": "f" * 32}, b"a=b")
    assert done.stdout == OK
    version, verb, login, address, value = (
        f.rstrip(b"\0") if isinstance(f, bytes) else f for f in asked[0])
    assert (version, verb, login, address, value) == (
        1, b"ticket", b"carol", b"192.0.2.7", name)
    assert parameters(seen[0])[-2:] == [("RD_TICKET", TICKET.decode()), ("RD_END", "1")]


def test_reading_needs_no_ticket_and_a_user_never_gets_one(peer):
    asked, seen = [], []
    peer(HELPER_SOCK, helper(asked), socket.SOCK_SEQPACKET)
    peer(ADMIN_SOCK, answering(WHOLE, seen))
    peer(USER_SOCK, answering(WHOLE, seen))
    place.run_door(ADMIN_DOOR)
    place.run_door(USER_DOOR, body=b"a=b", uid=ALICE)
    assert asked == []
    assert all(name != "RD_TICKET" for data in seen for name, _ in parameters(data))


def test_without_a_helper_a_post_gets_503_and_the_front_nothing(peer):
    front = peer(ADMIN_SOCK, answering(WHOLE))
    done = place.run_door(ADMIN_DOOR, body=b"a=b")
    assert done.stdout.startswith(UNAVAILABLE)
    assert front.calls == 0


def test_a_ticket_refused_is_403_with_the_helpers_words(peer):
    front, asked = peer(ADMIN_SOCK, answering(WHOLE)), []
    peer(HELPER_SOCK, helper(asked, 2, b"carol is no reseller", b""), socket.SOCK_SEQPACKET)
    done = place.run_door(RESELLER_DOOR, {"REMOTE_USER": "carol"}, b"a=b")
    assert done.stdout.startswith(b"Status: 403 ")
    assert b"carol is no reseller" in done.stdout
    assert front.calls == 0


def test_a_helper_of_another_version_is_no_helper(peer):
    front, asked = peer(ADMIN_SOCK, answering(WHOLE)), []
    peer(HELPER_SOCK, helper(asked, version=2), socket.SOCK_SEQPACKET)
    assert place.run_door(ADMIN_DOOR, body=b"a=b").stdout.startswith(UNAVAILABLE)
    assert front.calls == 0


# What the front says


def test_a_missing_front_gives_503(machine):
    done = place.run_door(USER_DOOR)
    assert done.stdout.startswith(UNAVAILABLE)
    assert b"\r\nContent-Type: text/plain" in done.stdout
    assert b"\r\nCache-Control: no-store\r\n" in done.stdout


def test_a_front_that_refuses_gives_503(machine):
    place.listen(USER_SOCK, 0o666).close()
    assert place.run_door(USER_DOOR).stdout.startswith(UNAVAILABLE)
    os.unlink(USER_SOCK)


@pytest.mark.parametrize("said", [
    b"", b"\1", WHOLE[:7], WHOLE[:8], WHOLE[:20], wire.record(wire.STDOUT, OK)[:-1], END,
    wire.record(wire.STDERR, b"oh") + END, b"HTTP/1.1 200 OK\r\n\r\n",
    wire.record(wire.STDOUT, OK, request=2)],
    ids=["nothing", "1-byte", "7-bytes", "head", "20-bytes", "all-but-1", "no-output",
         "only-stderr", "http", "other-request"])
def test_a_front_that_closes_before_its_first_output_is_whole_gives_503(peer, said):
    peer(USER_SOCK, answering(said))
    done = place.run_door(USER_DOOR)
    assert done.stdout.startswith(UNAVAILABLE)
    assert b"200 OK" not in done.stdout


def test_a_front_that_closes_unread_gives_503(peer):
    peer(USER_SOCK, lambda connection: None)
    assert place.run_door(USER_DOOR, body=b"x" * 100000).stdout.startswith(UNAVAILABLE)


def test_the_answer_of_a_front_that_reads_nothing_is_heard(peer):
    peer(USER_SOCK, lambda connection: connection.sendall(WHOLE))
    for size in (0, 1000, 1 << 20):
        assert place.run_door(USER_DOOR, body=b"x" * size).stdout == OK


def test_the_header_is_held_back_until_the_first_record_is_whole(peer):
    go = threading.Event()
    first = wire.record(wire.STDOUT, OK)

    def act(connection):
        read_request(connection)
        for byte in first[:-1]:
            connection.sendall(bytes([byte]))
        go.wait(10)
        connection.sendall(first[-1:] + END)
    peer(USER_SOCK, act)
    with subprocess.Popen([USER_DOOR], env={}, stdout=subprocess.PIPE) as door:
        time.sleep(0.3)
        os.set_blocking(door.stdout.fileno(), False)
        assert door.stdout.read() is None
        go.set()
        os.set_blocking(door.stdout.fileno(), True)
        assert door.stdout.read() == OK


def test_records_may_come_in_any_pieces_padded_and_mixed(peer):
    padded = struct.pack(">BBHHBx", 1, wire.STDOUT, 1, 5, 3) + b"three" + b"pad"
    answer = (wire.record(wire.STDERR, b"a warning\n") + wire.record(wire.STDOUT, b"one ") +
              wire.record(11, b"unknown") + wire.record(wire.STDOUT, b"two " * 16000) +
              padded + END + wire.record(wire.STDOUT, b"after the end"))

    def act(connection):
        read_request(connection)
        for at in range(0, len(answer), 997):
            connection.sendall(answer[at:at + 997])
    peer(USER_SOCK, act)
    done = place.run_door(USER_DOOR)
    assert done.stdout == b"one " + b"two " * 16000 + b"three"
    assert done.stderr == b"a warning\n"
    assert done.returncode == 0


def test_an_answer_that_breaks_off_is_told_by_the_exit_status(peer):
    peer(USER_SOCK, answering(wire.record(wire.STDOUT, OK)))
    done = place.run_door(USER_DOOR)
    assert done.stdout == OK
    assert done.returncode == 1


@pytest.mark.skipif("RD_SLOW" not in os.environ, reason="takes 65 s; RD_SLOW=1 runs it")
def test_a_front_that_stays_silent_gives_503_after_65_s(peer):
    peer(USER_SOCK, lambda connection: time.sleep(70))
    begun = time.monotonic()
    assert place.run_door(USER_DOOR).stdout.startswith(UNAVAILABLE)
    assert 64 < time.monotonic() - begun < 67
