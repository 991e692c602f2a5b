"""What stands on the box: accounts, the product, the server's files, the mailboxes."""

import json
import os
import shlex
import shutil
import subprocess

from lab import REPOSITORY, Missing, dns, exim, history, panel, panel_filter, seed

STAND_IN = "/usr/local/cpanel/stand-in"
RULES = "/etc/sysconfig/iptables"

# (name, uid, gid): what every box has. The second owner of uid 47 is the name
# that Debian's Exim was built for.
BASE_USERS = [("root", 0, 0), ("daemon", 1, 1), ("bin", 2, 2), ("mailnull", 47, 47),
              ("Debian-exim", 47, 47), ("cpanel", 201, 201), ("mailman", 202, 202),
              ("nobody", 65534, 65534)]
BASE_GROUPS = [("root", 0), ("daemon", 1), ("bin", 2), ("mail", 12), ("mailnull", 47),
               ("Debian-exim", 47), ("cpanel", 201), ("mailman", 202), ("nogroup", 65534)]

PROGRAMS = {"bin": ["whmapi1", "uapi", "cpapi2", "register_appconfig",
                    "unregister_appconfig", "is_registered_with_appconfig",
                    "manage_hooks"],
            "scripts": ["install_plugin", "uninstall_plugin"]}
PROGRAM = """#!/usr/bin/python3 -IS
import sys
sys.path.insert(0, "{where}")
from lab.programs import {name}
sys.exit({name}(sys.argv[1:]))
"""


class Tree:
    def __init__(self, root):
        self.root = root
        self.users = {name: (uid, gid) for name, uid, gid in BASE_USERS}
        self.groups = dict(BASE_GROUPS)
        self.members = {}
        self.homes = {}

    def at(self, path):
        return self.root + path

    def write(self, path, data, mode=0o644, owner="root", group=None):
        where = self.at(path)
        os.makedirs(os.path.dirname(where), exist_ok=True)
        if os.path.islink(where):
            os.unlink(where)
        with open(where, "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        self.own(path, mode, owner, group)

    def directory(self, path, mode=0o755, owner="root", group=None):
        os.makedirs(self.at(path), exist_ok=True)
        self.own(path, mode, owner, group)

    def own(self, path, mode, owner, group):
        uid, gid = self.users[owner]
        os.chown(self.at(path), uid, self.groups[group] if group else gid)
        os.chmod(self.at(path), mode)

    def link(self, path, target):
        os.makedirs(os.path.dirname(self.at(path)), exist_ok=True)
        if os.path.lexists(self.at(path)):
            os.unlink(self.at(path))
        os.symlink(target, self.at(path))

    def add_user(self, name, uid, gid=None, home="/"):
        gid = self.groups.setdefault(name, uid) if gid is None else gid
        self.users[name] = (uid, gid)
        self.homes[name] = home


# ---- accounts and directories from the shipped files --------------------

def _shipped(tree, directory):
    path = tree.at(directory)
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        if name.startswith("relaydoctor"):
            with open(f"{path}/{name}", encoding="utf-8") as f:
                for line in f:
                    words = shlex.split(line, comments=True)
                    if words:
                        yield words


def sysusers(tree):
    """The lines g, u and m of sysusers.d, as systemd-sysusers takes them."""
    system = 990
    for kind, name, *rest in _shipped(tree, "/usr/lib/sysusers.d"):
        if kind == "g":
            tree.groups.setdefault(name, system)
        elif kind == "u":
            tree.add_user(name, system, home=rest[2] if len(rest) > 2 else "/")
        elif kind == "m":
            tree.members.setdefault(rest[0], []).append(name)
        else:
            raise ValueError(f"sysusers.d: {kind} is not understood")
        system -= 1


def tmpfiles(tree):
    """The lines d of tmpfiles.d."""
    for kind, path, mode, owner, group, *_ in _shipped(tree, "/usr/lib/tmpfiles.d"):
        if kind != "d":
            raise ValueError(f"tmpfiles.d: {kind} is not understood")
        tree.directory(path, int(mode, 8), owner, group)


def settings(tree):
    """Tests scan when they say so; those of what scans by itself write their own."""
    tree.write("/etc/relaydoctor/relaydoctor.conf", "scan_every = never\nscan_on_change = never\n")


def accounts(tree):
    passwd, group, shadow = [], [], []
    for name, (uid, gid) in tree.users.items():
        home = tree.homes.get(name, "/root" if name == "root" else "/")
        shell = "/bin/bash" if uid == 0 or uid >= 1000 and uid < 65534 \
            else "/usr/sbin/nologin"
        passwd.append(f"{name}:x:{uid}:{gid}::{home}:{shell}\n")
        shadow.append(f"{name}:*:19000:0:99999:7:::\n")
    for name, gid in tree.groups.items():
        group.append(f"{name}:x:{gid}:{','.join(tree.members.get(name, []))}\n")
    tree.write("/etc/passwd", "".join(passwd))
    tree.write("/etc/group", "".join(group))
    tree.write("/etc/shadow", "".join(shadow), 0o600)


# ---- the product -------------------------------------------------------

def install(tree, build):
    """What `make install` puts on a server, from the programs as they are: nothing
    is built here, whatever has changed since."""
    done = subprocess.run(["make", "-s", "-o", "all", "-C", REPOSITORY, "install",
                           f"DESTDIR={tree.root}", f"B={build}"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Missing("make install failed: " + done.stderr.strip()[-2000:])


def stand_ins(tree):
    package = f"{STAND_IN}/lab"
    shutil.copytree(os.path.dirname(os.path.abspath(__file__)), tree.at(package),
                    ignore=shutil.ignore_patterns("__pycache__", "test_*"))
    for where, names in PROGRAMS.items():
        for name in names:
            tree.write(f"/usr/local/cpanel/{where}/{name}",
                       PROGRAM.format(where=STAND_IN, name=name), 0o755)
    tree.link("/scripts", "/usr/local/cpanel/scripts")
    tree.write("/usr/local/cpanel/bin/autorespond", "#!/bin/sh\nexec cat >/dev/null\n", 0o755)
    tree.write("/usr/sbin/csf", PROGRAM.format(where=STAND_IN, name="csf"), 0o755)
    with open(tree.at(f"{package}/systemd_run.py"), encoding="utf-8") as f:
        tree.write("/usr/bin/systemd-run", f.read(), 0o755)
    shutil.copy("/usr/bin/systemctl", tree.at("/run/lab/systemctl"))
    with open(tree.at(f"{package}/systemctl.py"), encoding="utf-8") as f:
        tree.write("/usr/bin/systemctl", f.read(), 0o755)


# ---- the server's files ------------------------------------------------

def _network_files(tree):
    tree.write("/etc/hostname", seed.HOSTNAME + "\n")
    tree.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"
               f"{seed.ADDRESS} {seed.HOSTNAME}\n")
    tree.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    tree.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    if os.path.lexists(tree.at("/etc/localtime")):
        os.unlink(tree.at("/etc/localtime"))    # the box's clock shows UTC


def _server_files(tree, world):
    main = [d for d in world.domains if d.kind == "main"]
    owner = {a.name: a.owner for a in world.accounts}
    parent = {d.account: d.name for d in main}
    by_name = sorted(world.domains, key=lambda d: d.name)
    tree.write("/etc/userdomains", "*: nobody\n" + "".join(
        f"{d.name}: {d.account}\n" for d in by_name), 0o640, group="mail")
    tree.write("/etc/trueuserdomains", "".join(
        f"{d.name}: {d.account}\n" for d in by_name if d.kind == "main"), 0o640, group="mail")
    tree.write("/etc/trueuserowners", "".join(
        f"{name}: {owner[name]}\n" for name in sorted(owner)), 0o640, group="mail")
    tree.write("/etc/userdatadomains", "".join(
        f"{d.name}: {d.account}=={owner[d.account]}=={d.kind}=={parent[d.account]}=="
        f"/home/{d.account}/public_html=={(d.address or [seed.ADDRESS])[0]}:80======0==\n"
        for d in by_name), 0o640, group="mail")
    tree.write("/etc/domainips", "".join(
        f"{seed.DEDICATED}: {d.name}\n" for d in by_name if seed.DEDICATED in d.address))
    tree.write("/etc/ips", f"{seed.DEDICATED}:255.255.255.0:203.0.113.255\n"
               f"{seed.NAT_INSIDE}:255.255.255.0:203.0.113.255\n")
    tree.write("/var/cpanel/mainip", seed.ADDRESS)
    tree.write("/var/cpanel/cpnat", f"{seed.NAT_INSIDE} {seed.NAT_PUBLIC}\n")
    tree.write("/etc/wwwacct.conf", f"ADDR {seed.ADDRESS}\nADDR6 {seed.ADDRESS6}\n"
               f"CONTACTEMAIL root@{seed.HOSTNAME}\nDEFMOD jupiter\nETHDEV eth0\n"
               f"HOST {seed.HOSTNAME}\nNS ns1.hosting.example\nNS2 ns2.hosting.example\n")
    tree.write("/var/cpanel/cpanel.config", "defaultmailaction=fail\n"
               "email_send_limits_max_defer_fail_percentage=\nmaxemailsperhour=\n"
               "permit_unregistered_apps_as_root=0\nsmtpmailgidonly=0\n")
    tree.write("/etc/chkserv.d/chkservd.conf", "exim:1\n" + "".join(
        f"exim-{port}:1\n" for port in world.watched_ports))
    for name in ("manualmx", "relayhosts", "trustedmailhosts", "skipsmtpcheckhosts",
                 "backupmxhosts", "senderverifybypasshosts", "spammeripblocks",
                 "mailips", "mailhelo", "exim.conf.localopts"):
        tree.write(f"/etc/{name}", "".join(
            line + "\n" for line in world.lines.get(f"/etc/{name}", [])))


def _lists(tree, world):
    lists = {"local": "/etc/localdomains", "remote": "/etc/remotedomains",
             "secondary": "/etc/secondarymx"}
    lines = {path: list(world.lines.get(path, [])) for path in lists.values()}
    lines["/etc/localdomains"].append(seed.HOSTNAME)
    for domain in world.domains:
        for word in listed(domain):
            lines[lists[word]].append(domain.name)
    for path, names in lines.items():
        names.sort(key=lambda n: (not n.startswith("\ufeff"), n.encode()))
        tree.write(path, "".join(name + "\n" for name in names))


def listed(domain):
    if domain.listed is not None:
        return domain.listed
    word = domain.mxcheck
    if word == "auto":
        word = detected(domain)
    return {"secondary": ["remote", "secondary"]}.get(word, [word])


def detected(domain):
    """What `auto` made of the local zone when it was last asked."""
    here = [(preference, host.endswith(domain.name) or host.endswith("hosting.example"))
            for preference, host in (domain.mx if domain.zone_mx is None
                                     else domain.zone_mx)]
    if not here:
        return "local"
    lowest = min(preference for preference, _ in here)
    if any(ours for preference, ours in here if preference == lowest):
        return "local"
    return "secondary" if any(ours for _, ours in here) else "remote"


def _user_file(tree, account, mine):
    """/var/cpanel/users/NAME: cPanel keeps its keys sorted."""
    main = next((d for d in mine if d.kind == "main"), mine[0] if mine else None)
    others = [d.name for d in mine if d is not main]
    pairs = {"USER": account.name, "OWNER": account.owner, "FEATURELIST": account.name,
             "DNS": main.name if main else "", "IP": seed.ADDRESS, "RS": "jupiter",
             "PLAN": "default", "STARTDATE": "1609459200",
             **{f"DNS{i}": name for i, name in enumerate(others, 1)},
             **{f"MXCHECK-{d.name}": "0" if d.mxcheck == "local" else d.mxcheck
                for d in mine}}
    if account.suspended:
        pairs["SUSPENDED"] = "1"
        tree.write(f"/var/cpanel/suspended/{account.name}", "")
    tree.write(f"/var/cpanel/users/{account.name}", "# cPanel user file\n" + "".join(
        f"{key}={pairs[key]}\n" for key in sorted(pairs)), 0o640, group=account.name)


def _forwarding(tree):
    for name in ("valiases", "vdomainaliases", "vfilters"):
        tree.directory(f"/etc/{name}", 0o755)


def _account_files(tree, world, account):
    mine = [d for d in world.domains if d.account == account.name]
    name = account.name
    _user_file(tree, account, mine)
    tree.write(f"/var/cpanel/features/{name}",
               "".join(f"{feature}=1\n" for feature in account.features))
    tree.directory(f"/home/{name}", 0o711, name)
    tree.directory(f"/home/{name}/mail", 0o751, name)
    tree.directory(f"/home/{name}/etc", 0o750, name, "mail")
    tree.directory(f"/home/{name}/public_html", 0o750, name)
    for domain in mine:
        _mailboxes(tree, name, domain)
    if account.filters:
        _filters(tree, account, mine)


def _filters(tree, account, mine):
    tree.directory(f"/home/{account.name}/.cpanel", 0o750, account.name, "mail")
    tree.write(f"/home/{account.name}/.cpanel/filter.yaml",
               panel_filter.kept(account.filters), 0o640, account.name, "mail")
    for domain in mine:
        tree.write(f"/etc/vfilters/{domain.name}", panel_filter.made(account.filters),
                   0o640, account.name, "mail")


def _mailboxes(tree, user, domain):
    uid, gid = tree.users[user]
    lines = list(domain.aliases)
    if not any(line.startswith("*:") for line in lines):
        lines.append('*: ":fail: No Such User Here"')
    tree.write(f"/etc/valiases/{domain.name}", "".join(line + "\n" for line in lines),
               0o640, user, "mail")
    if domain.forwarded:
        tree.write(f"/etc/vdomainaliases/{domain.name}", f"{domain.name}: {domain.forwarded}\n",
                   0o640, user, "mail")
    passwd = [f"{local}:x:{uid}:{gid}::/home/{user}/mail/{domain.name}/{local}:/home/{user}\n"
              for local in sorted(domain.mailboxes)]
    tree.directory(f"/home/{user}/etc/{domain.name}", 0o750, user, "mail")
    tree.write(f"/home/{user}/etc/{domain.name}/passwd", "".join(passwd), 0o640, user, "mail")
    tree.directory(f"/home/{user}/mail/{domain.name}", 0o751, user)
    for local, messages in domain.mailboxes.items():
        box = f"/home/{user}/mail/{domain.name}/{local}"
        tree.directory(box, 0o751, user)
        for part in ("cur", "new", "tmp"):
            tree.directory(f"{box}/{part}", 0o751, user)
        for i in range(messages):
            tree.write(f"{box}/cur/{1700000000 + i}.M{i}P1.{seed.HOSTNAME}:2,S",
                       f"From: someone@stranger.example\nTo: {local}@{domain.name}\n"
                       f"Subject: Message {i + 1}\n\nText.\n", 0o640, user)


# ---- everything --------------------------------------------------------

def _cpanel(tree, world, password):
    tree.directory("/var/cpanel/users", 0o711)
    tree.directory("/var/cpanel/stand-in", 0o700)
    tree.directory("/var/cpanel/apps", 0o755)
    tree.directory("/var/cpanel/suspended", 0o755)
    tree.write("/var/cpanel/resellers", "".join(
        f"{a.name}:{','.join(a.reseller_acls)}\n"
        for a in world.accounts if a.reseller_acls), 0o644)
    logins = ["root"] + [a.name for a in world.accounts]
    tree.write("/var/cpanel/stand-in/passwords.json",
               json.dumps({login: password for login in logins}), 0o600)
    tree.directory("/usr/local/cpanel/whostmgr/docroot/cgi")
    tree.directory("/usr/local/cpanel/whostmgr/docroot/addon_plugins")
    tree.directory("/usr/local/cpanel/base/frontend/jupiter/dynamicui")
    tree.write("/usr/local/cpanel/version", panel.VERSION + "\n")


def certificate(tree):
    tree.directory("/var/cpanel/ssl", 0o751)
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", f"/CN={seed.HOSTNAME}",
         "-addext", f"subjectAltName=DNS:{seed.HOSTNAME},DNS:localhost,IP:127.0.0.1",
         "-keyout", tree.at("/var/cpanel/ssl/key.pem"),
         "-out", tree.at("/var/cpanel/ssl/cert.pem")], capture_output=True, text=True)
    if done.returncode:
        raise Missing("openssl made no certificate: " + done.stderr)
    tree.own("/var/cpanel/ssl/key.pem", 0o640, "root", "mail")
    tree.own("/var/cpanel/ssl/cert.pem", 0o644, "root", None)


def build(root, world, products, password):
    tree = Tree(root)
    uid = 1001
    for account in world.accounts:
        tree.add_user(account.name, uid, home=f"/home/{account.name}")
        uid += 1
    if products:
        install(tree, products)
    sysusers(tree)
    accounts(tree)
    tmpfiles(tree)
    settings(tree)
    _network_files(tree)
    _server_files(tree, world)
    for path, text in world.files.items():
        tree.write(path, text)
    if world.rules:
        tree.write(RULES, "".join(line + "\n" for line in world.rules))
    _lists(tree, world)
    _cpanel(tree, world, password)
    _forwarding(tree)
    for account in world.accounts:
        _account_files(tree, world, account)
    history.write(tree, world)
    certificate(tree)
    tree.directory("/run/lab", 0o755)
    tree.directory("/run/lab/sink", 0o755)
    tree.directory("/var/log/lab", 0o755)
    exim.write(tree, world, password)
    dns.write(tree, world)
    stand_ins(tree)
    return tree
