"""The far ends of the probes: hosts of an island behind the lab's internet, one program
for all of them. What each of them was sent is kept: /run/lab/far/ADDRESS-PORT-NUMBER.

far.py PLAN, where PLAN is {"ADDRESS PORT": "behaviour"}: see BEHAVIOURS; ADDRESS is
"::/only" for IPv6 alone. It ends with
its standard input.
"""

import itertools
import json
import os
import socket
import sys
import threading
import time

KEPT = "/run/lab/far"
_numbers = itertools.count(1)


def polite(c, name):
    c.sendall(b"220 %s ESMTP far end\r\n" % name)
    said = c.recv(4096)
    if said.startswith(b"QUIT"):
        c.sendall(b"221 bye\r\n")
    return said


def many_lines(c, name):
    c.sendall(b"220-%s ESMTP\r\n" % name)
    time.sleep(0.2)     # what is sent now comes too early
    c.setblocking(False)
    try:
        early = c.recv(4096)
    except BlockingIOError:
        early = b""
    c.setblocking(True)
    c.sendall(b"220-more\r\n220 and an end\r\n")
    return early + c.recv(4096)


def silent(c, name):
    return c.recv(4096)


def tarpit(c, name):
    for byte in b"220 " + name + b" ESMTP and so on\r\n":
        c.sendall(bytes([byte]))
        time.sleep(0.5)
    return c.recv(4096)


def endless(c, name):
    c.sendall(b"220 ")
    while True:
        c.sendall(b"x" * 65536)


def endless_lines(c, name):
    while True:
        c.sendall(b"220-" + b"y" * 1000 + b"\r\n")


def binary(c, name):
    c.sendall(bytes(range(256)) + b"\r\n")
    return c.recv(4096)


def hangs_up(c, name):
    return b""


def turns_away(c, name):
    c.sendall(b"554 no mail from you\r\n")
    return c.recv(4096)


BEHAVIOURS = {f.__name__: f for f in (polite, many_lines, silent, tarpit, endless,
                                      endless_lines, binary, hangs_up, turns_away)}


def keep(place, said):
    with open(f"{KEPT}/{place}-{next(_numbers):04}", "wb") as f:
        f.write(said)


def converse(c, place, behaviour):
    said = b""
    try:
        c.settimeout(30)
        said = BEHAVIOURS[behaviour](c, f"mx.{place}.example".encode())
    except OSError:
        pass
    keep(place, said)
    c.close()


def serve(listener, place, behaviour):
    while True:
        c, _ = listener.accept()
        threading.Thread(target=converse, args=(c, place, behaviour), daemon=True).start()


def main():
    os.makedirs(KEPT, exist_ok=True)
    for where, behaviour in json.loads(sys.argv[1]).items():
        address, port = where.split()
        address, _, only = address.partition("/")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(only))
        listener.bind((address, int(port)))
        listener.listen(128)
        threading.Thread(target=serve, args=(listener, f"{address}-{port}", behaviour),
                         daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
