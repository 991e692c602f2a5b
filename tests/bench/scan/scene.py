"""A server of cPanel's shape on disk and the public DNS that answers for it."""

import contextlib
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "dns"))
from name_servers import free_port, nsd, query, MX     # noqa: E402

ZONE, OWN = "bench.test", "192.0.2.1"
SHARED = 50     # domains to one exchanger of another


class Scene:
    """n domains. Every second one is its own exchanger, at this server, as cPanel
    sets it up; the others share exchangers elsewhere. One in a hundred stands in the
    wrong list. `moved` of them have given way to new ones in the lists."""

    def __init__(self, n, moved=0):
        self.n, self.moved = n, moved
        self.hosts = max(n // SHARED, 1)

    def names(self):
        return (f"d{d}" for d in range(self.moved, self.n + self.moved))

    @staticmethod
    def own_exchanger(name):
        return int(name[1:]) % 2 == 0

    def exchanger(self, name):
        return name if self.own_exchanger(name) else f"mx{int(name[1:]) % self.hosts}"

    def zone(self, short=0, more=0):
        """Domain `more` names beyond the scene's; the last `short` with a TTL of 1 s."""
        for h in range(self.hosts):
            yield f"mx{h} A 198.51.100.{h % 250 + 1}\nmx{h} AAAA 2001:db8::{h + 1:x}\n"
        for d in range(self.n + more):
            name, ttl = f"d{d}", "1 " if self.n - short <= d < self.n else ""
            yield f"{name} {ttl}MX 10 {self.exchanger(name)}\n"
            if self.own_exchanger(name):
                yield f"{name} {ttl}A {OWN}\n"

    def questions(self):
        """What a scan asks: as dnsperf reads it."""
        for name in self.names():
            yield f"{name}.{ZONE} MX\n"
            if self.own_exchanger(name):
                yield f"{name}.{ZONE} A\n{name}.{ZONE} AAAA\n"
        for h in range(self.hosts):
            yield f"mx{h}.{ZONE} A\nmx{h}.{ZONE} AAAA\n"

    def _listed(self, local):
        for name in self.names():
            if local == (self.own_exchanger(name) != (int(name[1:]) % 100 == 99)):
                yield f"{name}.{ZONE}\n"

    def write(self, root):
        (root / "etc").mkdir(parents=True, exist_ok=True)
        (root / "var/cpanel").mkdir(parents=True, exist_ok=True)
        for name, lines in {
                "localdomains": self._listed(True), "remotedomains": self._listed(False),
                "userdomains": (f"{n}.{ZONE}: acct{int(n[1:]) // 10}\n" for n in self.names()),
                "trueuserowners": (f"acct{u}: root\n" for u in range((self.n + self.moved) // 10 + 1)),
                "wwwacct.conf": ["HOST host.bench.test\n"]}.items():
            with open(root / "etc" / name, "w", encoding="ascii") as f:
                f.writelines(lines)
        (root / "var/cpanel/mainip").write_text(f"{OWN}\n", encoding="ascii")


@contextlib.contextmanager
def public_dns(place, scene, **shape):
    """An nsd that answers for the scene. Gives "address:port"."""
    place.mkdir()
    with nsd(place, {ZONE: "".join(scene.zone(**shape))}) as address:
        yield address


UNBOUND_CONF = """server:
	directory: "{dir}"
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	interface: 127.0.0.1@{port}
	do-not-query-localhost: no
	module-config: "iterator"
	num-threads: 1
	outgoing-range: 4096
	num-queries-per-thread: 4096
	so-rcvbuf: 4m
	local-zone: "test." nodefault
{silent}
stub-zone:
	name: "{zone}"
	stub-addr: {address}
"""


@contextlib.contextmanager
def resolver(place, address, silent=()):
    """An unbound that resolves from that name server, and says nothing at all about
    the silent names. Gives "address:port"."""
    place.mkdir()
    port = free_port()
    (place / "unbound.conf").write_text(UNBOUND_CONF.format(
        dir=place, port=port, zone=ZONE, address=address.replace(":", "@"),
        silent="".join(f'\tlocal-zone: "{name}." deny\n' for name in silent)))
    server = subprocess.Popen(["/usr/sbin/unbound", "-d", "-c", place / "unbound.conf"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                query(port, f"d0.{ZONE}", MX)
                break
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
