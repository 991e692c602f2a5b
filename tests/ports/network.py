"""A box with an island behind its internet: box - internet (a router) - island (the hosts
that are probed). Rules can be put into the box and into the router."""

import json
import os
import pathlib
import subprocess

from lab import seed
from lab.box import Box, wait_for

HERE = pathlib.Path(__file__).resolve().parent
BUILD = os.environ.get("RD_BUILD", str(HERE.parents[1] / "build"))

ROUTER, ROUTER6 = "203.0.113.1", "2001:db8:10::1"
# Two hosts of either family that have nothing to do with each other.
GOOD, OTHER = "198.18.1.10", "198.19.1.10"
GOOD6, OTHER6 = "2001:db8:a::10", "2001:db8:b::10"
HOSTS = (GOOD, OTHER, GOOD6, OTHER6)
DEAF, DEAF6 = "198.18.1.20", "2001:db8:a::21"       # nothing listens on them
ODD = {behaviour: f"198.18.2.{10 + i}" for i, behaviour in enumerate(
    ("many_lines", "silent", "tarpit", "endless", "endless_lines", "binary", "hangs_up",
     "turns_away"))}
ODD6 = {"silent": "2001:db8:a::20"}
NOBODY_ON_THE_LINE, NOBODY_ON_THE_LINE6 = "203.0.113.99", "2001:db8:10::99"

PLAN = {f"{host} {port}": "polite" for host in HOSTS for port in (25, 587, 443)}
PLAN.update({f"{host} 25": behaviour for odd in (ODD, ODD6) for behaviour, host in odd.items()})

ADDRESSES = [*HOSTS, DEAF, DEAF6, *ODD.values(), *ODD6.values()]


def batch(box, lines, namespace=None):
    where = ["-n", namespace] if namespace else []
    box.run(["ip", *where, "-batch", "-"], input="\n".join(lines) + "\n")


def build_island(box):
    box.run(["ip", "netns", "add", "island"])
    batch(box, ["link add isle type veth peer name eth0 netns island",
                "addr add 192.0.3.1/24 dev isle", "addr add 2001:db8:c::1/64 dev isle nodad",
                "link set isle up", "route add 198.18.0.0/15 via 192.0.3.2",
                "route add 2001:db8:a::/64 via 2001:db8:c::2",
                "route add 2001:db8:b::/64 via 2001:db8:c::2"], "internet")
    batch(box, ["link set lo up", "addr add 192.0.3.2/24 dev eth0",
                "addr add 2001:db8:c::2/64 dev eth0 nodad", "link set eth0 up",
                "route add default via 192.0.3.1", "route add default via 2001:db8:c::1",
                *(f"addr add {a} dev lo" + (" nodad" if ":" in a else "") for a in ADDRESSES)],
          "island")
    box.run(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; "
             "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"], internet=True)


class Network:
    def __init__(self, box):
        self.box = box
        build_island(box)
        box.write("/run/lab/far.py", (HERE / "far.py").read_bytes())
        self.far = self.start("/run/lab/far.py", json.dumps(PLAN),
                              before=["ip", "netns", "exec", "island"])

    def close(self):
        self.end(self.far)

    def start(self, *argv, before=(), user=None):
        """A Python program in the box that says it is ready, and ends with its input."""
        process = self.box.popen([*before, "/usr/bin/python3", *argv], user=user,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        return process

    @staticmethod
    def end(process):
        process.stdin.close()
        process.wait()
        process.stdout.close()

    def reset(self):
        """As if nothing had been done or asked before."""
        self.rules("")
        self.rules("", internet=True)
        self.box.run(["sh", "-c", "rm -f /run/relaydoctor/probe.last /run/lab/far/*; "
                      "for t in iptables ip6tables iptables-legacy ip6tables-legacy; do "
                      "$t -F; $t -X; $t -t nat -F; $t -t nat -X; done 2>&1 || :"])

    def rules(self, text, internet=False):
        """The whole ruleset of the box, or of the router."""
        self.box.run(["nft", "-f", "-"], internet=internet, input="flush ruleset\n" + text)

    def heard(self):
        """{ADDRESS-PORT: [what it was sent, each time]}"""
        found = {}
        directory = self.box.path("/run/lab/far")
        for name in sorted(os.listdir(directory)):
            place = name.rpartition("-")[0]
            with open(f"{directory}/{name}", "rb") as f:
                found.setdefault(place, []).append(f.read())
        return found

    def ask(self, *words, again=False, timeout=60):
        if not again:
            self.box.run(["rm", "-f", "/run/relaydoctor/probe.last"])
        return self.box.run(["relaydoctor", "probe", *words], check=False, timeout=timeout)

    def probe(self, *to, account=None):
        """The object that a probe of these hosts prints."""
        words = [word for host in to or HOSTS for word in ("--to", host)]
        words += ["--account", account] if account else []
        done = self.ask("out", *words, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


def cells(report):
    """{(user, port, "IPv4"|"IPv6"): verdict, with "+" where it is a rule by user}"""
    return {(c["user"], c["port"], c["family"]): c["verdict"] + ("+" if c["owner_rule"] else "")
            for c in report["out"]["cells"]}


def box():
    return Box(BUILD, seed.small())


__all__ = ["wait_for"]
