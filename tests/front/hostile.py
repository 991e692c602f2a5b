"""Fifty clients of one uid at once, each as unpleasant as one client can be:
usage: hostile.py SOCKET [KIND], until it is killed. Without a kind: of each some."""

import selectors
import socket
import sys
import time

from front import wire

CLIENTS = 50


class Client:
    """Connects again as soon as it is put out."""

    def __init__(self, path, selector):
        self.path, self.selector = path, selector
        self.connect()

    def connect(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(self.path)
        self.socket.setblocking(False)
        self.selector.register(self.socket, selectors.EVENT_READ, self)
        self.send(self.greeting())

    def send(self, data):
        try:
            self.socket.send(data)
        except OSError:
            pass  # its end will be read

    def heard(self):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(self.socket)
            self.socket.close()
            self.connect()

    def greeting(self):
        return b""

    def tick(self):
        pass


class Stalling(Client):
    def greeting(self):
        return wire.begin() + wire.params({"QUERY_STRING": "x"})[:9]


class Dripping(Client):
    def greeting(self):
        self.rest = wire.request("empty", RD_END="")
        return b""

    def tick(self):
        self.send(self.rest[:1])
        self.rest = self.rest[1:]


class KeepingAlive(Client):
    def greeting(self):
        return wire.request("empty", keep=True)


class Reconnecting(Client):
    def greeting(self):
        return wire.request("empty")


def main(path, kind=None):
    selector = selectors.DefaultSelector()
    kinds = (Stalling, Dripping, KeepingAlive, Reconnecting)
    kinds = [k for k in kinds if kind in (None, k.__name__)]
    clients = [kinds[i % len(kinds)](path, selector) for i in range(CLIENTS)]
    print("ready", flush=True)
    drip = time.monotonic()
    while True:
        for key, _ in selector.select(0.1):
            key.data.heard()
        if time.monotonic() - drip > 0.1:
            drip = time.monotonic()
            for client in clients:
                client.tick()


if __name__ == "__main__":
    main(*sys.argv[1:])
