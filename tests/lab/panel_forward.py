"""What the panel does to forwarders: UAPI Email::add_forwarder, delete_forwarder,
set_default_address, add_domain_forwarder, delete_domain_forwarder.

A forwarder is one line of /etc/valiases/DOMAIN with its targets behind commas; a domain
forwarder is the one line of /etc/vdomainaliases/DOMAIN. No row for a panel's own reading
is needed: the product reads the files that Exim reads.
"""

import os

from lab import panel
from lab.panel import Locked, Refused

FAIL = "No such person at this address"


def _read(path):
    """[(key, value)] in the order of the file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        return [(key, value.strip()) for key, _, value in
                (line.partition(":") for line in f.read().splitlines())]


def _write(path, pairs, quirk):
    if not quirk["ignore_write"]:
        panel.replace(path, "".join(f"{key}: {value}\n" for key, value in pairs)
                      .encode("utf-8", "surrogateescape"))


def _aliases(domain):
    return f"/etc/valiases/{domain}"


def _owned(user, domain):
    if domain not in panel.domains_of(user):
        raise Refused(f"You do not own the domain “{domain}”.")
    return domain


def _targets(pairs, address):
    return next(([t.strip() for t in value.split(",")] for key, value in pairs
                 if key == address), [])


def _with_targets(pairs, address, targets):
    kept = [(key, value) for key, value in pairs if key != address]
    if targets:
        kept.insert(0, (address, ",".join(targets)))
    return sorted(kept, key=lambda pair: (pair[0] == "*", pair[0]))


def add_forwarder(user, args, quirk):
    domain = _owned(user, args.get("domain", ""))
    address = args.get("email", "").partition("@")[0] + "@" + domain
    if args.get("fwdopt") != "fwd" or "@" not in args.get("fwdemail", ""):
        raise Refused("Provide the “fwdemail” argument.")
    with Locked():
        pairs = _read(_aliases(domain))
        targets = _targets(pairs, address)
        if args["fwdemail"] not in targets:
            targets.append(args["fwdemail"])
        _write(_aliases(domain), _with_targets(pairs, address, targets), quirk)
    return [{"domain": domain, "email": address, "forward": args["fwdemail"]}]


def delete_forwarder(user, args, quirk):
    address = args.get("address", "")
    domain = _owned(user, address.partition("@")[2])
    with Locked():
        pairs = _read(_aliases(domain))
        targets = [t for t in _targets(pairs, address) if t != args.get("forwarder")]
        _write(_aliases(domain), _with_targets(pairs, address, targets), quirk)
    return None


def set_default_address(user, args, quirk):
    domain = _owned(user, args.get("domain", ""))
    values = {"fail": f'":fail: {args.get("failmsgs", FAIL)}"', "blackhole": ":blackhole:",
              "fwd": args.get("fwdemail", "")}
    if not values.get(args.get("fwdopt")):
        raise Refused("Provide the “fwdopt” argument.")
    with Locked():
        pairs = [pair for pair in _read(_aliases(domain)) if pair[0] != "*"]
        _write(_aliases(domain), [*pairs, ("*", values[args["fwdopt"]])], quirk)
    return [{"domain": domain, "dest": values[args["fwdopt"]]}]


def add_domain_forwarder(user, args, quirk):
    domain = _owned(user, args.get("domain", ""))
    path = f"/etc/vdomainaliases/{domain}"
    with Locked():
        _write(path, [(domain, args["destdomain"])], quirk)
    return f'File updated "{path}"'


def delete_domain_forwarder(user, args, quirk):
    domain = _owned(user, args.get("domain", ""))
    path = f"/etc/vdomainaliases/{domain}"
    with Locked():
        if os.path.exists(path) and not quirk["ignore_write"]:
            os.unlink(path)
    return None


WRITES = {("Email", f.__name__): f for f in (
    add_forwarder, delete_forwarder, set_default_address, add_domain_forwarder,
    delete_domain_forwarder)}
panel.UAPI.update(WRITES)
