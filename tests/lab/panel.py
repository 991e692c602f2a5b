"""What WHM knows and does: one state machine behind whmapi1, uapi, cpapi2 and cpsrvd.

The state is the server's own files, so hand edits count as they do on a real one:
/etc/localdomains and its kin, /var/cpanel/users/USER, /var/named/ZONE.db, the
mailboxes in the homes. What cPanel keeps elsewhere (tokens, the switches for its
quirks) stands in /var/cpanel/stand-in.

Imports are few on purpose: a program that uses this starts in a few ten milliseconds.
"""

import fcntl
import json
import os
import random
import time

from lab import api_lists, cphulk, restrictions, services
from lab.quirks import STATE, quirks  # noqa: F401, callers take them from here

WORDS = ("auto", "local", "secondary", "remote")
LISTS = {"local": "/etc/localdomains", "remote": "/etc/remotedomains",
         "secondary": "/etc/secondarymx"}
VERSION = "11.126.0.21"


class Refused(Exception):
    """A call that fails with this text."""


class Unknown(Refused):
    """No such function."""


def read_json(name, default):
    try:
        with open(f"{STATE}/{name}", encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return default


def replace(path, data):
    """Whole or not at all, keeping mode and owner, as cPanel's writers do."""
    temporary = f"{path}.{os.getpid()}"
    old = os.stat(path) if os.path.exists(path) else None
    with open(temporary, "wb") as f:
        f.write(data)
        if old:
            os.fchmod(f.fileno(), old.st_mode & 0o7777)
            os.fchown(f.fileno(), old.st_uid, old.st_gid)
    os.rename(temporary, path)


def write_json(name, value):
    replace(f"{STATE}/{name}", json.dumps(value, indent=1).encode())


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def _pairs(path):
    """`key: value` a line."""
    for line in _text(path).splitlines():
        key, colon, value = line.partition(": ")
        if colon:
            yield key, value.strip()


def shuffled(value):
    """The same with the keys of every object in a new order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {k: shuffled(value[k]) for k in keys}
    return [shuffled(v) for v in value] if isinstance(value, list) else value


# ---- the lists ---------------------------------------------------------

BOM = b"\xef\xbb\xbf"


def _listed(path, domain):
    with open(path, "rb") as f:
        return domain.encode() in f.read().split(b"\n")


def _edit(path, domain, member):
    """The lists are sorted, so that leaving and coming back changes no byte.
    A line that is not exactly the domain is not ours to touch."""
    name = domain.encode()
    with open(path, "rb") as f:
        old = f.read()
    ended = not old or old.endswith(b"\n")
    lines = old.split(b"\n")[:-1] if ended else old.split(b"\n")
    kept = [line for line in lines if line != name]
    if member:
        first = 1 if old.startswith(BOM) else 0
        at = next((i for i in range(first, len(kept)) if kept[i] > name), len(kept))
        kept.insert(at, name)
    new = b"".join(line + b"\n" for line in kept)
    new = new if ended else new[:-1]
    if new != old:
        replace(path, new)


# ---- the accounts ------------------------------------------------------

def user_file(user):
    """The KEY=VALUE pairs of /var/cpanel/users/USER. Names are checked because
    they make a path."""
    if not user.isalnum():
        raise Refused("User parameter is invalid or was not supplied")
    text = _text(f"/var/cpanel/users/{user}")
    if not text:
        raise Refused("User parameter is invalid or was not supplied")
    return dict(line.split("=", 1) for line in text.splitlines()
                if "=" in line and not line.startswith("#"))


def _save_user(user, pairs):
    lines = [f"{key}={pairs[key]}\n" for key in sorted(pairs)]
    replace(f"/var/cpanel/users/{user}",
            ("# cPanel user file\n" + "".join(lines)).encode())


def domains_of(user):
    return [domain for domain, owner in _pairs("/etc/userdomains") if owner == user]


def owner_of(domain):
    return dict(_pairs("/etc/userdomains")).get(domain)


def accounts():
    return sorted(name for name in os.listdir("/var/cpanel/users"))


def reseller_acls(login):
    """What a WHM login may; None: it has no WHM."""
    if login == "root":
        return {"all"}
    for line in _text("/var/cpanel/resellers").splitlines():
        name, _, acls = line.partition(":")
        if name == login:
            return set(acls.split(","))
    return None


def owns(login, user):
    return login == "root" or dict(_pairs("/etc/trueuserowners")).get(user) == login


def suspended(user):
    return os.path.exists(f"/var/cpanel/suspended/{user}")


# ---- the local zones and the detection ---------------------------------

def _records(zone):
    """(owner, type, data) of a zone file with one record a line."""
    for line in _text(f"/var/named/{zone}.db").splitlines():
        words = line.split()
        if len(words) >= 5 and words[2] == "IN":
            yield words[0].rstrip("."), words[3], words[4:]


def zone_of(domain):
    """The zone kept here that has the domain's records."""
    labels = domain.split(".")
    for cut in range(len(labels) - 1):
        name = ".".join(labels[cut:])
        if os.path.exists(f"/var/named/{name}.db"):
            return name
    return None


def zone_mx(domain):
    return sorted((int(data[0]), data[1].rstrip("."))
                  for name, kind, data in _records(zone_of(domain))
                  if kind == "MX" and name == domain)


def _zone_addresses(host):
    return [data[0] for name, kind, data in _records(zone_of(host))
            if kind in ("A", "AAAA") and name == host]


def _addresses(host):
    found = _zone_addresses(host)
    if found:
        return found
    import socket
    try:
        return [a[4][0] for a in socket.getaddrinfo(host, 25, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):     # or no name of a host
        return []


def own_addresses():
    own = {_text("/var/cpanel/mainip").strip()}
    own.update(line.split(":")[0] for line in _text("/etc/ips").splitlines())
    for line in _text("/var/cpanel/cpnat").splitlines():
        own.update(line.split())
    for line in _text("/etc/wwwacct.conf").splitlines():
        key, _, value = line.partition(" ")
        if key in ("ADDR", "ADDR6"):
            own.add(value.strip())
    return own


def detect(domain, last):
    """What `auto` makes of the local zone: (word, warnings)."""
    own, here = own_addresses(), []
    for preference, host in zone_mx(domain) or [(0, domain)]:
        addresses = _addresses(host)
        if addresses:
            here.append((preference, bool(own.intersection(addresses))))
    if not here:
        return last, ["Auto Detect of MX configuration not possible due to "
                      "non-resolving MX entries.  Defaulting to last known "
                      f"setting: {last}."]
    lowest = min(preference for preference, _ in here)
    if any(ours for preference, ours in here if preference == lowest):
        return "local", []
    return ("secondary" if any(ours for _, ours in here) else "remote"), []


def mxcheck(user, domain):
    """0 is what cPanel writes for local; the other words are ours."""
    word = user_file(user).get(f"MXCHECK-{domain}", "auto")
    return "local" if word == "0" else word


def effective(domain):
    for word, path in LISTS.items():
        if word != "remote" and _listed(path, domain):
            return word
    return "remote"


def routing(user, domain):
    word = mxcheck(user, domain)
    if word != "auto":
        return word, word
    return word, detect(domain, effective(domain))[0]


def route(domain, word, quirk):
    _edit(LISTS["local"], domain, word == "local")
    _edit(LISTS["remote"], domain,
          word == "remote" or (word == "secondary" and quirk["secondary_with_remote"]))
    _edit(LISTS["secondary"], domain, word == "secondary")


class Locked:
    """One writer at a time, whatever program it is."""

    def __enter__(self):
        self.fd = os.open(STATE + "/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self.fd, fcntl.LOCK_EX)

    def __exit__(self, *_):
        os.close(self.fd)


# ---- UAPI --------------------------------------------------------------

def _own_domain(user, args):
    domain = args.get("domain", "")
    if not domain:
        raise Refused("Provide the “domain” argument.")
    if domain not in domains_of(user):
        raise Refused(f"You do not own the domain “{domain}”.")
    return domain


def _mx_entry(user, domain, quirk):
    word, detected = routing(user, domain)
    records = zone_mx(domain)
    flag = (lambda w: 0) if quirk["flags_zero"] else (lambda w: int(detected == w))
    number = int if quirk["priority_as_int"] else str
    return {
        "domain": domain, "mxcheck": word, "detected": detected,
        "alwaysaccept": int(word == "local"), "local": flag("local"),
        "remote": flag("remote"), "secondary": flag("secondary"),
        "mx": records[0][1] if records else None,
        "status": 1, "statusmsg": "Fetched MX List",
        "entries": [{"mx": host, "domain": domain, "priority": number(preference),
                     "entrycount": i + 1, "row": "even" if i % 2 else "odd"}
                    for i, (preference, host) in enumerate(records)],
    }


def list_mxs(user, args, quirk):
    stale = read_json("stale.json", None) if quirk["stale_read_once"] else None
    if stale is not None:
        os.unlink(STATE + "/stale.json")
        return [e for e in stale if args.get("domain", e["domain"]) == e["domain"]]
    names = [_own_domain(user, args)] if "domain" in args else domains_of(user)
    return [_mx_entry(user, domain, quirk) for domain in names]


def set_always_accept(user, args, quirk):
    domain = _own_domain(user, args)
    word = args.get("mxcheck", args.get("alwaysaccept", "auto"))
    if word not in WORDS:
        word = "auto"
    with Locked():
        if quirk["stale_read_once"]:
            write_json("stale.json", list_mxs(user, {}, {**quirk, "stale_read_once": False}))
        warnings, detected = [], word
        if word == "auto":
            detected, warnings = detect(domain, effective(domain))
        time.sleep(quirk["slow_write"])
        if not quirk["ignore_write"]:
            pairs = user_file(user)
            pairs[f"MXCHECK-{domain}"] = "0" if word == "local" else word
            _save_user(user, pairs)
            route(domain, detected, quirk)
    flags = {w: int(detected == w) for w in WORDS[1:]}
    status = int(not quirk["data_status_zero"])
    return {
        **flags, "detected": detected, "mxcheck": word, "status": status,
        "statusmsg": f"Set Always Accept Status to: {word}" if status
        else "The mail exchanger could not be set.",
        "results": f"Set Always Accept Status to: {word}",
        "checkmx": {**flags, "changed": 1, "detected": detected,
                    "isprimary": flags["local"], "issecondary": flags["secondary"],
                    "mxcheck": word, "warnings": warnings},
    }


def _mail_dir(user, domain):
    return f"/home/{user}/mail/{domain}"


def _mailboxes(user, domain):
    path = _mail_dir(user, domain)
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def _messages(directory):
    return sum(len(os.listdir(os.path.join(directory, part))) for part in ("cur", "new")
               if os.path.isdir(os.path.join(directory, part)))


def list_pops_with_disk(user, args, _quirk):
    names = [_own_domain(user, args)] if "domain" in args else domains_of(user)
    return [{"email": f"{local}@{domain}", "login": f"{local}@{domain}",
             "domain": domain, "user": local, "diskused": "0.01", "_diskused": "10240",
             "diskquota": "unlimited", "_diskquota": "0", "suspended_login": 0,
             "suspended_incoming": 0, "mtime": 0}
            for domain in names for local in _mailboxes(user, domain)]


def get_mailbox_status_list(user, args, _quirk):
    local, _, domain = args.get("account", "").partition("@")
    if domain not in domains_of(user) or local not in _mailboxes(user, domain):
        raise Refused(f"You do not have an email account named “{args.get('account', '')}”.")
    path = f"{_mail_dir(user, domain)}/{local}"
    folders = [("INBOX", path)] + [("INBOX" + name, f"{path}/{name}")
                                   for name in sorted(os.listdir(path))
                                   if name.startswith(".")]
    return [{"mailbox": name, "messages": str(_messages(where)), "vsize": "0",
             "guid": "%032x" % abs(hash(where))} for name, where in folders]


def has_feature(user, args, quirk):
    name = args.get("name", "")
    features = user_file(user).get("FEATURELIST", "default")
    allowed = f"{name}=1" in _text(f"/var/cpanel/features/{features}").splitlines()
    if not allowed and quirk["has_feature_fails"]:
        raise Refused(f"The feature “{name}” is not enabled for this account.")
    return int(allowed)


def list_domains(user, _args, _quirk):
    kinds = _domain_data()
    names = {kind: [d for d in domains_of(user) if kinds[d]["domain_type"] == kind]
             for kind in ("main", "addon", "parked", "sub")}
    return {"main_domain": "".join(names["main"]), "addon_domains": names["addon"],
            "parked_domains": names["parked"], "sub_domains": names["sub"]}


def list_mail_domains(user, _args, _quirk):
    return [{"domain": d, "select": ""} for d in domains_of(user)]


UAPI = {
    ("Email", "list_mxs"): list_mxs,
    ("Email", "set_always_accept"): set_always_accept,
    ("Email", "list_pops_with_disk"): list_pops_with_disk,
    ("Email", "list_mail_domains"): list_mail_domains,
    ("Mailboxes", "get_mailbox_status_list"): get_mailbox_status_list,
    ("Features", "has_feature"): has_feature,
    ("DomainInfo", "list_domains"): list_domains,
}


def uapi(user, module, function, args, quirk):
    """The inner object."""
    reply = {"status": 1, "data": None, "errors": None, "messages": None,
             "warnings": None, "metadata": {}}
    try:
        pairs = user_file(user)
        call = UAPI.get((module, function))
        if not call or function in quirk["unknown_functions"]:
            raise Unknown(f"Failed to load module “{module}”: the function "
                          f"“{function}” does not exist.")
        if quirk["inner_failure"]:
            raise Refused(quirk["inner_failure"])
        reply["data"] = call(pairs["USER"], args, quirk)
        reply["metadata"] = {"transformed": 1}
        if quirk["lists_null"] and reply["data"] == []:
            reply["data"] = None
    except Refused as e:
        reply.update(status=0, errors=[str(e)])
    return reply


# ---- API 2 -------------------------------------------------------------

def api2(user, module, function, args, quirk):
    reply = {"apiversion": 2, "module": module, "func": function,
             "event": {"result": 1}, "data": []}
    names = {"setmxcheck": "set_always_accept", "setalwaysaccept": "set_always_accept",
             "listmxs": "list_mxs"}
    try:
        user_file(user)
        if module != "Email" or function not in names:
            raise Refused(f"Could not find function '{function}' in module '{module}'")
        data = UAPI[module, names[function]](user, args, quirk)
        reply["data"] = data if isinstance(data, list) else [data]
    except Refused as e:
        reply.update(error=str(e), data=[{"reason": str(e), "result": 0}])
    return {"cpanelresult": reply}


# ---- WHM API 1 ---------------------------------------------------------

def _domain_data():
    """/etc/userdatadomains: `domain: user==owner==type==main==docroot==ip:port==…`."""
    found = {}
    for domain, rest in _pairs("/etc/userdatadomains"):
        user, owner, kind, parent, docroot, address = rest.split("==")[:6]
        found[domain] = {"domain": domain, "domain_type": kind, "user": user,
                         "user_owner": owner, "parent_domain": parent,
                         "docroot": docroot, "ipv4": address.split(":")[0],
                         "port": "80", "port_ssl": "443", "ipv6": None,
                         "ipv6_is_dedicated": 0, "php_version": "ea-php82"}
    return found


def _account(user):
    pairs = user_file(user)
    return {"user": user, "domain": pairs["DNS"], "owner": pairs["OWNER"],
            "ip": pairs["IP"], "plan": pairs.get("PLAN", "default"), "theme": "jupiter",
            "suspended": int(suspended(user)), "suspendreason": "not suspended",
            "diskused": "1M", "disklimit": "unlimited", "unix_startdate": "1609459200"}


def whm_listaccts(login, args):
    found = [_account(u) for u in accounts() if owns(login, u)]
    if "search" in args:
        key = args.get("searchtype", "domain")
        found = [a for a in found if args["search"] in a.get(key, "")]
    return {"acct": found}


def whm_accountsummary(login, args):
    user = args.get("user", "")
    if user not in accounts() or not owns(login, user):
        raise Refused("Account does not exist.")
    return {"acct": [_account(user)]}


def whm_get_domain_info(login, _args):
    return {"domains": [d for d in _domain_data().values() if owns(login, d["user"])]}


def whm_listips(_login, _args):
    public = dict(line.split() for line in _text("/var/cpanel/cpnat").splitlines())
    main = _text("/var/cpanel/mainip").strip()
    others = [line.split(":")[0] for line in _text("/etc/ips").splitlines()]
    return {"ip": [{"ip": ip, "public_ip": public.get(ip, ip), "mainaddr": int(ip == main),
                    "active": 1, "dedicated": 0, "if": "eth0" if ip == main else f"eth0:{i}",
                    "netmask": "255.255.255.0", "network": ip.rpartition(".")[0] + ".0",
                    "removable": int(ip != main), "used": 1}
                   for i, ip in enumerate([main, *others])]}


def whm_applications(_login, _args):
    return {"applications": list(applications().values())}


def _whm_user(login, args, key):
    user = args.get(key, "")
    if user not in accounts() or not owns(login, user):
        raise Refused("User parameter is invalid or was not supplied")
    return user


def whm_uapi_cpanel(login, args):
    user = _whm_user(login, args, "cpanel.user")
    rest = {k: v for k, v in args.items() if not k.startswith("cpanel.")}
    return {"uapi": uapi(user, args.get("cpanel.module", ""),
                         args.get("cpanel.function", ""), rest, quirks())}


def whm_api_token_create(login, args):
    import secrets
    acls = sorted(v for k, v in args.items() if k == "acl" or k.startswith("acl-"))
    token = secrets.token_hex(16).upper()
    with Locked():
        write_json("tokens.json", {**read_json("tokens.json", {}),
                                   token: {"user": login, "acls": acls or ["all"]}})
    return {"token": token, "name": args.get("token_name", ""), "acls": acls}


# function: (ACL, call). An ACL of "any" is everybody's.
WHM = {
    "version": ("any", lambda login, args: {"version": VERSION}),
    "gethostname": ("any", lambda login, args: {"hostname": os.uname().nodename}),
    "applist": ("any", lambda login, args: {"app": sorted([*WHM, "batch", "myprivs"])}),
    "listaccts": ("list-accts", whm_listaccts),
    "accountsummary": ("acct-summary", whm_accountsummary),
    "get_domain_info": ("acct-summary", whm_get_domain_info),
    "listips": ("basic-system-info", whm_listips),
    "get_shared_ip": ("any", lambda login, args: {"ip": _text("/var/cpanel/mainip").strip()}),
    "get_appconfig_application_list": ("all", whm_applications),
    "uapi_cpanel": ("cpanel-api", whm_uapi_cpanel),
    "api_token_create": ("manage-api-tokens", whm_api_token_create),
    **cphulk.functions(read_json, write_json, Refused),
    **restrictions.functions(Refused),
    **services.functions(Refused),
}


def may(acls, needed):
    return needed == "any" or "all" in acls or needed in acls


def _batch(login, acls, args, quirk):
    from urllib.parse import parse_qsl
    results = []
    for key in sorted(args, key=lambda k: int(k.partition("-")[2] or 0)):
        if key.partition("-")[0] != "command":
            continue
        name, _, query = args[key].partition("?")
        results.append(whm(login, acls, name, dict(parse_qsl(query)), quirk))
    return {"result": results}


def _whm_data(login, acls, name, args, quirk):
    if name == "batch":
        return _batch(login, acls, args, quirk)
    if name == "myprivs":
        return {"privileges": [{acl: 1 for acl in sorted(acls)}]}
    if name not in WHM or name in quirk["unknown_functions"]:
        raise Unknown(f"Unknown app (“{name}”) requested for this version (1) of the API.")
    acl, call = WHM[name]
    if not may(acls, acl):
        raise Refused(quirk["missing_acl_text"])
    return call(login, args)


def whm(login, acls, name, args, quirk):
    """The whole reply of WHM API 1."""
    meta = {"version": 1, "command": name, "reason": "OK", "result": 1}
    reply = {"metadata": meta}
    try:
        reply["data"] = api_lists.cut(_whm_data(login, acls, name, args, quirk), args, meta)
    except Refused as e:
        meta.update(result=0, reason=str(e))
    if quirk["result_as_string"]:
        meta["result"] = str(meta["result"])
    return reply


# ---- AppConfig ---------------------------------------------------------

def read_appconfig(path):
    pairs = (line.split("=", 1) for line in _text(path).splitlines()
             if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def applications():
    """Registered ones by name: a file that nobody registered counts for nothing."""
    return {name: read_appconfig(f"/var/cpanel/apps/{name}.conf")
            for name in read_json("registered.json", [])}
