"""A WHM that answers from memory, on a loopback port with TLS: quick where the lab's
is whole, and able to fail in the middle of a byte.

    with Whm(certificate, domains) as server:
        server.fail("get_domain_info", Html(200))     that call's answer from now on
        server.asked                                  [(function, arguments)] so far

The shapes are those of tests/lab/panel.py; api.chunk and its kin are the lab's own.
"""

import collections
import json
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

from lab import api_lists

VERSION = "11.126.0.21"
TOKEN = "ABCDEF0123456789"
FUNCTIONS = ["applist", "batch", "get_domain_info", "get_shared_ip", "gethostname",
             "listips", "myprivs", "uapi_cpanel", "version"]


@dataclass
class Domain:
    name: str
    user: str
    mxcheck: str = "auto"
    detected: str = "local"
    kind: str = "main"

    def row(self):
        return {"domain": self.name, "domain_type": self.kind, "user": self.user,
                "user_owner": "root", "parent_domain": self.name, "docroot": "/home",
                "ipv4": "192.0.2.10", "ipv6": None, "port": "80", "php_version": "ea-php82"}

    def mx_row(self):
        return {"domain": self.name, "mxcheck": self.mxcheck, "detected": self.detected,
                "alwaysaccept": int(self.mxcheck == "local"), "local": 0, "remote": 0,
                "secondary": 0, "mx": self.name, "status": 1, "statusmsg": "Fetched MX List",
                "entries": [{"mx": self.name, "domain": self.name, "priority": "0",
                             "entrycount": 1, "row": "odd"}]}


# ---- ways to answer: each writes to the stream; False ends the connection ----

def head(status, length, kind="application/json", more=()):
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", *more]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Json:
    def __init__(self, value, kind='text/plain; charset="utf-8"'):
        self.value, self.kind = value, kind

    def write(self, stream):
        body = json.dumps(self.value, ensure_ascii=False).encode()
        stream.sendall(head(200, len(body), self.kind) + body)
        return True


class Text:
    """Any status with any body."""

    def __init__(self, status, body, kind="text/html", more=()):
        self.status, self.body, self.kind, self.more = status, body.encode(), kind, more

    def write(self, stream):
        stream.sendall(head(self.status, len(self.body), self.kind, self.more) + self.body)
        return True


class Cut:
    """Announces `length` bytes, sends fewer, and closes."""

    def __init__(self, body='{"data":{"domains":[', length=5000):
        self.body, self.length = body.encode(), length

    def write(self, stream):
        stream.sendall(head(200, self.length) + self.body)
        return False


class Chunks:
    """What `inner` would say, in pieces of seven bytes."""

    def __init__(self, value):
        self.value = value

    def write(self, stream):
        body = json.dumps(self.value).encode()
        out = head(200, None, more=["Transfer-Encoding: chunked"])
        for at in range(0, len(body), 7):
            piece = body[at:at + 7]
            out += b"%x\r\n%s\r\n" % (len(piece), piece)
        stream.sendall(out + b"0\r\n\r\n")
        return True


class Drop:
    """Closes without a byte; hard: with a reset."""

    def __init__(self, hard=False):
        self.hard = hard

    def write(self, stream):
        if self.hard:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


class Silence:
    def __init__(self, seconds, after=b""):
        self.seconds, self.after = seconds, after

    def write(self, stream):
        stream.sendall(self.after)
        time.sleep(self.seconds)
        return False


class Flood:
    """More bytes than anybody may send."""

    def __init__(self, mib):
        self.mib = mib

    def write(self, stream):
        stream.sendall(head(200, self.mib << 20))
        for _ in range(self.mib):
            stream.sendall(b" " * (1 << 20))
        return False


def ok(data, **more):
    return {"data": data, "metadata": {"version": 1, "reason": "OK", "result": 1, **more}}


def refused(reason):
    return {"metadata": {"version": 1, "reason": reason, "result": 0}}


UNKNOWN = "Unknown app (“%s”) requested for this version (1) of the API."
DENIED = '{"cpanelresult":{"apiversion":"2","error":"Access denied",' \
    '"data":{"reason":"Access denied","result":"0"},"type":"text"}}'


class Whm:
    """fails: {function: a way to answer, or a value in its place in a batch}. once:
    ways to answer the next requests. keep: how many requests a connection serves."""

    def __init__(self, certificate, domains=(), version=VERSION, keep=200, tls=True):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.domains, self.version, self.keep, self.tls = list(domains), version, keep, tls
        self.hostname, self.addresses = "server1.example.net", ["192.0.2.10"]
        self.fails, self.once = {}, collections.deque()
        self.asked, self.headers, self.connections = [], [], 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = self.listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self._rows = None

    def __enter__(self):
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)

    def fail(self, function, answer):
        self.fails[function] = answer

    # -- HTTP --

    def _accept(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except OSError:
            pass

    def _serve(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as lines:
                for _ in range(self.keep):
                    if not self._request(connection, lines):
                        break
        except (OSError, ValueError):
            connection.close()

    def _request(self, connection, lines):
        words = lines.readline().decode("latin-1").split()
        if len(words) != 3:
            return False
        headers = {}
        while (line := lines.readline().decode("latin-1").strip()):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = lines.read(int(headers.get("content-length", 0))).decode()
        function = words[1].rpartition("/")[2]
        self.asked.append((function, body))
        self.headers.append(headers)
        if self.once:
            answer = self.once.popleft()
            if answer is not None:
                return answer.write(connection)
        if headers.get("authorization") != f"whm root:{TOKEN}":
            return Text(403, DENIED, "text/plain").write(connection)
        return self.answer(function, parse_qsl(body)).write(connection)

    # -- WHM API 1 --

    def answer(self, function, pairs):
        fails = self.fails.get(function)
        if hasattr(fails, "write"):
            return fails
        return Json(self.call(function, pairs))

    def call(self, function, pairs):
        if function in self.fails:
            return self.fails[function]
        call = getattr(self, "do_" + function, None)
        return call(pairs) if call else refused(UNKNOWN % function)

    def do_batch(self, pairs):
        parts = []
        for key, value in pairs:
            if key == "command":
                name, _, query = value.partition("?")
                parts.append(self.call(name, parse_qsl(query)))
        return ok({"result": parts})

    def do_version(self, _):
        return ok({"version": self.version})

    def do_myprivs(self, _):
        return ok({"privileges": [{"all": 1}]})

    def do_applist(self, _):
        return ok({"app": FUNCTIONS})

    def do_gethostname(self, _):
        return ok({"hostname": self.hostname})

    def do_listips(self, _):
        return ok({"ip": [{"ip": a, "public_ip": a, "active": 1} for a in self.addresses]})

    def do_get_shared_ip(self, _):
        return ok({"ip": self.addresses[0]})

    def do_get_domain_info(self, pairs):
        if not self._rows or len(self._rows) != len(self.domains):
            self._rows = [d.row() for d in sorted(self.domains, key=lambda d: d.name)]
        meta = {}
        return ok(api_lists.cut({"domains": self._rows}, {k: v for k, v in pairs
                                                         if "sort" not in k}, meta), **meta)

    def do_uapi_cpanel(self, pairs):
        user = dict(pairs)["cpanel.user"]
        if user in self.fails:
            return self.fails[user]
        if not hasattr(self, "_users"):
            self._users = collections.defaultdict(list)
            for d in self.domains:
                self._users[d.user].append(d)
        rows = [d.mx_row() for d in self._users[user] if d.mxcheck]
        return ok({"uapi": {"status": 1, "errors": None, "messages": None, "data": rows}})
