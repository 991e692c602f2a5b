#!/usr/bin/python3 -sS
"""firewall-cmd of a firewalld with one zone, public, as firewalld 1.3 answers: the ports
are lines of /run/firewalld.now and .permanent; .stopped stops it, .calls tells what was asked."""
import os
import sys

words = sys.argv[1:]
with open("/run/firewalld.calls", "a") as f:
    f.write(f"{' '.join(words)} {len(set(os.environ) - {'LC_CTYPE'})}\n")
if os.path.exists("/run/firewalld.stopped"):
    print("FirewallD is not running", file=sys.stderr)
    sys.exit(252)
permanent = words[0] == "--permanent"
zone, act = words[permanent:]
if zone != "--zone=public":
    print("Error: INVALID_ZONE: " + zone[7:], file=sys.stderr)
    sys.exit(112)
path = "/run/firewalld." + ("permanent" if permanent else "now")
with open(path) as f:
    ports = f.read().split()
verb, _, port = act.partition("=")
if verb == "--query-port":
    print("yes" if port in ports else "no")
    sys.exit(port not in ports)
ports = [p for p in ports if p != port] + ([port] if verb == "--add-port" else [])
with open(path + ".new", "w") as f:
    f.writelines(p + "\n" for p in ports)
os.rename(path + ".new", path)
print("success")
