"""The zones of the lab's internet for nsd, and the box's resolver.

The root delegates every registrable domain to one server, 192.0.2.53. unbound on
127.0.0.1 recurses, so its answers carry no AA; the exceptions (a stale zone of its
own, silence, REFUSED) stand in its configuration as local zones.
"""

import dataclasses
import ipaddress
import os
import shutil
import socket
import struct

from lab import seed

SERVER, SERVER6 = "192.0.2.53", "2001:db8:20::53"
NAME_SERVER = "ns1.lab-dns.example"
GENERATION = "generation.lab-dns.example"
DIRECTORY = "/run/lab/dns"
REVERSE = ["2.0.192.in-addr.arpa", "113.0.203.in-addr.arpa", "100.51.198.in-addr.arpa"]

HEAD = f"""$TTL 60
@ SOA {NAME_SERVER}. hostmaster.lab-dns.example. 1 3600 900 86400 60
@ NS {NAME_SERVER}.
"""

NSD = """server:
	ip-address: {v4}
	ip-address: {v6}
	server-count: 1
	username: root
	chroot: ""
	zonesdir: "{dir}"
	pidfile: "{dir}/nsd.pid"
	xfrdfile: "{dir}/xfrd.state"
	zonelistfile: "{dir}/zone.list"
	database: ""
	logfile: "/var/log/lab/nsd-own.log"
remote-control:
	control-enable: no
"""

UNBOUND = """server:
	interface: 127.0.0.1
	access-control: 127.0.0.0/8 allow
	username: ""
	chroot: ""
	directory: "{dir}"
	pidfile: "{dir}/unbound.pid"
	use-syslog: no
	logfile: ""
	do-daemonize: no
	num-threads: 1
	module-config: "iterator"
	root-hints: "{dir}/root.hints"
	outgoing-range: 512
	num-queries-per-thread: 512
	minimal-responses: no
	{nodefault}
	{local}
remote-control:
	control-enable: no
"""

# What the box's own resolver says instead of asking.
LOCAL = {"timeout": "deny", "refused": "refuse"}


def _zone_of(name):
    return ".".join(name.split(".")[-2:])


def _record(target):
    """An address, or the name of another host."""
    if not target.replace(".", "").isdigit() and ":" not in target:
        return f"CNAME {target}."
    return f"{'AAAA' if ':' in target else 'A'} {target}"


def _address_lines(name, targets):
    return "".join(f"{name}. {_record(target)}\n" for target in targets)


def _mx_lines(name, records):
    return "".join(f"{name}. MX {preference} {host.rstrip('.')}.\n"
                   for preference, host in records)


def zone_text(domain):
    return (_mx_lines(domain.name, domain.mx)
            + _address_lines(domain.name, domain.address)
            + "".join(_address_lines(h, a) for h, a in domain.hosts.items()))


def zones(world, generation=0):
    """{zone: text}: every domain's own and those of the other hosts. A domain that
    ends in SERVFAIL has a zone without a file; NXDOMAIN has none at all."""
    found = {_zone_of(NAME_SERVER): _address_lines(NAME_SERVER, [SERVER, SERVER6])
             + f'{GENERATION}. TXT "generation {generation}"\n'}
    for host, addresses in seed.HOSTS.items():
        zone = _zone_of(host)
        found[zone] = found.get(zone, "") + _address_lines(host, addresses)
        for address in addresses:
            if ":" not in address:
                reverse = ipaddress.ip_address(address).reverse_pointer
                zone = reverse.partition(".")[2]
                found[zone] = (found.get(zone, "")
                               + f"{reverse}. PTR {world.reverse.get(address, host)}.\n")
    for name, records in world.strangers.items():
        found[name] = _mx_lines(name, records)
    for domain in world.domains:
        if domain.dns != "nxdomain":
            zone = _zone_of(domain.name)
            text = None if domain.dns == "servfail" else zone_text(domain)
            found[zone] = text and found.get(zone, "") + text
    return found


def _root(names):
    return HEAD + f"{NAME_SERVER}. A {SERVER}\n" + "".join(
        f"{name}. NS {NAME_SERVER}.\n" for name in sorted(names))


def _local(world):
    for domain in world.domains:
        kind = LOCAL.get(domain.dns)
        if kind:
            yield f'local-zone: "{domain.name}." {kind}'
        if domain.dns == "own":
            yield f'local-zone: "{domain.name}." static'
            for line in zone_text(_as_kept_here(domain)).splitlines():
                yield f'local-data: "{line}"'


def _as_kept_here(domain):
    """The domain as the zone on the box has it."""
    records = domain.mx if domain.zone_mx is None else domain.zone_mx
    hosts = {f"mail.{domain.name}": [seed.ADDRESS], **domain.hosts}
    return dataclasses.replace(domain, mx=[r for r in records if r[1] != "."], hosts=hosts)


def publish(world, directory, generation=0):
    """Zone files and configurations, as the world has them now."""
    conf = NSD.format(v4=SERVER, v6=SERVER6, dir=DIRECTORY)
    found = zones(world, generation)
    for name, text in {**found, ".": _root(found)}.items():
        file = f"{name.rstrip('.') or 'root'}.zone"
        if text is not None:
            text = text if name == "." else HEAD + text
            with open(f"{directory}/{file}", "w", encoding="ascii") as f:
                f.write(text)
        elif os.path.exists(f"{directory}/{file}"):
            os.unlink(f"{directory}/{file}")
        conf += f'zone:\n\tname: "{name}"\n\tzonefile: "{file}"\n'
    with open(f"{directory}/nsd.conf", "w", encoding="ascii") as f:
        f.write(conf)
    with open(f"{directory}/root.hints", "w", encoding="ascii") as f:
        f.write(f". 3600000 NS {NAME_SERVER}.\n{NAME_SERVER}. 3600000 A {SERVER}\n")
    with open(f"{directory}/unbound.conf", "w", encoding="ascii") as f:
        f.write(UNBOUND.format(
            dir=DIRECTORY, local="\n\t".join(_local(world)),
            nodefault="\n\t".join(f'local-zone: "{z}." nodefault' for z in REVERSE)))


def serves(server, generation):
    """Whether this server's answers are of this generation of the zones."""
    name = b"".join(bytes([len(label)]) + label.encode() for label in GENERATION.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.1)
        try:
            s.connect((server, 53))     # so that a closed port is told at once
            s.send(struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + name + b"\0\0\x10\0\1")
            return f"generation {generation}".encode() in s.recv(4096)
        except OSError:
            return False


def _local_zones(tree, world):
    """What cPanel on the box believes: /var/named, one record a line."""
    for domain in world.domains:
        lines = (line.split(" ", 1) for line in
                 zone_text(_as_kept_here(domain)).splitlines())
        tree.write(f"/var/named/{domain.name}.db", "".join(
            f"{name} 14400 IN {rest}\n" for name, rest in lines), 0o640)


def write(tree, world):
    tree.directory(DIRECTORY)
    publish(world, tree.at(DIRECTORY))
    _local_zones(tree, world)
    # Under another path than the one a host's AppArmor profile may confine.
    for name in ("nsd", "unbound"):
        shutil.copy2(shutil.which(name, path="/usr/sbin:/usr/bin:/sbin"),
                     tree.at(f"/run/lab/{name}"))
