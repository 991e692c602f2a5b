"""The zones of the lab's internet for nsd, and the box's resolver.

The root delegates every registrable domain to one server, 192.0.2.53. unbound on
127.0.0.1 recurses, so its answers carry no AA; the exceptions (a stale zone of its
own, silence, REFUSED) stand in its configuration as local zones. A box with `named`
has a name server at its own address for what cPanel keeps in /var/named, and domains
with dns "here" are delegated to that one.
"""

import dataclasses
import ipaddress
import json
import os
import shutil
import socket
import struct

from lab import seed

SERVER, SERVER6 = "192.0.2.53", "2001:db8:20::53"
NAME_SERVER = "ns1.lab-dns.example"
GENERATION = "generation.lab-dns.example"
DIRECTORY = "/run/lab/dns"
OWN_NAME = "ns1.hosting.example"
NAMED = "/run/lab/named"        # the box's own
NAMED_PID = f"{NAMED}/nsd.pid"
REVERSE = ["2.0.192.in-addr.arpa", "113.0.203.in-addr.arpa", "100.51.198.in-addr.arpa"]

HEAD = f"""$TTL 60
@ SOA {NAME_SERVER}. hostmaster.lab-dns.example. 1 3600 900 86400 60
@ NS {NAME_SERVER}.
"""

NSD = """server:
	{addresses}
	server-count: 1
	username: root
	chroot: ""
	zonesdir: "{dir}"
	pidfile: "{dir}/nsd.pid"
	xfrdfile: "{dir}/xfrd.state"
	zonelistfile: "{dir}/zone.list"
	database: ""
	logfile: "/var/log/lab/{log}.log"
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
    found[_zone_of(OWN_NAME)] += _address_lines(OWN_NAME, [seed.ADDRESS])
    for name, records in world.strangers.items():
        found[name] = _mx_lines(name, records)
    for domain in world.domains:
        if domain.dns not in ("nxdomain", "here"):
            zone = _zone_of(domain.name)
            text = None if domain.dns == "servfail" else zone_text(domain)
            found[zone] = text and found.get(zone, "") + text
    return found


def _root(names, here):
    return (HEAD + f"{NAME_SERVER}. A {SERVER}\n{OWN_NAME}. A {seed.ADDRESS}\n"
            + "".join(f"{name}. NS {NAME_SERVER}.\n" for name in sorted(names))
            + "".join(f"{name}. NS {OWN_NAME}.\n" for name in sorted(here)))


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
    if domain.dns != "here":
        records = [r for r in records if r[1] != "."]
    return dataclasses.replace(domain, mx=records, hosts=hosts)


def publish(world, directory, generation=0):
    """Zone files and configurations, as the world has them now."""
    conf = NSD.format(addresses=f"ip-address: {SERVER}\n\tip-address: {SERVER6}",
                      dir=DIRECTORY, log="nsd-own")
    found = zones(world, generation)
    here = {_zone_of(d.name) for d in world.domains if d.dns == "here"}
    for name, text in {**found, ".": _root(found, here)}.items():
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


def _kept_zones(world):
    """{zone: [domain]}: a subdomain of an account's domain is in that one's zone."""
    names = {d.name for d in world.domains}
    found = {}
    for domain in world.domains:
        parent = domain.name.partition(".")[2]
        zone = parent if domain.kind == "sub" and parent in names else domain.name
        found.setdefault(zone, []).append(domain)
    return found


def _local_zones(tree, world):
    """What cPanel on the box believes: /var/named, one record a line."""
    for zone, domains in _kept_zones(world).items():
        lines = [f"{zone}. 86400 IN SOA {OWN_NAME}. root.{seed.HOSTNAME}. "
                 "2024010100 3600 1800 1209600 5",
                 f"{zone}. 86400 IN NS {OWN_NAME}."]
        for domain in domains:
            for line in zone_text(_as_kept_here(domain)).splitlines():
                name, rest = line.split(" ", 1)
                lines.append(f"{name} 14400 IN {rest}")
        tree.write(f"/var/named/{zone}.db", "".join(line + "\n" for line in lines), 0o640)


def _named(tree, world):
    """The box's own name server, and which zones are really delegated to it."""
    tree.directory(NAMED)
    conf = NSD.format(addresses=f"ip-address: {seed.ADDRESS}", dir=NAMED, log="named")
    conf += "".join(f'zone:\n\tname: "{zone}"\n\tzonefile: "/var/named/{zone}.db"\n'
                    for zone in _kept_zones(world))
    tree.write(f"{NAMED}/nsd.conf", conf)
    tree.write("/var/cpanel/stand-in/delegated.json", json.dumps(sorted(
        {_zone_of(d.name) for d in world.domains if d.dns == "here"})), 0o600)


def write(tree, world):
    tree.directory(DIRECTORY)
    publish(world, tree.at(DIRECTORY))
    _local_zones(tree, world)
    _named(tree, world)
    # Under another path than the one a host's AppArmor profile may confine.
    for name in ("nsd", "unbound"):
        shutil.copy2(shutil.which(name, path="/usr/sbin:/usr/bin:/sbin"),
                     tree.at(f"/run/lab/{name}"))
