"""What the helper tells of sockets: those that listen, and whose they are."""
import ctypes
import os
import socket

import pytest

from helper_box import Helper, libc

PR_SET_NAME = 15


def inode_of(s):
    return os.readlink("/proc/self/fd/%d" % s.fileno())[len("socket:["):-1]


@pytest.fixture
def listener(box):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        yield s


def listening(caller="relaydoctor-scan"):
    with Helper(caller) as h:
        return h.read("listening").decode().splitlines()


def test_a_listening_socket_is_told_with_its_process(listener):
    told, inode = listening(), inode_of(listener)
    port = "0100007F:%04X" % listener.getsockname()[1]
    assert [x for x in told if x.startswith("tcp ") and port in x and " %s " % inode in x]
    with open("/proc/self/comm") as f:
        assert "process %s %d %s" % (inode, os.getpid(), f.read().strip()) in told


def test_an_ipv6_socket_is_told_as_such(box):
    with socket.socket(socket.AF_INET6) as s:
        s.bind(("::1", 0))
        s.listen(1)
        assert [x for x in listening() if x.startswith("tcp6 ") and " %s " % inode_of(s) in x]


def test_connections_are_not_told(listener):
    with socket.create_connection(listener.getsockname()) as s:
        assert not [x for x in listening() if " %s " % inode_of(s) in x]


def test_a_process_cannot_write_a_line_with_its_name(listener):
    with open("/proc/self/comm") as f:
        own = f.read().strip()
    libc.prctl(PR_SET_NAME, ctypes.c_char_p(b"x\ntcp 0\x1b[2J"), 0, 0, 0)
    try:
        told = listening()
    finally:
        libc.prctl(PR_SET_NAME, ctypes.c_char_p(own.encode()), 0, 0, 0)
    line = next(x for x in told if x.startswith("process %s " % inode_of(listener)))
    assert line.split(" ")[2] == str(os.getpid())
    assert all(" " <= c < "\x7f" for c in line)
    assert all(x.startswith(("tcp ", "tcp6 ", "process ")) for x in told)


def test_only_root_and_the_scan_may_ask(box):
    for caller in ("relaydoctor-admin", "relaydoctor-user"):
        with Helper(caller) as h:
            assert h.ask("listening").code == "denied"
