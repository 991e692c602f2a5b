"""Two hosts on one wire, each in a network namespace of its own: the box, whose packet
filter is under test, and the rest of the world, which answers on every mail port."""

import json
import shutil
import subprocess
import sys
import textwrap
import time

PORTS = (25, 26, 465, 587, 2525)
THERE = {4: "198.51.100.7", 6: "2001:db8:ff::7"}
HERE = {4: "203.0.113.10", 6: "2001:db8:1::10"}
# Seconds until no answer is a timeout. A rejection of IPv6 that leaves from here is only
# seen at the second SYN, after one (measured with Linux 6.18).
WAIT = 1.6

LISTENER = textwrap.dedent("""
    import selectors, socket, sys
    banner, ports = sys.argv[1].encode(), map(int, sys.argv[2].split(","))
    waiting = selectors.DefaultSelector()
    for port in ports:
        s = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True,
                                 backlog=64)
        waiting.register(s, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            connection, _ = key.fileobj.accept()
            connection.sendall(banner)
            connection.close()
    """)

# [[uid, gid, address, port] …] on standard input; what each one's connect() met.
CLIENT = textwrap.dedent("""
    import errno, json, os, socket, sys
    def met(uid, gid, address, port):
        os.setgroups([]); os.setresgid(gid, gid, gid); os.setresuid(uid, uid, uid)
        try:
            with socket.create_connection((address, port), timeout=float(sys.argv[1])) as s:
                return s.recv(100).decode()
        except (socket.timeout, TimeoutError):
            return "timeout"
        except OSError as e:
            return "refused" if e.errno == errno.ECONNREFUSED else "unreachable"
    pipes = []
    for question in json.load(sys.stdin):
        r, w = os.pipe()
        if not os.fork():
            os.close(r)
            os.write(w, met(*question).encode())
            os._exit(0)
        os.close(w)
        pipes.append(r)
    print(json.dumps([os.read(r, 100).decode() for r in pipes]))
    """)


class Host:
    """A process that holds a network namespace."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.listeners = []
        here = subprocess.run(["readlink", "/proc/self/ns/net"], capture_output=True).stdout
        until = time.monotonic() + 10
        while subprocess.run(["readlink", f"/proc/{self.holder.pid}/ns/net"],
                             capture_output=True).stdout in (here, b""):
            assert time.monotonic() < until, "no network namespace"
            time.sleep(0.01)

    def run(self, *argv, check=True, **more):
        done = subprocess.run(["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *argv],
                              capture_output=True, text=True, timeout=60, **more)
        assert not check or done.returncode == 0, (argv, done.stderr)
        return done

    def listen(self, banner, ports):
        p = subprocess.Popen(["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", sys.executable,
                              "-c", LISTENER, banner, ",".join(map(str, ports))],
                             stdout=subprocess.PIPE, text=True)
        self.listeners.append(p)
        assert p.stdout.readline() == "ready\n"

    def ask(self, questions):
        return json.loads(self.run(sys.executable, "-c", CLIENT, str(WAIT),
                                   input=json.dumps(questions)).stdout)

    def close(self):
        for p in (*self.listeners, self.holder):
            p.kill()
            p.wait()
        for p in self.listeners:
            p.stdout.close()


class Wire:
    def __init__(self):
        self.box, self.world = Host(), Host()
        self.box.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
                     "netns", str(self.world.holder.pid))
        for host, mine in ((self.box, HERE), (self.world, THERE)):
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "link", "set", "eth0", "up")
            host.run("ip", "address", "add", f"{mine[4]}/32", "dev", "eth0")
            host.run("ip", "-6", "address", "add", f"{mine[6]}/128", "dev", "eth0", "nodad")
            host.run("ip", "route", "add", "default", "dev", "eth0")
            host.run("ip", "-6", "route", "add", "default", "dev", "eth0")
        self.box.listen("box", PORTS)
        self.world.listen("world", PORTS)

    def flush(self):
        self.box.run("nft", "flush", "ruleset")
        for family in filter(shutil.which, ("iptables-legacy", "ip6tables-legacy")):
            for table in ("filter", "nat"):
                self.box.run(family, "-t", table, "-F", check=False)
                self.box.run(family, "-t", table, "-X", check=False)
                for chain in ("INPUT", "OUTPUT"):
                    self.box.run(family, "-t", table, "-P", chain, "ACCEPT", check=False)

    def close(self):
        self.box.close()
        self.world.close()
