"""What must be found for a domain, told a second time: from the table of routing
verdicts and its contract, not from the program. Plain values in, a dict out."""

import dataclasses

CHECKS = ("routing_local_mx_elsewhere", "routing_remote_mx_here", "routing_listed_twice",
          "routing_unlisted", "routing_gateway", "dns_unanswered", "domain_nxdomain")
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
        return {}       # D04, a check of its own
    return {"routing_local_mx_elsewhere": severity_elsewhere(world, lowest)}


def expected(world, domain):
    """{check: severity, or None where any will do} of the checks in CHECKS."""
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
    here = "secondary" not in domain.lists and any(is_ours(world, h) for h in lowest)
    return {"routing_remote_mx_here": None} if here else {}
