"""A small internet in a network namespace of its own: a root and a registry, a
hosting company's name server, a recursive resolver on the box, and the zones that the
box keeps itself. Addresses are real ones on its loopback, the port is 53."""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import time

from name_servers import Responder, wire_name

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lab import namespaces as ns  # noqa: E402

REGISTRY, HOSTER, SECOND = "192.0.2.53", "192.0.2.54", "192.0.2.55"
SILENT, LAME, LIAR, BABBLER = "192.0.2.60", "192.0.2.61", "192.0.2.62", "192.0.2.63"
OWN = "203.0.113.10"
PUBLIC, MISLED = "127.0.0.1", "127.0.0.2"     # resolvers
ADDRESSES = [REGISTRY, HOSTER, SECOND, SILENT, LAME, LIAR, BABBLER, OWN]

NSD = """server:
	ip-address: {address}
	server-count: 1
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

UNBOUND = """server:
	interface: {address}
	access-control: 0.0.0.0/0 allow
	username: ""
	chroot: ""
	directory: "{dir}"
	pidfile: "{dir}/unbound.pid"
	use-syslog: no
	do-daemonize: no
	num-threads: 1
	module-config: "iterator"
	root-hints: "{dir}/root.hints"
	do-not-query-localhost: no
	{local}
remote-control:
	control-enable: no
"""


@contextlib.contextmanager
def own_network():
    """This thread, and all that it starts, alone with its addresses."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    ns.unshare(ns.NEWNET)
    try:
        lines = ["link set lo up"] + [f"addr add {a}/32 dev lo" for a in ADDRESSES]
        subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
        yield
    finally:
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.setns(home, ns.NEWNET) == 0
        os.close(home)


def serial_head(zone, serial):
    return f"$ORIGIN {zone.rstrip('.')}.\n$TTL 60\n" \
        f"@ SOA ns1.hoster.example. h.hoster.example. {serial} 3600 900 86400 60\n"


def answers(address, zone):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        with contextlib.suppress(OSError):
            s.connect((address, 53))
            s.send(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + wire_name(zone) + b"\0\6\0\1")
            return bool(s.recv(4096))
    return False


def wait_for(address, zone, server, seconds=20):
    end = time.monotonic() + seconds
    while not answers(address, zone):
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the name server at {address} did not start")
        time.sleep(0.05)


@contextlib.contextmanager
def running(argv, address, zone):
    server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait_for(address, zone, server)
        yield
    finally:
        server.terminate()
        server.wait(10)


@contextlib.contextmanager
def nsd(place, address, zones):
    """zones: {zone: (serial, records)}"""
    place.mkdir()
    conf = NSD.format(address=address, dir=place)
    for zone, (serial, records) in zones.items():
        file = f"{zone.rstrip('.') or 'root'}.zone"
        (place / file).write_text(serial_head(zone, serial) + records)
        conf += f'zone:\n\tname: "{zone}"\n\tzonefile: "{file}"\n'
    (place / "nsd.conf").write_text(conf)
    with running(["/usr/sbin/nsd", "-d", "-c", place / "nsd.conf"], address,
                 next(iter(zones)).rstrip(".")):
        yield


@contextlib.contextmanager
def unbound(place, address, own=()):
    """A recursive resolver that answers for `own` ({zone: [record]}) itself, with AA."""
    place.mkdir()
    lines = []
    for zone, records in dict(own).items():
        lines.append(f'local-zone: "{zone}." static')
        lines += [f'local-data: "{record}"' for record in records]
    (place / "root.hints").write_text(f". 3600 NS ns.root.\nns.root. 3600 A {REGISTRY}\n")
    (place / "unbound.conf").write_text(UNBOUND.format(
        dir=place, address=address, local="\n\t".join(lines)))
    # Under another path than the one a host's AppArmor profile may confine.
    program = shutil.copy2(shutil.which("unbound", path="/usr/sbin:/sbin"), place / "unbound")
    with running([program, "-d", "-c", place / "unbound.conf"], address, "example"):
        yield


def silent():
    return Responder(lambda question, _: None, SILENT, 53)

