"""What the panel does to zones and to /etc/manualmx: UAPI DNS::has_local_authority,
parse_zone, mass_edit_zone, and Email::set/unset_manual_mx_redirects.

A zone is /var/named/ZONE.db, one record a line; the box's name server reads the same
file, so an edit is seen in the DNS, and by Exim.
"""

import base64
import json
import os
import signal
import time

from lab import panel
from lab.panel import Locked, Refused

PID = "/run/lab/named/nsd.pid"
MANUALMX = "/etc/manualmx"


def _b64(text):
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _path(zone):
    return f"/var/named/{zone}.db"


def _own_zone(user, args):
    zone = args.get("zone", "")
    if not zone:
        raise Refused("Provide the ‘zone’ argument.")
    if zone not in panel.domains_of(user) or not os.path.exists(_path(zone)):
        raise Refused(f"You do not own a zone “{zone}”.")
    return zone


def _lines(zone):
    with open(_path(zone), encoding="utf-8", errors="surrogateescape") as f:
        return f.read().splitlines()


def _serial_at(lines):
    return next(i for i, line in enumerate(lines) if " IN SOA " in line)


def serial(lines):
    return int(lines[_serial_at(lines)].split()[6])


def _item(index, line, zone, quirk):
    if not line.strip() or line.startswith((";", "$")):
        kind = "control" if line.startswith("$") else "comment"
        return {"line_index": index, "type": kind, "text_b64": _b64(line)}
    name, ttl, _, record_type, *data = line.split()
    if quirk["zone_dname_relative"] and name.endswith(f".{zone}."):
        name = name[:-len(zone) - 2]
    return {"line_index": index, "type": "record", "dname_b64": _b64(name),
            "record_type": record_type, "ttl": int(ttl), "data_b64": [_b64(d) for d in data]}


def parse_zone(user, args, quirk):
    zone = _own_zone(user, args)
    return [_item(i, line, zone, quirk) for i, line in enumerate(_lines(zone))]


# ---- edits -------------------------------------------------------------

def _many(args, name):
    return [args[k] for k in sorted(args) if k == name or k.startswith(name + "-")]


def _line_of(record):
    name = record.get("dname", "")
    if not name.endswith("."):
        raise Refused(f"“{name}” is not a valid record name.")
    if not all(isinstance(d, str) and d for d in record.get("data", [])):
        raise Refused("Invalid record data.")
    return f"{name} {int(record['ttl'])} IN {record['record_type']} {' '.join(record['data'])}"


def _conflict(lines):
    names = {}
    for line in lines:
        words = line.split()
        if len(words) > 3:
            names.setdefault(words[0], set()).add(words[3])
    for name, types in names.items():
        if "CNAME" in types and len(types) > 1:
            raise Refused(f"The name “{name}” has a CNAME record and other data.")


def _edited(lines, args):
    """All indexes are of the zone as it was read."""
    new = dict(enumerate(lines))
    for text in _many(args, "edit"):
        record = json.loads(text)
        if record["line_index"] not in new:
            raise Refused(f"There is no line {record['line_index']}.")
        new[record["line_index"]] = _line_of(record)
    for index in _many(args, "remove"):
        if new.pop(int(index), None) is None:
            raise Refused(f"There is no line {index}.")
    return [new[i] for i in sorted(new)] + [_line_of(json.loads(t)) for t in _many(args, "add")]


def _bump(lines):
    at = _serial_at(lines)
    words = lines[at].split()
    words[6] = str(max(int(words[6]) + 1, int(time.strftime("%Y%m%d00", time.gmtime()))))
    lines[at] = " ".join(words)
    return words[6]


def save(zone, lines):
    panel.replace(_path(zone), "".join(line + "\n" for line in lines)
                  .encode("utf-8", "surrogateescape"))
    if os.path.exists(PID):
        with open(PID, encoding="ascii") as f:
            os.kill(int(f.read()), signal.SIGHUP)


def _detect_again(user, zone, quirk):
    """As long as Email Routing is automatic, an edit of the MX can move it."""
    if panel.mxcheck(user, zone) == "auto":
        panel.route(zone, panel.detect(zone, panel.effective(zone))[0], quirk)


def mass_edit_zone(user, args, quirk):
    zone = _own_zone(user, args)
    with Locked():
        lines = _lines(zone)
        if quirk["zone_changes_meanwhile"]:
            lines.append(f"meanwhile.{zone}. 14400 IN A 192.0.2.1")
            _bump(lines)
            save(zone, lines)
        if args.get("serial") != str(serial(lines)):
            raise Refused(f"The given serial number ({args.get('serial')}) does not match the "
                          f"DNS zone’s serial number ({serial(lines)}). Refresh your view of "
                          "the DNS zone, then resubmit.")
        new = _edited(lines, args)
        _conflict(new)
        if quirk["zone_edit_spoils"]:
            new = [line for line in new if " IN A " not in line]
        number = _bump(new)
        time.sleep(quirk["slow_write"])
        if not quirk["ignore_write"]:
            save(zone, new)
            if quirk["zone_edit_detects"]:
                _detect_again(user, zone, quirk)
    return {"new_serial": number}


def has_local_authority(user, args, quirk):
    delegated = panel.read_json("delegated.json", [])
    found = []
    for domain in _many(args, "domain"):
        if domain not in panel.domains_of(user):
            raise Refused(f"You do not own the domain “{domain}”.")
        if quirk["authority_error"]:
            found.append({"domain": domain, "local_authority": 0, "nameservers": [],
                          "error": quirk["authority_error"]})
            continue
        here = ".".join(domain.split(".")[-2:]) in delegated
        found.append({"domain": domain, "local_authority": int(here),
                      "nameservers": ["ns1.hosting.example" if here else "ns1.lab-dns.example"],
                      "zone": panel.zone_of(domain)})
    return found


# ---- manual routes -----------------------------------------------------

def _manual_routes(changes):
    """changes: {domain: host or None}. What stood there before, by domain."""
    with Locked():
        with open(MANUALMX, encoding="utf-8", errors="surrogateescape") as f:
            lines = f.read().splitlines()
        before = dict.fromkeys(changes)
        kept = []
        for line in lines:
            name, _, host = line.partition(":")
            if name in changes:
                before[name] = host.strip()
            else:
                kept.append(line)
        kept += [f"{name}: {host}" for name, host in changes.items() if host]
        panel.replace(MANUALMX, "".join(line + "\n" for line in sorted(kept))
                      .encode("utf-8", "surrogateescape"))
    return before


def _routed(user, args):
    domains = _many(args, "domain")
    for domain in domains:
        if domain not in panel.domains_of(user):
            raise Refused(f"You do not own the domain “{domain}”.")
    return domains


def set_manual_mx_redirects(user, args, quirk):
    domains = _routed(user, args)
    changes = dict(zip(domains, _many(args, "mx_host")))
    return dict.fromkeys(changes) if quirk["ignore_write"] else _manual_routes(changes)


def unset_manual_mx_redirects(user, args, quirk):
    changes = dict.fromkeys(_routed(user, args))
    return changes if quirk["ignore_write"] else _manual_routes(changes)


WRITES = {
    ("DNS", "mass_edit_zone"): mass_edit_zone,
    ("Email", "set_manual_mx_redirects"): set_manual_mx_redirects,
    ("Email", "unset_manual_mx_redirects"): unset_manual_mx_redirects,
}
panel.UAPI.update({
    ("DNS", "parse_zone"): parse_zone,
    ("DNS", "has_local_authority"): has_local_authority, **WRITES})
