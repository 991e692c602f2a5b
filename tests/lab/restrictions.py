"""WHM's SMTP Restrictions: the key in cpanel.config, the flag file and real rules of the
packet filter, as set_tweaksetting keeps them together."""

import grp
import os
import pwd
import re
import subprocess

CONFIG, FLAG = "/var/cpanel/cpanel.config", "/var/cpanel/smtpgidonlytweak"
PORTS = "-p tcp -m multiport --dports 25,465,587"


def _owners():
    for kind, option, names in ((grp.getgrnam, "--gid-owner", ("mailman", "mail")),
                                (pwd.getpwnam, "--uid-owner", ("cpanel", "root"))):
        for name in names:
            try:
                yield f"{option} {kind(name)[2]}"
            except KeyError:
                pass


def _lines():
    for owner in _owners():
        yield f"{PORTS} -m owner {owner} -j RETURN"
    yield f"{PORTS} -j REDIRECT"


def _rules(on):
    for tool in ("/usr/sbin/iptables", "/usr/sbin/ip6tables"):
        for line in _lines():
            rule = ["OUTPUT", *line.split()]
            while subprocess.run([tool, "-t", "nat", "-D", *rule], capture_output=True).returncode == 0:
                pass
            if on:
                subprocess.run([tool, "-t", "nat", "-A", *rule], check=True)


def values():
    with open(CONFIG, encoding="utf-8") as f:
        pairs = (line.rstrip("\n").partition("=") for line in f)
        return {key: value for key, _, value in pairs if key and not key.startswith("#")}


def functions(refused):
    """{function: (ACL, call)}"""
    def get(_login, args):
        if args.get("key") not in values():
            raise refused("The setting does not exist.")
        return {"tweaksetting": {"key": args["key"], "value": values()[args["key"]]}}

    def put(_login, args):
        key, value = args.get("key", ""), args.get("value", "")
        with open(CONFIG, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(rf"(?m)^{re.escape(key)}=.*\n", "", text) + f"{key}={value}\n"
        with open(CONFIG + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(CONFIG + ".new", CONFIG)
        if key == "smtpmailgidonly":
            if os.path.exists(FLAG):
                os.unlink(FLAG)
            if value == "1":
                open(FLAG, "w", encoding="ascii").close()
            _rules(value == "1")
        return {}

    return {"get_tweaksetting": ("all", get), "set_tweaksetting": ("all", put)}
