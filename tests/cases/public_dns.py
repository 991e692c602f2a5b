"""The public DNS of a test: one real nsd on a free loopback port. It answers for the
root, so that every name it does not know is NXDOMAIN. Below servfail.example every
question ends in SERVFAIL (its zone has no file), below refused.example in REFUSED."""

import contextlib
import socket
import subprocess
import time

NSD = """server:
	ip-address: 127.0.0.1@{port}
	server-count: 1
	username: ""
	chroot: ""
	zonesdir: "{dir}"
	pidfile: "{dir}/nsd.pid"
	xfrdfile: "{dir}/xfrd.state"
	zonelistfile: "{dir}/zone.list"
	database: ""
	logfile: "{dir}/nsd.log"
remote-control:
	control-enable: no
zone:
	name: "."
	zonefile: "all.zone"
zone:
	name: "servfail.example"
	zonefile: "missing.zone"
zone:
	name: "refused.example"
	zonefile: "refused.zone"
	allow-query: 0.0.0.0/0 BLOCKED
"""
HEAD = "$ORIGIN .\n$TTL 60\n@ SOA ns.example. hostmaster.example. 1 3600 900 86400 60\n@ NS ns.example.\n"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def query(name):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return b"\x12\x34\x01\x00\0\1\0\0\0\0\0\0" + labels + b"\0\0\x06\0\x01"


def answers(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        s.connect(("127.0.0.1", port))
        try:
            s.send(query("example"))
            return bool(s.recv(512))
        except OSError:
            return False


def start(port):
    for _ in range(100):
        if answers(port):
            return
        time.sleep(0.1)
    raise RuntimeError("nsd does not answer")


@contextlib.contextmanager
def nsd(place, records):
    """The port of a server that answers with `records`, lines of a zone file; `place`
    is an empty directory for its files."""
    port = free_port()
    (place / "all.zone").write_text(HEAD + records)
    (place / "refused.zone").write_text(HEAD.replace("$ORIGIN .", "$ORIGIN refused.example."))
    (place / "nsd.conf").write_text(NSD.format(dir=place, port=port))
    subprocess.run(["/usr/sbin/nsd-checkzone", ".", place / "all.zone"], check=True,
                   stdout=subprocess.DEVNULL)
    server = subprocess.Popen(["/usr/sbin/nsd", "-d", "-c", place / "nsd.conf"],
                              stderr=subprocess.DEVNULL)
    try:
        start(port)
        yield port
    finally:
        server.terminate()
        server.wait(10)
