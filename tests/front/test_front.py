"""The fronts against whatever connects: real front, real doors, echo_app."""

import contextlib
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

from front import place, wire
from front.place import ADMIN_SOCK, ALICE, BOB, STRANGER, USER_SOCK

PYTHON_PATH = {"PYTHONPATH": str(place.REPO / "tests"), "PATH": "/usr/bin:/bin"}

CONNECT_AS = """
import socket, sys
s = socket.socket(socket.AF_UNIX, int(sys.argv[2]))
s.connect(sys.argv[1])
s.settimeout(20)
data = b""
try:
    s.sendall(sys.stdin.buffer.read())
except BrokenPipeError:
    pass
try:
    while piece := s.recv(65536):
        data += piece
except ConnectionResetError:
    pass
sys.stdout.buffer.write(data)
"""


def ask_as(uid, path, data):
    """(answer, what went wrong) of a client that runs as uid."""
    done = subprocess.run([sys.executable, "-c", CONNECT_AS, path,
                           str(int(socket.SOCK_STREAM))], input=data, user=uid,
                          group=uid, extra_groups=[], capture_output=True,
                          timeout=30, check=False)
    return done.stdout, done.stderr.decode()


@contextlib.contextmanager
def hostile_clients(path, uid):
    child = subprocess.Popen([sys.executable, "-m", "front.hostile", path],
                             env=PYTHON_PATH, stdout=subprocess.PIPE, user=uid,
                             group=uid, extra_groups=[], cwd="/")
    try:
        assert child.stdout.readline() == b"ready\n"
        yield child
        assert child.poll() is None, "the clients gave up"
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def page(door, uid=0):
    """(seconds, output) of a page asked for through a door."""
    start = time.monotonic()
    done = place.run_door(door, {"QUERY_STRING": "page"}, uid=uid)
    return time.monotonic() - start, done.stdout


def patience(door, uid=0):
    """Half a second; on a machine so busy that a page takes long even in peace, four
    times what it takes."""
    return max(0.5, 4 * max(page(door, uid)[0] for _ in range(10)))


def served(door, uid=0):
    return int(wire.facts(page(door, uid)[1])["served"])


# Who is asking


def test_a_user_is_the_peers_uid_whatever_the_request_says(front):
    front("user")
    answer, _ = ask_as(ALICE, USER_SOCK, wire.request(
        door="admin.cgi", REMOTE_USER="root", RD_TICKET="f" * 32))
    said = wire.facts(wire.output(answer))
    assert (said["door"], said["login"], said["uid"]) == ("user", "alice", str(ALICE))


def test_a_uid_that_is_no_cpanel_account_gets_403(front):
    front("user")
    answer, _ = ask_as(STRANGER, USER_SOCK, wire.request())
    assert wire.status(answer) == 403
    answer, _ = ask_as(0, USER_SOCK, wire.request())
    assert wire.status(answer) == 403


def test_a_whm_request_carries_door_and_login(front):
    front("admin")
    said = wire.facts(wire.output(wire.exchange(ADMIN_SOCK, wire.request(
        "page", b"a=b", "reseller.cgi", REMOTE_USER="carol", RD_TICKET="t" * 32))))
    assert said["door"] == "reseller"
    assert said["login"] == "carol"
    assert said["ticket"] == "t" * 32
    assert said["body"] == "3"


@pytest.mark.parametrize("login", ["", "a b", "../x", "x" * 33, "root\n"])
def test_a_whm_request_without_a_sound_login_gets_403(front, login):
    front("admin")
    answer = wire.exchange(ADMIN_SOCK, wire.request(door="admin.cgi", REMOTE_USER=login))
    assert wire.status(answer) == 403


@pytest.mark.parametrize("door", ["", "index.live.cgi", "admin.cgi2"])
def test_a_whm_request_of_no_whm_door_gets_400(front, door):
    front("admin")
    assert wire.status(wire.exchange(ADMIN_SOCK, wire.request(door=door))) == 400


def test_a_process_that_is_not_root_cannot_connect_to_admin_sock(front):
    front("admin")
    answer, error = ask_as(ALICE, ADMIN_SOCK, wire.request(door="admin.cgi"))
    assert answer == b""
    assert "PermissionError" in error


def test_a_peer_that_is_not_root_is_closed_unread_on_admin_sock(front):
    front("admin", mode=0o666)
    answer, _ = ask_as(ALICE, ADMIN_SOCK, wire.request(door="admin.cgi"))
    assert answer == b""
    assert served(place.ADMIN_DOOR) == 1


# A cut request is not a request


@pytest.mark.parametrize("side, path, door, uid", [
    ("user", USER_SOCK, place.USER_DOOR, ALICE),
    ("admin", ADMIN_SOCK, place.ADMIN_DOOR, 0)], ids=["user", "admin"])
def test_a_request_cut_anywhere_gets_400_and_nothing_runs(front, side, path, door, uid):
    front(side)
    whole = wire.request("page", b"x=1", "admin.cgi")
    child = os.fork()
    if child == 0:
        os.setgid(uid)
        os.setuid(uid)
        codes = {wire.status(wire.exchange(path, whole[:at], cut=True))
                 for at in range(len(whole))}
        os._exit(0 if codes == {400} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert served(door, uid) == 1


@pytest.mark.parametrize("body, length", [
    (b"x=1", "4"), (b"x=1", "2"), (b"x=1", ""), (b"", "1"), (b"x=1", "3 "),
    (b"x=1", "-3"), (b"x=1", "+3"), (b"x=1", "0x3"), (b"x=1", "99999999999999999999")])
def test_a_body_that_is_not_exactly_as_long_as_it_says_gets_400(front, body, length):
    front("admin")
    data = wire.request("page", body, "admin.cgi", CONTENT_LENGTH=length)
    assert wire.status(wire.exchange(ADMIN_SOCK, data)) == 400
    assert served(place.ADMIN_DOOR) == 1


def test_a_request_without_the_doors_last_parameter_gets_400(front):
    front("admin")
    for end in ("", "0", "11"):
        data = wire.request(door="admin.cgi", RD_END=end)
        assert wire.status(wire.exchange(ADMIN_SOCK, data)) == 400
    assert served(place.ADMIN_DOOR) == 1


@pytest.mark.parametrize("data", [
    b"GET / HTTP/1.1\r\n\r\n", b"\0" * 64, b"\xff" * 4096,
    wire.record(wire.STDIN, b"early"), wire.begin() + wire.stdin(b"no parameters"),
    wire.record(wire.BEGIN, struct.pack(">HB5x", 3, 0)) + wire.params({"RD_END": "1"})],
    ids=["http", "zeros", "ones", "early", "no-parameters", "other-role"])
def test_what_is_not_a_fastcgi_request_gets_400(front, data):
    front("admin")
    assert wire.status(wire.exchange(ADMIN_SOCK, data, cut=True)) == 400
    assert served(place.ADMIN_DOOR) == 1


def huge_parameter():
    lengths = struct.pack(">LL", 4 | 1 << 31, 1 << 30 | 1 << 31)
    return wire.begin() + wire.record(wire.PARAMS, lengths + b"name" + b"x" * 4096)


def test_a_parameter_of_1_gib_ends_its_own_child_alone(front):
    started = front("user")
    limit = patience(place.USER_DOOR, BOB)
    for _ in range(10):
        ask_as(ALICE, USER_SOCK, huge_parameter())
    seconds, output = page(place.USER_DOOR, BOB)
    assert wire.facts(output)["served"] == "11"
    assert seconds < limit
    assert started.wait(0) is None


def test_a_parameter_of_1_gib_leaves_the_admins_page_alone(front):
    front("admin")
    limit = patience(place.ADMIN_DOOR)
    with wire.connect(ADMIN_SOCK) as s:
        s.sendall(huge_parameter())
        seconds, output = page(place.ADMIN_DOOR)
    assert wire.facts(output)["served"] == "11"
    assert seconds < limit


def test_an_application_that_crashes_takes_one_users_request_with_it(front):
    front("user")
    answer, _ = ask_as(ALICE, USER_SOCK, wire.request("crash"))
    assert answer == b""
    assert served(place.USER_DOOR, BOB) == 2


# How many, and for how long


def test_the_fifth_connection_of_a_uid_gets_503_unread(front):
    front("user")
    hold = [subprocess.Popen(
        [sys.executable, "-c", "import socket,sys,time\n"
         "s = [socket.socket(socket.AF_UNIX) for _ in range(4)]\n"
         f"[x.connect({USER_SOCK!r}) for x in s]\n"
         "print('ready', flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE, user=ALICE, group=ALICE, extra_groups=[])]
    try:
        hold[0].stdout.readline()
        answer, _ = ask_as(ALICE, USER_SOCK, b"")
        assert wire.status(answer) == 503
        assert served(place.USER_DOOR, BOB) == 1
    finally:
        hold[0].kill()
        hold[0].wait()
        hold[0].stdout.close()
    time.sleep(0.2)
    assert served(place.USER_DOOR, ALICE) == 2


def test_the_65th_connection_of_all_gets_503(front):
    front("admin")
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(wire.connect(ADMIN_SOCK))
        assert b"503" in page(place.ADMIN_DOOR)[1].split(b"\r\n")[0]
    time.sleep(0.2)
    assert served(place.ADMIN_DOOR) == 1


def test_fifty_hostile_clients_of_one_uid_slow_nobody_else(front):
    front("user")
    front("admin")
    limit = max(patience(place.USER_DOOR, BOB), patience(place.ADMIN_DOOR))
    slowest = {}
    with hostile_clients(USER_SOCK, ALICE):
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for name, door, uid in (("user", place.USER_DOOR, BOB),
                                    ("admin", place.ADMIN_DOOR, 0)):
                seconds, output = page(door, uid)
                assert output.startswith(b"Status: 200 "), output
                slowest[name] = max(slowest.get(name, 0), seconds)
    print("slowest page:", {k: f"{v * 1000:.0f} ms" for k, v in slowest.items()})
    assert max(slowest.values()) < limit


def test_fifty_hostile_clients_at_the_admins_own_socket_do_not_shut_it(front):
    front("admin")
    with hostile_clients(ADMIN_SOCK, 0):
        for _ in range(20):
            _, output = page(place.ADMIN_DOOR)
            assert output.startswith(b"Status: 200 "), output


def test_who_does_not_finish_asking_is_cut_off_after_10_s_and_who_has_is_not(front):
    front("user")
    front("admin")
    begun = time.monotonic()
    stalled = wire.connect(ADMIN_SOCK)
    working = wire.connect(ADMIN_SOCK)
    working.sendall(wire.request("sleep=11000", door="admin.cgi"))
    child = subprocess.Popen([place.USER_DOOR], user=BOB, group=BOB, extra_groups=[],
                             stdout=subprocess.PIPE, env={"QUERY_STRING": "sleep=11000"})
    with stalled, working, child:
        stalled.sendall(wire.request(door="admin.cgi")[:40])
        assert ask_as(ALICE, USER_SOCK, wire.request()[:40])[0] == b""
        assert 9 < time.monotonic() - begun < 12
        answer = wire.read_all(stalled)
        assert answer == b""
        assert 9 < time.monotonic() - begun < 12
        assert wire.status(wire.read_all(working)) == 200
        assert child.stdout.read().startswith(b"Status: 200 ")


def test_a_connection_serves_one_request_even_when_asked_to_be_kept(front):
    front("admin")
    two = wire.request("one", door="admin.cgi", keep=True)
    answer = wire.exchange(ADMIN_SOCK, two + two)
    assert [kind for kind, _ in wire.records(answer)].count(wire.END) == 1


# Coming and going


@pytest.mark.parametrize("side, path, uid", [("user", USER_SOCK, ALICE),
                                             ("admin", ADMIN_SOCK, 0)],
                         ids=["user", "admin"])
def test_a_front_stops_within_2_s_of_sigterm_under_load(front, side, path, uid):
    started = front(side)
    served(place.USER_DOOR if side == "user" else place.ADMIN_DOOR, uid and BOB)
    slow = subprocess.Popen(
        [place.USER_DOOR if side == "user" else place.ADMIN_DOOR],
        env={"QUERY_STRING": "sleep=30000", "REMOTE_USER": "root"}, user=BOB if uid else 0,
        stdout=subprocess.PIPE)
    with hostile_clients(path, uid), slow:
        time.sleep(0.5)
        seconds = started.stop()
        assert slow.stdout.read().startswith(b"Status: 503 ")
    print(f"stopped after {seconds:.2f} s")
    assert seconds < 2
    assert started.code == 0


def test_what_runs_at_sigterm_may_end(front):
    started = front("admin")
    assert served(place.ADMIN_DOOR) == 1
    with wire.connect(ADMIN_SOCK) as working:
        working.sendall(wire.request("sleep=400", door="admin.cgi"))
        time.sleep(0.2)
        started.stop()
        assert wire.status(wire.read_all(working)) == 200
    assert started.code == 0


def test_what_waits_at_sigterm_meets_the_next_front(front):
    first = front("admin")
    assert served(place.ADMIN_DOOR) == 1
    os.kill(first.pid, signal.SIGSTOP)
    with wire.connect(ADMIN_SOCK) as waiting:
        waiting.sendall(wire.request(door="admin.cgi"))
        os.kill(first.pid, signal.SIGTERM)
        os.kill(first.pid, signal.SIGCONT)
        assert first.wait(2) == 0
        front("admin", listener=first.listener)
        assert wire.status(wire.read_all(waiting)) == 200


def test_no_child_outlives_its_front(front):
    started = front("user")
    assert served(place.USER_DOOR, BOB) == 1
    door = subprocess.Popen([place.USER_DOOR], env={"QUERY_STRING": "sleep=30000"},
                            user=BOB, group=BOB, stdout=subprocess.PIPE)
    time.sleep(0.5)
    children = open(f"/proc/{started.pid}/task/{started.pid}/children").read().split()
    started.stop()
    with door:
        assert door.stdout.read().startswith(b"Status: 503 ")
    assert children and not any(os.path.exists(f"/proc/{c}") for c in children)


def test_a_child_holds_neither_the_listener_nor_another_connection(front):
    started = front("user")
    assert served(place.USER_DOOR, BOB) == 1
    door = subprocess.Popen([place.USER_DOOR], env={"QUERY_STRING": "sleep=2000"},
                            user=BOB, group=BOB, stdout=subprocess.PIPE)
    time.sleep(0.5)
    child = open(f"/proc/{started.pid}/task/{started.pid}/children").read().split()[0]
    sockets = [t for t in (os.readlink(f"/proc/{child}/fd/{fd}")
                           for fd in os.listdir(f"/proc/{child}/fd"))
               if t.startswith("socket:")]
    with door:
        door.stdout.read()
    assert len(set(sockets)) == 1


@pytest.mark.parametrize("side, path, door, uid", [
    ("user", USER_SOCK, place.USER_DOOR, ALICE),
    ("admin", ADMIN_SOCK, place.ADMIN_DOOR, 0)], ids=["user", "admin"])
def test_sighup_has_a_front_read_its_files_again_and_cuts_nothing(front, side, path, door, uid):
    started = front(side)
    assert served(door, uid) == 1
    with subprocess.Popen([door], user=uid, group=uid, extra_groups=[], stdout=subprocess.PIPE,
                          env={"QUERY_STRING": "sleep=500", "REMOTE_USER": "root"}) as working:
        time.sleep(0.2)
        os.kill(started.pid, signal.SIGHUP)
        assert working.stdout.read().startswith(b"Status: 200 ")
    assert wire.facts(page(door, uid)[1])["reloads"] == "1"
    assert started.wait(0) is None


@pytest.mark.parametrize("side, path", [("admin", USER_SOCK), ("user", ADMIN_SOCK)],
                         ids=["admin", "user"])
def test_a_front_refuses_a_socket_that_is_not_its_own(front, side, path):
    started = front(side, path=path)
    assert started.wait(5) == 1
    assert "as descriptor 3" in started.said()


def test_a_front_that_nobody_gave_a_socket_says_what_to_do(machine, echo_front):
    done = subprocess.run([echo_front, "admin"], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"systemctl start relaydoctor-admin.socket" in done.stderr
    assert subprocess.run([echo_front], check=False, capture_output=True).returncode == 2


def test_a_flood_is_one_line_in_the_log(front):
    started = front("user")
    with hostile_clients(USER_SOCK, ALICE):
        time.sleep(1)
    assert started.said().count("\n") == 1
    assert f"uid {ALICE}" in started.said()


# The answer


def test_an_answer_has_its_length_and_the_headers_that_confine_a_page(front):
    front("admin")
    output = wire.output(wire.exchange(ADMIN_SOCK, wire.request("page", door="admin.cgi")))
    head, body = output.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    assert headers["Status"] == "200 OK"
    assert headers["Content-Length"] == str(len(body))
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy


def test_an_answer_that_is_a_file_has_its_name_and_no_other_has(front):
    front("admin")
    for query, there in (("file", True), ("page", False)):
        output = wire.output(wire.exchange(ADMIN_SOCK, wire.request(query, door="admin.cgi")))
        head = output.split(b"\r\n\r\n", 1)[0].decode().split("\r\n")
        assert ('Content-Disposition: attachment; filename="mail.xml"' in head) == there


def test_a_large_answer_arrives_whole_through_the_door(front):
    front("user")
    done = place.run_door(place.USER_DOOR, {"QUERY_STRING": "big=3000000"}, uid=ALICE)
    head, body = done.stdout.split(b"\r\n\r\n", 1)
    assert done.returncode == 0
    assert body.endswith(b"x" * 3000000)
    assert f"Content-Length: {len(body)}".encode() in head


def test_a_client_that_leaves_before_its_answer_harms_nobody(front):
    started = front("admin")
    for _ in range(20):
        with wire.connect(ADMIN_SOCK) as s:
            s.sendall(wire.request("big=3000000", door="admin.cgi"))
    assert page(place.ADMIN_DOOR)[1].startswith(b"Status: 200 ")
    assert started.wait(0) is None


def test_a_front_that_is_killed_leaves_the_socket_to_the_next(front):
    first = front("admin")
    assert served(place.ADMIN_DOOR) == 1
    os.kill(first.pid, signal.SIGKILL)
    first.wait(5)
    front("admin")
    assert served(place.ADMIN_DOOR) == 1
