#!/usr/bin/python3 -IS
"""Stands in for CSF's /usr/sbin/csf where it bans addresses: -d, -dr, -tr, with the real
one's habits (its csf.pl): every line is written anew without blanks at its ends, a line
that says "do not delete" stays, and all lines that name the address go. Where the chain
DENYIN is there, its rules follow."""
import fcntl
import re
import subprocess
import sys
import time

DENY, TEMPORARY = "/etc/csf/csf.deny", "/var/lib/csf/csf.tempban"
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F:.]+")


def rule(act, ip):
    tool = "/usr/sbin/ip6tables" if ":" in ip else "/usr/sbin/iptables"
    try:
        subprocess.run([tool, "-w", act, "DENYIN", "-s", ip, "-j", "DROP"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        pass


def known_by(word):
    """What csf holds against the address that it was given."""
    found = ADDRESS.search(word)
    bits = re.search(r"/\d+$", word)
    return found.group() + (bits.group() if bits else "") if found else word


def rewrite(path, keep):
    """The file with the lines that keep() lets stay; how many went."""
    with open(path, "r+", newline="") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        lines = [line.strip() for line in f.read().splitlines()]
        left = [line for line in lines if keep(line)]
        f.seek(0)
        f.truncate()
        f.write("".join(line + "\n" for line in left))
    return len(lines) - len(left)


def remove(ip):
    kept = False

    def keep(line):
        nonlocal kept
        word, _, comment = line.partition(" ")
        mine = (known_by(word) if "|" not in ip else word).upper() == ip.upper()
        if mine and "do not delete" in comment.lower():
            print(f'csf: {ip} set as "do not delete" - not removed')
            kept = True
            return True
        if mine and not line.startswith("#"):
            print("Removing rule...")
            rule("-D", ip)
        return not mine or line.startswith("#")
    if not rewrite(DENY, keep) and not kept:
        print(f"csf: {ip} not found in csf.deny")


def deny(ip, comment):
    with open(DENY) as f:
        if any(line.split()[:1] == [ip] for line in f):
            print(f"deny failed: {ip} is in already in the deny file {DENY} 1 times")
            return
    with open(DENY, "a") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.write(f"{ip} # {comment or 'Manually denied: ' + ip} - {time.ctime()}\n")
    print(f"Adding {ip} to csf.deny and iptables DROP...")
    rule("-A", ip)


def remove_temporary(ip):
    try:
        gone = rewrite(TEMPORARY, lambda line: line.split("|")[1:2] != [ip])
    except FileNotFoundError:
        gone = 0
    if gone:
        rule("-D", ip)
    print(f"csf: {ip} temporary block removed" if gone else
          f"csf: {ip} not found in temporary bans")


def main(argv):
    acts = {"-d": lambda: deny(argv[1], " ".join(argv[2:])), "-dr": lambda: remove(argv[1]),
            "-tr": lambda: remove_temporary(argv[1])}
    if len(argv) < 2 or argv[0] not in acts:
        return False
    acts[argv[0]]()
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
