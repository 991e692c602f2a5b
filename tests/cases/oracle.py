"""What must be found for a domain, told a second time: from the table of routing
verdicts and its contract, not from the program. Plain values in, a dict out."""

import dataclasses
import ipaddress

CHECKS = ("routing_local_mx_elsewhere", "routing_remote_mx_here", "routing_listed_twice",
          "routing_unlisted", "routing_gateway", "routing_should_be_backup",
          "mx_here_not_hosted", "dns_unanswered", "domain_nxdomain",
          "mx_target_unresolvable", "mx_target_is_address", "mx_null",
          "mx_private_address", "mx_target_cname", "mx_mixed_providers", "mx_missing")
ENOUGH_LOG = 7      # days
UNANSWERED = ("SERVFAIL", "REFUSED", "TIMEOUT")


@dataclasses.dataclass(frozen=True)
class Host:
    """An exchanger, or the domain itself where it names none. `addresses` is empty and
    `status` "NXDOMAIN" or "NODATA" where it does not exist."""
    name: str
    addresses: tuple = ()
    status: str = "OK"
    kind: str = "unknown"       # unknown · mailbox · gateway
    provider: str = ""          # google · microsoft · … where it is known
    literal: bool = False
    alias: bool = False         # a CNAME leads to its addresses


@dataclasses.dataclass(frozen=True)
class Domain:
    name: str
    lists: frozenset = frozenset()      # of local, remote, secondary
    hosted: bool = True                 # an account has it
    status: str = "OK"                  # of the MX question
    mx: tuple = ()                      # (preference, Host)
    null_mx: bool = False
    implicit: Host = None               # without MX: its own addresses
    arrivals: frozenset = frozenset()   # of "stranger" and providers, in the log


@dataclasses.dataclass(frozen=True)
class World:
    ours: frozenset
    domains: tuple
    log_days: int = 0       # 0: no log can be read


def is_ours(world, host):
    return any(a in world.ours for a in host.addresses)


def exists(host):
    return host.status in UNANSWERED or bool(host.addresses)


def exchangers(domain):
    """(preference, Host) of the hosts that mail can be handed to, or whose look-up
    failed so that nobody knows."""
    offered = domain.mx or ((0, domain.implicit),) if domain.implicit else domain.mx
    return [(p, h) for p, h in offered if exists(h)]


def lowest_of(hosts):
    least = min(p for p, _ in hosts)
    return [h for p, h in hosts if p == least]


def hands_on(domain, lowest, we_are_backup):
    """Mail for the domain comes in here from outside although its MX is elsewhere. A
    stranger's says nothing where we are a published backup."""
    providers = {h.provider for h in lowest}
    if we_are_backup or providers & {"google", "microsoft"}:
        return bool(domain.arrivals & providers)
    return bool(domain.arrivals)


def severity_elsewhere(world, lowest):
    if any(h.kind == "mailbox" for h in lowest) or world.log_days >= ENOUGH_LOG:
        return "critical"
    return "warning"


def judge_local(world, domain, hosts, lowest):
    if any(is_ours(world, h) for h in lowest) or not domain.mx:
        return {}
    we_are_backup = any(is_ours(world, h) for _, h in hosts)
    if any(h.kind == "gateway" for h in lowest) or hands_on(domain, lowest, we_are_backup):
        return {"routing_gateway": "info"}
    if we_are_backup:
        return {"routing_should_be_backup": "warning"}
    return {"routing_local_mx_elsewhere": severity_elsewhere(world, lowest)}


# RFC 1918, 4193, 3927, 6598, loopback: other machines to each that asks.
INSIDE = [ipaddress.ip_network(n) for n in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
    "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128")]


def reaches(host):
    return any(not any(ipaddress.ip_address(a) in n for n in INSIDE) for a in host.addresses)


def private_findings(domain):
    private = [p for p, h in domain.mx if h.addresses and not reaches(h)]
    if not private:
        return {}
    better = any(reaches(h) and p <= min(private) for p, h in domain.mx)
    return {"mx_private_address": "info" if better else "warning"}


def operator(world, host):
    """Its registrable domain, in a world where every public suffix is one label."""
    return "us" if is_ours(world, host) else host.provider or ".".join(host.name.split(".")[-2:])


def are_one(world, a, b):
    return operator(world, a) == operator(world, b) or (
        not is_ours(world, a) and not is_ours(world, b) and set(a.addresses) & set(b.addresses))


def mixed_findings(world, domain):
    hosts = sorted(((p, h.name, h) for p, h in domain.mx if exists(h)))
    if not hosts or any(h.literal for _, h in domain.mx):
        return {}
    lowest = lowest_of([(p, h) for p, _, h in hosts])
    backup = not any(is_ours(world, h) for h in lowest)
    if backup and any(h.status in UNANSWERED for h in lowest):
        return {}
    known = [(p, h) for p, _, h in hosts if h.addresses and not (backup and is_ours(world, h))]
    for p, h in known[1:]:
        if not are_one(world, known[0][1], h):
            return {"mx_mixed_providers": "warning" if p == known[0][0] else "info"}
    return {}


def missing_findings(world, domain):
    if domain.mx or domain.null_mx:
        return {}
    here = domain.implicit and is_ours(world, domain.implicit)
    if here and domain.lists == {"remote"}:
        return {}       # refused here: the routing finding says it
    return {"mx_missing": "warning" if "local" in domain.lists and not here else "info"}


def dns_findings(world, domain):
    """What is wrong with the records themselves, whatever the lists."""
    if domain.status != "OK":
        return {}
    if domain.null_mx:
        return {"mx_null": "info"}
    found = {**private_findings(domain), **mixed_findings(world, domain),
             **missing_findings(world, domain)}
    literal = [h for _, h in domain.mx if h.literal]
    if literal:
        found["mx_target_is_address"] = "critical" if len(literal) == len(domain.mx) else "warning"
    elif domain.mx and not exchangers(domain):
        found["mx_target_unresolvable"] = "critical"
    if any(h.alias and h.addresses for _, h in domain.mx):
        found["mx_target_cname"] = "info"
    return found


def expected(world, domain):
    """{check: severity, or None where any will do} of the checks in CHECKS."""
    return {**dns_findings(world, domain), **routing_finding(world, domain)}


def routing_finding(world, domain):
    """One at most."""
    if domain.status == "NXDOMAIN":
        return {"domain_nxdomain": None}
    if domain.status in UNANSWERED:
        return {"dns_unanswered": "unknown"}
    if domain.null_mx or any(h.literal for _, h in domain.mx):
        return {}
    hosts = exchangers(domain)
    if domain.mx and not hosts:
        return {}
    lowest = lowest_of(hosts) if hosts else []
    if any(h.status in UNANSWERED for h in lowest):
        return {"dns_unanswered": "unknown"}
    if "local" in domain.lists and len(domain.lists) > 1:
        return {"routing_listed_twice": None}
    if not domain.lists:
        return {"routing_unlisted": None} if domain.hosted else {}
    if "local" in domain.lists:
        return judge_local(world, domain, hosts, lowest)
    # Of a backup that is its own lowest exchanger the table says nothing.
    if "secondary" in domain.lists:
        return {}
    if not any(is_ours(world, h) for h in lowest):
        published = any(is_ours(world, h) for _, h in hosts)
        return {"routing_should_be_backup": "warning"} if published else {}
    if not domain.hosted and domain.mx:
        return {"mx_here_not_hosted": "warning"}
    return {"routing_remote_mx_here": None}
