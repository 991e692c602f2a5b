"""Random worlds, judged by the program and by the oracle beside it. A world's seed is
the test's name; every world is served by one real nsd."""

import datetime
import json
import os
import pathlib
import random
import subprocess

import pytest

import public_dns
from oracle import CHECKS, Domain, Host, World, expected

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
SEEDS = range(8)
DOMAINS = 300

OURS = ("192.0.2.10", "192.0.2.11", "192.0.2.12", "2001:db8::10", "198.51.100.20",
        "192.0.2.99")
FILES = {
    "var/cpanel/mainip": "192.0.2.10",
    "etc/wwwacct.conf": "HOST server1.example.net\nADDR 192.0.2.10\nADDR6 2001:db8::10\n",
    "etc/ips": "192.0.2.11:255.255.255.0:192.0.2.255\n",
    "etc/domainips": "192.0.2.12: own-address.example\n",
    "var/cpanel/cpnat": "10.0.0.5 198.51.100.20\n",
}
DECLARED = "192.0.2.99"
PROVIDER_HOSTS = {
    "aspmx.l.google.com": ("mailbox", "google"),
    "alt1.aspmx.l.google.com": ("mailbox", "google"),
    "smtp.google.com": ("mailbox", "google"),
    "contoso-com.mail.protection.outlook.com": ("mailbox", "microsoft"),
    "mx.zoho.com": ("mailbox", "zoho"),
    "mx2.zoho.eu": ("mailbox", "zoho"),
    "mx.spamexperts.com": ("gateway", "spamexperts"),
    "filter10.antispamcloud.com": ("gateway", "spamexperts"),
    "eu-smtp-inbound-1.mimecast.com": ("gateway", "mimecast"),
    "mx0a-001.pphosted.com": ("gateway", "proofpoint"),
    # Names that only look like theirs.
    "aspmx.l.notgoogle.com": ("unknown", ""),
    "aspmx.l.google.com.elsewhere.example": ("unknown", ""),
    "mail.protection.outlook.com.elsewhere.example": ("unknown", ""),
    "mx.xmimecast.com": ("unknown", ""),
}
SENDS_AS = {"google": "mail-wr1-f44.google.com",
            "microsoft": "mail-db8eur05on2101.outbound.protection.outlook.com",
            "stranger": "filter1.customer.test"}


class Namer:
    """Hosts of a world and the zone lines that make them so."""

    def __init__(self, rng, seed):
        self.rng, self.seed, self.count, self.lines = rng, seed, 0, []

    def fresh(self, below="example"):
        self.count += 1
        return f"h{self.count}.w{self.seed}.{below}"

    def record(self, owner, kind, data):
        self.lines.append(f"{owner}. {kind} {data}")

    def address(self, owner, address):
        self.record(owner, "AAAA" if ":" in address else "A", address)

    def with_addresses(self, addresses, owner=None, **more):
        host = Host(owner or self.fresh(), tuple(addresses), **more)
        for address in host.addresses:
            self.address(host.name, address)
        return host

    def outside(self):
        return self.rng.choice((f"203.0.113.{self.rng.randrange(1, 255)}",
                                f"2001:db8:5::{self.rng.randrange(1, 255):x}"))

    def ours(self, owner=None):
        addresses = [self.rng.choice(OURS)]
        if self.rng.random() < 0.3:
            addresses.append(self.outside())    # any of its addresses makes it ours
        return self.with_addresses(addresses, owner)

    def elsewhere(self, owner=None):
        return self.with_addresses([self.outside() for _ in range(self.rng.choice((1, 2)))], owner)

    def provider(self, kind):
        name = self.rng.choice([n for n, (k, _) in PROVIDER_HOSTS.items() if k == kind])
        kind, provider = PROVIDER_HOSTS[name]
        return Host(name, ("203.0.113.250",), kind=kind, provider=provider)

    def alias(self):
        target, name = self.rng.choice((self.ours, self.elsewhere, self.absent))(), self.fresh()
        self.record(name, "CNAME", target.name + ".")
        return Host(name, target.addresses, target.status, alias=True)

    def inside(self):
        """At addresses that only its own network can reach."""
        return self.with_addresses([self.rng.choice(("10.9.8.7", "192.168.7.7", "fd00::7"))])

    def absent(self):
        return Host(self.fresh(), status="NXDOMAIN")

    def empty(self):
        host = Host(self.fresh(), status="NODATA")
        self.record(host.name, "TXT", '"no address"')
        return host

    def unanswered(self):
        status = self.rng.choice(("SERVFAIL", "REFUSED"))
        return Host(self.fresh(f"{status.lower()}.example"), status=status)

    def literal(self):
        return Host(self.rng.choice(OURS[:3] + ("203.0.113.7",)), literal=True)


def random_host(namer):
    make = namer.rng.choices(
        (namer.ours, namer.elsewhere, lambda: namer.provider("unknown"),
         lambda: namer.provider("mailbox"), lambda: namer.provider("gateway"),
         namer.alias, namer.absent, namer.empty, namer.unanswered, namer.literal, namer.inside),
        (8, 5, 2, 5, 4, 3, 3, 2, 1, 0.4, 0.6))[0]
    return make()


def random_mx(namer):
    """Hosts with preferences, of which some are equal."""
    hosts = [random_host(namer) for _ in range(namer.rng.choice((1, 1, 1, 2, 2, 3, 4)))]
    unique = {h.name: h for h in hosts}.values()
    return tuple((namer.rng.choice((0, 5, 9, 10, 10, 20, 100)), h) for h in unique)


def undecided(mx):
    """The contract says nothing of a provider beside another kind at the same lowest
    preference, nor of exchangers that do not answer anywhere but lowest or beside ours."""
    hosts = [(p, h) for p, h in mx if h.addresses or h.status in ("SERVFAIL", "REFUSED")]
    if not hosts:
        return False
    least = min(p for p, _ in hosts)
    lowest = [h for p, h in hosts if p == least]
    silent = [h for _, h in hosts if not h.addresses]
    return (len({(h.kind, h.provider) for h in lowest}) > 1 and
            not any(set(h.addresses) & set(OURS) for h in lowest) or
            silent and len(hosts) > 1)


def random_lists(rng):
    return frozenset(rng.choice(((), ("local",), ("local",), ("local",), ("remote",),
                                 ("remote",), ("secondary",), ("remote", "secondary"),
                                 ("local", "remote"), ("local", "secondary"),
                                 ("local", "remote", "secondary"))))


def random_arrivals(rng):
    return frozenset(rng.choice(((), (), (), ("stranger",), ("google",), ("microsoft",),
                                 ("stranger", "google"))))


def domain_with_mx(namer, common, name):
    mx = random_mx(namer)
    while undecided(mx):
        mx = random_mx(namer)
    for preference, host in mx:
        namer.record(name, "MX", f"{preference} {spelled(namer.rng, host.name)}.")
    if namer.rng.random() < 0.3:
        namer.address(name, namer.rng.choice(OURS))    # no matter once there is an MX
    return Domain(name, mx=mx, **common)


def domain_without_mx(namer, common, name):
    make = namer.rng.choice((namer.ours, namer.elsewhere, None))
    if make:
        return Domain(name, implicit=make(name), **common)
    namer.record(name, "TXT", '"no mail"')
    return Domain(name, **common)


def null_mx(namer, common, name):
    namer.record(name, "MX", "0 .")
    return Domain(name, null_mx=True, **common)


def nxdomain(_namer, common, name):
    return Domain(name, status="NXDOMAIN", **common)


def unanswered(namer, common, name):
    status = namer.rng.choice(("SERVFAIL", "REFUSED"))
    return Domain(f"{name.split('.')[0]}.w{namer.seed}.{status.lower()}.example",
                  status=status, **common)


def random_domain(namer, number):
    rng = namer.rng
    lists = random_lists(rng)
    common = {"lists": lists, "hosted": not lists or rng.random() < 0.9,
              "arrivals": random_arrivals(rng)}
    make = rng.choices((domain_with_mx, domain_without_mx, null_mx, nxdomain, unanswered),
                       (76, 10, 4, 6, 4))[0]
    return make(namer, common, f"d{number}.w{namer.seed}.example")


def random_world(seed):
    rng = random.Random(seed)
    namer = Namer(rng, seed)
    days = (0, 3, 10)[seed % 3]
    domains = tuple(random_domain(namer, n) for n in range(DOMAINS))
    if not days:
        domains = tuple(Domain(**{**vars(d), "arrivals": frozenset()}) for d in domains)
    return World(frozenset(OURS), domains, days), namer.lines


def stamp(moment):
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def message(number, moment, domain, host, form):
    """One message from outside, its recipient told in either of Exim's ways."""
    ident = f"1x{number:04d}-00003j-0q"
    arrived = (f"{stamp(moment)} {ident} <= u@s.test H={host} [203.0.113.44]:4711"
               f" P=esmtps S=319 id={number}@s.test")
    if form:
        return f"{arrived} for info@{domain}\n"
    return (f"{arrived}\n{stamp(moment)} {ident} => info <info@{domain}> R=virtual_user"
            f" T=dovecot_virtual_delivery\n{stamp(moment)} {ident} Completed\n")


def no_arrival(number, moment, domain):
    """Mail for the domain that nobody outside brought, or that a client pretends."""
    head = f"{stamp(moment)} 1y{number:04d}-00003j-0q <="
    tail = f"S=319 id={number}@s.test for info@{domain}\n"
    return (f"{head} www@server1.example.net U=bob P=local {tail}"
            f"{head} bob@{domain} H=(laptop) [203.0.113.45]:4711 P=esmtpsa"
            f" A=dovecot_login:bob@{domain} {tail}"
            f"{head} bob@{domain} H=(x) [192.0.2.10]:4711 P=esmtp {tail}"
            f"{stamp(moment)} H=(x) [203.0.113.46]:4711 F=<a@b.test> rejected RCPT"
            f" <info@{domain}>: <= u@s.test H=z [203.0.113.4]:25 P=esmtp for info@{domain}\n")


def log_of(world, rng):
    end = datetime.datetime.now().replace(microsecond=0)
    begin = end - datetime.timedelta(days=world.log_days)
    lines = [f"{stamp(begin)} Start queue run: pid=1\n"]
    for number, domain in enumerate(world.domains):
        moment = begin + (end - begin) * number / len(world.domains)
        lines.append(no_arrival(number, moment, domain.name))
        for from_whom in sorted(domain.arrivals):
            lines.append(message(number * 3 + len(from_whom) % 3, moment, domain.name,
                                 SENDS_AS[from_whom], rng.random() < 0.5))
    lines.append(f"{stamp(end)} End queue run: pid=1\n")
    return "".join(lines)


def spelled(rng, name):
    return name.upper() if rng.random() < 0.1 else name


def write_world(root, world, rng):
    lists = {"etc/localdomains": "server1.example.net\n", "etc/remotedomains": "",
             "etc/secondarymx": "", "etc/userdomains": "*: nobody\n"}
    for d in world.domains:
        for which, path in (("local", "etc/localdomains"), ("remote", "etc/remotedomains"),
                            ("secondary", "etc/secondarymx")):
            if which in d.lists:
                lists[path] += spelled(rng, d.name) + "\n"
        if d.hosted:
            lists["etc/userdomains"] += f"{d.name}: bob\n"
    if world.log_days:
        lists["var/log/exim_mainlog"] = log_of(world, rng)
    for path, text in {**FILES, **lists}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.fixture(scope="module")
def worlds():
    return {seed: random_world(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def resolver(worlds, tmp_path_factory):
    lines = [line for _, zone in worlds.values() for line in zone]
    lines += [f"{name}. A 203.0.113.250" for name in PROVIDER_HOSTS]
    lines.append("server1.example.net. A 192.0.2.10")
    with public_dns.nsd(tmp_path_factory.mktemp("dns"), "\n".join(lines) + "\n") as port:
        yield f"127.0.0.1:{port}"


def scan(root, resolver):
    done = subprocess.run([BUILD / "relaydoctor", "scan", "--root", root, "--resolver", resolver,
                           "--address", DECLARED, "--json"],
                          capture_output=True, text=True, timeout=60)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def shuffled(path, rng):
    """The same file with its lines in another order."""
    lines = path.read_text().splitlines(keepends=True)
    rng.shuffle(lines)
    path.write_text("".join(lines))


def verdicts(report):
    """What is found, without the evidence that tells in which line something stands."""
    return [{k: v for k, v in f.items() if k != "evidence"} for f in report["findings"]]


def differences(world, findings):
    found = {}
    for f in findings:
        if f["check"] in CHECKS:
            found.setdefault(f["subject"]["name"], {})[f["check"]] = f["severity"]
    for domain in world.domains:
        wanted, got = expected(world, domain), found.pop(domain.name, {})
        if got.keys() != wanted.keys() or any(s not in (None, got[c]) for c, s in wanted.items()):
            yield f"{domain}\n\twanted {wanted}\n\tfound  {got}"
    for name, got in found.items():
        yield f"{name}: not of this world: {got}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_world_is_judged_as_the_contract_says(seed, worlds, resolver, tmp_path):
    world, _ = worlds[seed]
    tmp_path.chmod(0o755)
    write_world(tmp_path, world, random.Random(seed))
    wrong = list(differences(world, scan(tmp_path, resolver)["findings"]))
    assert not wrong, "\n".join([f"{len(wrong)} of {DOMAINS}:", *wrong])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_lines_and_addresses_does_not_matter(seed, worlds, resolver, tmp_path):
    world, _ = worlds[seed]
    tmp_path.chmod(0o755)
    rng = random.Random(seed)
    write_world(tmp_path, world, random.Random(seed))
    first = verdicts(scan(tmp_path, resolver))
    (tmp_path / "etc/ips").write_text(FILES["etc/ips"] + "192.0.2.13:255.255.255.0:192.0.2.255\n")
    for path in ("etc/localdomains", "etc/remotedomains", "etc/secondarymx", "etc/userdomains",
                 "etc/ips", "etc/wwwacct.conf"):
        shuffled(tmp_path / path, rng)
    assert verdicts(scan(tmp_path, resolver)) == first


def test_without_an_answer_nothing_that_rests_on_dns_is_said(worlds, tmp_path):
    world, _ = worlds[0]
    tmp_path.chmod(0o755)
    write_world(tmp_path, world, random.Random(0))
    closed = f"127.0.0.1:{public_dns.free_port()}"
    findings = scan(tmp_path, closed)["findings"]
    assert {f["severity"] for f in findings if f["check"] in CHECKS} == {"unknown"}
    assert not [f for f in findings if f["fix"]]
    assert [f["severity"] for f in findings if f["check"] == "resolver_failing"] == ["warning"]
