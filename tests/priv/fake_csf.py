#!/usr/bin/python3 -sS
"""csf -r, the packet filter it writes and WHM's restrictions, as files: /run/rules.4 and .6
are the rules; iptables-save prints them, iptables-restore replaces them. Under the
name whmapi1: set_tweaksetting smtpmailgidonly, and nothing else."""
import json
import os
import re
import sys
import time

FLAG, CONFIG = "/var/cpanel/smtpgidonlytweak", "/var/cpanel/cpanel.config"


def mode():
    try:
        with open("/run/csf.mode") as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def rules(text):
    for family in "46":
        with open("/run/rules." + family, "w") as f:
            f.write(text)


def csf():
    with open("/run/csf.calls", "a") as f:
        f.write(" ".join(sys.argv[1:]) + "\n")
    if mode() == "hangs":
        time.sleep(600)
    if mode() == "fails":
        rules("half\n")
        sys.exit("*Error* something of csf's")
    with open("/etc/csf/csf.conf", "rb") as f:
        text = f.read().decode("latin-1")
    lines = [line for line in text.splitlines() if re.match(r"[^\s#].*=", line)]
    conf = dict(re.match(r'([^=]*?)\s*=.*?"(.*)"', line).groups() for line in lines)
    assert len(conf) == len(lines)
    rules("".join(f"{key} {conf[key]}\n" for key in sorted(conf)))


def whm():
    pairs = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
    assert sys.argv[2] == "set_tweaksetting" and pairs["key"] == "smtpmailgidonly"
    with open("/run/whm.calls", "a") as f:
        f.write(pairs["value"] + "\n")
    if mode() == "whm ignores":
        return
    with open(CONFIG) as f:
        kept = [line for line in f if not line.startswith("smtpmailgidonly")]
    with open(CONFIG, "w") as f:
        f.writelines([*kept, "smtpmailgidonly=%s\n" % pairs["value"]])
    if os.path.exists(FLAG):
        os.unlink(FLAG)
    with open("/run/rules.4") as f:
        others = [line for line in f if line != "whm\n"]
    if pairs["value"] == "1":
        open(FLAG, "w").close()
        others.append("whm\n")
    with open("/run/rules.4", "w") as f:
        f.writelines(others)
    print(json.dumps({"metadata": {"result": 1, "reason": "OK", "version": 1}}))


def filter_tool(name):
    family = "6" if name.startswith("ip6") else "4"
    if name.endswith("save"):
        with open("/run/rules." + family) as f:
            sys.stdout.write(f.read())
        return
    if mode() == "no restore":
        sys.exit("Set x doesn't exist.")
    with open(sys.argv[-1]) as f, open("/run/rules." + family, "w") as out:
        out.write(f.read())


name = os.path.basename(sys.argv[0])
{"csf": csf, "whmapi1": whm}.get(name, lambda: filter_tool(name))()
