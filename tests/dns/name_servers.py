"""Name servers for tests, on a free loopback port each: a real nsd, and one
that misbehaves as told."""

import collections
import contextlib
import socket
import struct
import subprocess
import threading
import time

A, SOA, MX, AAAA, CNAME, OPT = 1, 6, 15, 28, 5, 41
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 0, 1, 2, 3, 5
QR, AA, TC, RA = 0x8000, 0x0400, 0x0200, 0x0080


def free_port(host="127.0.0.1"):
    """A port that neither UDP nor TCP uses."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as udp, \
                socket.socket(family, socket.SOCK_STREAM) as tcp:
            udp.bind((host, 0))
            with contextlib.suppress(OSError):
                tcp.bind(udp.getsockname()[:2])
                return udp.getsockname()[1]


def wire_name(name):
    labels = [label.encode("latin-1") for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


class Question:
    """What a query asks; answers are built from it."""

    def __init__(self, packet):
        self.id = packet[:2]
        end, labels = 12, []
        while packet[end]:
            labels.append(packet[end + 1:end + 1 + packet[end]].decode("latin-1"))
            end += 1 + packet[end]
        self.name = ".".join(labels).lower()
        self.type = struct.unpack(">H", packet[end + 1:end + 3])[0]
        self.raw = packet[12:end + 5]

    def reply(self, records=(), rcode=NOERROR, flags=QR | RA, ttl=300, negative=None):
        """records: (type, rdata) of the name asked for, or (type, rdata, owner).
        negative: for how long there is none (a SOA in the authority section)."""
        body, authority = b"", [] if negative is None else [soa(negative)]
        for kind, rdata, *owner in [*records, *authority]:
            body += wire_name(owner[0] if owner else self.name)
            body += struct.pack(">HHIH", kind, 1, ttl, len(rdata)) + rdata
        head = struct.pack(">HHHHH", flags | rcode, 1, len(records), len(authority), 0)
        return self.id + head + self.raw + body


def mx(preference, exchange):
    return MX, struct.pack(">H", preference) + wire_name(exchange)


def soa(minimum):
    return SOA, wire_name("ns") + wire_name("root") + struct.pack(">5I", 1, 1, 1, 1, minimum)


def cname(target, owner):
    return CNAME, wire_name(target), owner


class Responder:
    """answer(question, is_tcp) gives bytes, a list of them, or None: silence.
    asked counts the queries of each (name, type); tries over UDP included."""

    def __init__(self, answer, host="127.0.0.1", port=None):
        self.answer, self.asked = answer, collections.Counter()
        self.over_tcp = collections.Counter()
        port = port or free_port(host)
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.udp.bind((host, port))
        self.tcp = socket.create_server((host, port), family=family)
        self.threads = [threading.Thread(target=f, daemon=True)
                        for f in (self._serve_udp, self._serve_tcp)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for s in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()
        for thread in self.threads:
            thread.join(5)

    def _replies(self, packet, counter, is_tcp):
        question = Question(packet)
        counter[question.name, question.type] += 1
        reply = self.answer(question, is_tcp)
        return [] if reply is None else [reply] if isinstance(reply, bytes) else reply

    def _serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                packet, peer = self.udp.recvfrom(4096)
                if not packet:      # shutdown wakes recvfrom so
                    return
                for reply in self._replies(packet, self.asked, False):
                    self.udp.sendto(reply, peer)

    def _serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.tcp.accept()
                threading.Thread(target=self._serve_connection,
                                 args=(connection,), daemon=True).start()

    def _serve_connection(self, connection):
        with connection, contextlib.suppress(OSError, struct.error):
            stream = connection.makefile("rb")
            while True:
                size = struct.unpack(">H", stream.read(2))[0]
                for reply in self._replies(stream.read(size), self.over_tcp, True):
                    connection.sendall(struct.pack(">H", len(reply)) + reply)


NSD_CONF = """server:
	ip-address: 127.0.0.1@{port}
	server-count: 1
	rrl-ratelimit: 0
	username: ""
	chroot: ""
	database: ""
	zonesdir: "{dir}"
	zonelistfile: "{dir}/zone.list"
	pidfile: "{dir}/nsd.pid"
	xfrdfile: "{dir}/xfrd.state"
	logfile: "{dir}/nsd.log"
remote-control:
	control-enable: no
"""

ZONE_HEAD = """$ORIGIN {zone}.
$TTL 300
@ SOA ns.{zone}. hostmaster.{zone}. 1 3600 900 86400 120
@ NS ns.{zone}.
ns A 127.0.0.1
"""


@contextlib.contextmanager
def nsd(directory, zones):
    """zones: name → zone file text below SOA and NS. Gives "address:port"."""
    port = free_port()
    conf = NSD_CONF.format(port=port, dir=directory)
    for zone, text in zones.items():
        (directory / f"{zone}.zone").write_text(ZONE_HEAD.format(zone=zone) + text)
        conf += f'zone:\n\tname: {zone}\n\tzonefile: "{zone}.zone"\n'
    (directory / "nsd.conf").write_text(conf)
    server = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", directory / "nsd.conf"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, next(iter(zones)), server, directory)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def query(port, name, kind, timeout=0.2):
    """One raw answer over UDP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.connect(("127.0.0.1", port))
        s.send(struct.pack(">HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + wire_name(name) +
               struct.pack(">HH", kind, 1))
        return s.recv(65535)


def wait_for(port, zone, server, directory):
    end = time.monotonic() + 60     # a large zone takes its time
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError):
            query(port, zone, SOA)
            return
        time.sleep(0.05)
    log = directory / "nsd.log"
    raise RuntimeError("nsd did not start: " + (log.read_text() if log.exists() else ""))
