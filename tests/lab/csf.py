"""csf -r, as far as mail is concerned: csf.conf becomes the chains that CSF makes of it,
loaded into the real packet filter in place of every rule that was there.

Written from csf.conf's semantics; the chains are those of ../firewall/rules.
"""

import grp
import os
import pwd
import re
import subprocess
import sys

from lab import csf_bans

CONF = "/etc/csf/csf.conf"
DEFAULTS = {"SMTP_BLOCK": "0", "SMTP_ALLOWLOCAL": "1", "SMTP_REDIRECT": "0",
            "SMTP_PORTS": "25,465,587", "SMTP_ALLOWUSER": "", "SMTP_ALLOWGROUP": "",
            "IPV6": "0", "TCP6_IN": "", "TCP6_OUT": "", "DROP_OUT": "REJECT"}
CHAINS = ("DENYIN", "LOCALINPUT", "LOCALOUTPUT", "LOGDROPIN", "LOGDROPOUT", "SMTPOUTPUT")


class Refused(Exception):
    """CSF ends before it has touched a rule."""


def read(text):
    """As CSF does it: other lines are none of its settings, and none comes twice."""
    found = {}
    for line in text.splitlines():
        if re.match(r"\s|#|$", line) or "=" not in line:
            continue
        name, _, value = line.partition("=")
        quoted = re.search(r'"(.*)"', value)
        name = re.sub(r"\s", "", name)
        if not quoted:
            raise Refused(f"*Error* Invalid configuration line [{line}] in {CONF}")
        if name in found:
            raise Refused(f"*Error* Setting {name} is repeated in {CONF}")
        found[name] = quoted[1]
    return {**DEFAULTS, **found}


def _items(value):
    return [item for item in value.replace(" ", "").split(",") if item]


def _owners(conf):
    """The matches of those whom SMTP_BLOCK lets out."""
    for name in _items(conf["SMTP_ALLOWGROUP"]):
        try:
            yield f"--gid-owner {grp.getgrnam(name).gr_gid}"
        except KeyError:
            pass
    for name in ["root", *_items(conf["SMTP_ALLOWUSER"])]:
        try:
            yield f"--uid-owner {pwd.getpwnam(name).pw_uid}"
        except KeyError:
            pass


def rules(conf, family):
    """For iptables-restore or ip6tables-restore."""
    six = "6" if family == 6 else ""
    ports = f"-p tcp -m multiport --dports {conf['SMTP_PORTS']}"
    reject = "icmp6" if six else "icmp"
    icmp = "ipv6-icmp" if six else "icmp"
    new = "-p tcp -m conntrack --ctstate NEW -m tcp --dport"
    known = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    lines = ["*filter", ":INPUT DROP [0:0]", ":FORWARD DROP [0:0]", ":OUTPUT DROP [0:0]"]
    lines += [f":{chain} - [0:0]" for chain in CHAINS]
    lines += ["-A LOCALINPUT -j DENYIN"]
    lines += [f"-A DENYIN -s {word} -j DROP" for word in denied(family)]
    lines += ["-A INPUT ! -i lo -j LOCALINPUT", "-A INPUT -i lo -j ACCEPT",
              f"-A INPUT -p {icmp} -j ACCEPT", f"-A INPUT ! -i lo {known}"]
    lines += [f"-A INPUT ! -i lo {new} {port} -j ACCEPT" for port in _items(conf[f"TCP{six}_IN"])]
    lines += ["-A INPUT ! -i lo -p udp -m udp --dport 53 -j ACCEPT",
              "-A INPUT ! -i lo -j LOGDROPIN", "-A OUTPUT ! -o lo -j LOCALOUTPUT"]
    lines += [f"-A OUTPUT ! -o lo -p {kind} -m {kind} --dport 53 -j ACCEPT" for kind in ("tcp", "udp")]
    lines += ["-A OUTPUT -j SMTPOUTPUT", "-A OUTPUT -o lo -j ACCEPT", f"-A OUTPUT -p {icmp} -j ACCEPT",
              f"-A OUTPUT ! -o lo {known}"]
    lines += [f"-A OUTPUT ! -o lo {new} {port} -j ACCEPT" for port in _items(conf[f"TCP{six}_OUT"])]
    lines += ["-A OUTPUT ! -o lo -j LOGDROPOUT", "-A LOGDROPIN -j DROP",
              "-A LOGDROPOUT -j " + (f"REJECT --reject-with {reject}-port-unreachable"
                                     if conf["DROP_OUT"] == "REJECT" else "DROP")]
    nat = ["*nat", ":PREROUTING ACCEPT [0:0]", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]",
           ":POSTROUTING ACCEPT [0:0]"]
    if conf["SMTP_BLOCK"] == "1":
        if conf["SMTP_ALLOWLOCAL"] == "1":
            lines += [f"-A SMTPOUTPUT -o lo {ports} -j ACCEPT"]
        owners = list(_owners(conf))
        lines += [f"-A SMTPOUTPUT {ports} -m owner {owner} -j ACCEPT" for owner in owners]
        if conf["SMTP_REDIRECT"] == "1":
            nat += [f"-A OUTPUT {ports} -m owner {owner} -j RETURN" for owner in owners]
            nat += [f"-A OUTPUT {ports} -j REDIRECT"]
        else:
            lines += [f"-A SMTPOUTPUT {ports} -j LOGDROPOUT"]
    return "\n".join([*lines, "COMMIT", *nat, "COMMIT", ""])


def denied(family):
    """Addresses and networks of csf.deny and of what it includes."""
    lines = []
    for line in _lines("/etc/csf/csf.deny"):
        included = re.match(r"Include\s*(.*)", line)
        lines += _lines(included[1].strip()) if included else [line]
    words = [line.split("#")[0].strip() for line in lines]
    return [word for word in words if word and "|" not in word and (":" in word) == (family == 6)]


def _lines(path):
    try:
        with open(path, encoding="latin-1") as f:
            return [line.strip() for line in f]
    except OSError:
        return []


def restart():
    with open(CONF, encoding="latin-1") as f:
        conf = read(f.read())
    if os.path.exists("/etc/csf/csf.disable"):
        raise Refused("csf and lfd have been disabled, use 'csf -e' to enable")
    subprocess.run(["/usr/sbin/iptables-restore"], input=rules(conf, 4), text=True, check=True)
    if conf["IPV6"] == "1":
        subprocess.run(["/usr/sbin/ip6tables-restore"], input=rules(conf, 6), text=True, check=True)


def main(argv):
    if csf_bans.main(argv):
        return 0
    try:
        if argv != ["-r"]:
            raise Refused("the stand-in of csf knows -r, -d, -dr and -tr alone")
        restart()
    except Refused as e:
        print(e, file=sys.stderr)
        return 1
    print("*WARNING* lfd is not part of this box")
    return 0
