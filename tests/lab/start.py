"""The box from inside: its first process and the one that watches over it.

start (the watcher) leaves the host's namespaces, forks the box's process 1 and waits.
When the process that asked for the box ends, however it ends, its pipe closes; the
watcher goes, process 1 goes with it, and the kernel removes the rest: processes,
namespaces, mounts.
"""

import fnmatch
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time

from lab import REPOSITORY, Missing, dns, layers, namespaces as ns, programs, seed, tree, under
from lab.units import Manager

UNITS = "/run/lab/units"
IP = "/usr/sbin/ip"
IN_INTERNET = f"{IP} netns exec internet "
PYTHON = "/usr/bin/python3 -s -m "
SERVICES = {
    "lab-nsd": f"{IN_INTERNET}/run/lab/nsd -d -c {dns.DIRECTORY}/nsd.conf",
    "lab-sink": f"{IN_INTERNET}{PYTHON}lab.sink",
    "lab-unbound": f"/run/lab/unbound -d -c {dns.DIRECTORY}/unbound.conf",
    "lab-named": f"/run/lab/nsd -d -c {dns.NAMED}/nsd.conf",
    "lab-exim": "/usr/sbin/exim -bdf -q1m",
    "lab-cpsrvd": f"{PYTHON}lab.cpsrvd",
}
UNIT = """[Service]
ExecStart={command}
Environment=PYTHONPATH={stand_in}
Restart=on-failure
TimeoutStopSec=2
"""
PORTS = {"lab-nsd": (dns.SERVER, 53), "lab-sink": (seed.GOOGLE, 25),
         "lab-unbound": ("127.0.0.1", 53), "lab-named": (seed.ADDRESS, 53),
         "lab-exim": ("127.0.0.1", 25),
         "lab-cpsrvd": ("127.0.0.1", 2087)}


# ---- network -----------------------------------------------------------

def _batch(lines, where=()):
    done = subprocess.run([IP, *where, "-batch", "-"], input="\n".join(lines) + "\n",
                          capture_output=True, text=True)
    if done.returncode:
        raise Missing("the network cannot be made: " + done.stderr.strip())


def network():
    """eth0 is the box's line; everything else on earth is at its other end."""
    subprocess.run([IP, "netns", "add", "internet"], check=True)
    lines = ["link set lo up", "link add eth0 type veth peer name eth0 netns internet"]
    lines += [f"addr add {a}/24 dev eth0"
              for a in (seed.ADDRESS, seed.DEDICATED, seed.NAT_INSIDE)]
    lines += [f"addr add {seed.ADDRESS6}/64 dev eth0 nodad", "link set eth0 up",
              "route add default via 203.0.113.1"]
    _batch(lines)
    others = {a for addresses in seed.HOSTS.values() for a in addresses}
    others |= {dns.SERVER, dns.SERVER6}
    others -= {seed.ADDRESS, seed.ADDRESS6, seed.NAT_PUBLIC}
    lines = ["link set lo up", "addr add 203.0.113.1/24 dev eth0",
             "addr add 2001:db8:10::1/64 dev eth0 nodad", "link set eth0 up"]
    lines += [f"addr add {a} dev lo" + (" nodad" if ":" in a else "")
              for a in sorted(others)]
    _batch(lines, ["-n", "internet"])
    _batch(["route add default via 2001:db8:10::1"])


# ---- process 1 ---------------------------------------------------------

class Init:
    def __init__(self, control, listeners, named):
        self.control, self.listeners = control, listeners
        self.left_out = () if named else ("lab-named",)
        self.generation = 0
        self.selector = selectors.DefaultSelector()
        self.manager = Manager(self.selector, [UNITS, "/usr/lib/systemd/system"])
        self.wake, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self.wake, selectors.EVENT_READ, self._reap)
        self.selector.register(control, selectors.EVENT_READ, self._command)
        self.words = control.makefile("r", encoding="utf-8")
        self.timers = set()
        asked = socket.socket(socket.AF_UNIX)
        asked.bind("/run/lab/units.sock")
        asked.listen(16)
        self.selector.register(asked, selectors.EVENT_READ, self._systemctl)

    def firewall(self):
        if os.path.exists(tree.RULES):
            subprocess.run(["/usr/sbin/iptables-restore", tree.RULES], check=True)

    def services(self):
        os.makedirs(UNITS)
        for name, command in SERVICES.items():
            if name in self.left_out:
                continue
            with open(f"{UNITS}/{name}.service", "w", encoding="ascii") as f:
                f.write(UNIT.format(command=command, stand_in=tree.STAND_IN))
            if name == "lab-cpsrvd":
                self.manager.start(f"{name}.service", passed=list(self.listeners.values()),
                                   names=list(self.listeners))
            else:
                self.manager.start(f"{name}.service")

    def product(self):
        directory = "/usr/lib/systemd/system"
        for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
            if name.startswith("relaydoctor") and name.endswith(".socket"):
                self.manager.listen(name)
        share = "/usr/share/relaydoctor"
        if os.path.isdir(share + "/appconfig"):
            for name in sorted(os.listdir(share + "/appconfig")):
                programs.register_appconfig([f"{share}/appconfig/{name}"])
        if os.path.exists(share + "/jupiter/install.json"):
            programs.install_plugin([share + "/jupiter"])

    def wait(self, seconds=15):
        """Until every port of the lab answers."""
        end = time.monotonic() + seconds
        missing = {name: at for name, at in PORTS.items() if name not in self.left_out}
        while missing:
            for name, address in list(missing.items()):
                try:
                    socket.create_connection(address, 0.2).close()
                    del missing[name]
                except OSError:
                    pass
            if time.monotonic() > end:
                raise Missing(f"{', '.join(missing)} did not start: " + "".join(
                    _tail(f"/var/log/lab/{name}.service.log") for name in missing))
            self.once(0.01)

    def once(self, longest=None):
        due = self.manager.tick()
        waits = [w for w in (due, longest) if w is not None]
        for key, _ in self.selector.select(min(waits) if waits else None):
            key.data(key.fileobj)

    def _reap(self, _):
        try:
            os.read(self.wake, 4096)
        except BlockingIOError:
            pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.manager.reaped(pid, status)

    def say(self, **reply):
        self.control.sendall(json.dumps(reply).encode() + b"\n")

    def _command(self, _):
        line = self.words.readline()
        if not line:
            sys.exit(0)
        request = json.loads(line)
        try:
            self.say(result=getattr(self, "do_" + request.pop("do"))(**request))
        except Exception as e:          # noqa: the caller gets whatever it was
            self.say(error=repr(e))

    # -- what systemctl asks (lab/systemctl.py) --

    def _systemctl(self, listener):
        connection, _ = listener.accept()
        with connection, connection.makefile("r", encoding="utf-8") as words:
            verb, _, unit = words.readline().strip().partition(" ")
            try:
                said = getattr(self, "unit_" + verb.replace("-", "_"))(unit)
            except (OSError, KeyError) as e:
                said = repr(e)
            connection.sendall((said or "").encode())

    def unit_start(self, unit):
        if unit.endswith(".timer"):
            self.timers.add(unit)
        elif not unit.endswith(".socket"):
            self.manager.start(unit)
        elif unit not in self.manager.sockets:
            self.manager.listen(unit)

    def unit_stop(self, unit):
        self.timers.discard(unit)
        if unit in self.manager.sockets:
            self.manager.deafen(unit)
        for name in {u.name for u, _ in self.manager.running.values()}:
            if fnmatch.fnmatch(name, unit):
                self.manager.stop(name)

    def unit_is_active(self, unit):
        live = unit in self.timers or unit in self.manager.sockets or any(
            fnmatch.fnmatch(u.name, unit) for u, _ in self.manager.running.values())
        return "active" if live else "inactive"

    # -- what the outside may ask --

    def do_start(self, unit):
        self.manager.start(unit)

    def do_stop(self, unit):
        self.manager.stop(unit)

    def do_pids(self, unit):
        return self.manager.pids(unit)

    def do_publish(self, world):
        """New public DNS: both servers start afresh, the resolver last, so that it
        remembers nothing older."""
        self.generation += 1
        dns.publish(seed.World.of_dict(world), dns.DIRECTORY, self.generation)
        for name, server in (("lab-nsd", dns.SERVER), ("lab-unbound", "127.0.0.1")):
            os.killpg(self.manager.pid(f"{name}.service"), signal.SIGKILL)
            end = time.monotonic() + 10
            while not dns.serves(server, self.generation):
                if time.monotonic() > end:
                    raise TimeoutError(f"{name} has not read the new zones")
                self.once(0.01)


def _tail(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()[-1500:]
    except FileNotFoundError:
        return ""


def inside(control, spec):
    os.umask(0o022)
    world = seed.World.of_dict(spec["world"])
    root = layers.mount(REPOSITORY, spec["build"] or "/")
    tree.build(root, world, spec["build"], spec["password"])
    socket.sethostname(seed.HOSTNAME)
    os.environ.clear()
    os.environ.update(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                      LANG="C.UTF-8", HOME="/root")
    ns.enter_root(root)
    time.tzset()
    under.prepare(spec["under"])
    init = Init(control, spec["listeners"], world.named)
    network()
    init.firewall()
    init.services()
    init.product()
    init.wait()
    init.say(ready=True)
    while True:
        init.once()


def first_process(control, spec):
    ns.die_with_parent()
    try:
        inside(control, spec)
    except Missing as e:
        reason = str(e)
    except SystemExit:
        return
    except BaseException:               # noqa: reported, then the box is gone
        import traceback
        reason = traceback.format_exc()
    control.sendall(json.dumps({"failed": reason}).encode() + b"\n")


def watch(pid, lifeline):
    """Until process 1 ends or the pipe does."""
    child = os.pidfd_open(pid)
    with selectors.DefaultSelector() as selector:
        selector.register(child, selectors.EVENT_READ)
        selector.register(lifeline, selectors.EVENT_READ)
        selector.select()
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    lifeline = int(sys.argv[2])
    spec = json.loads(control.makefile("r", encoding="utf-8").readline())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)   # the pipe says when
    try:
        ns.unshare(ns.NEWNS | ns.NEWUTS | ns.NEWIPC | ns.NEWNET | ns.NEWPID)
    except OSError as e:
        control.sendall(json.dumps({"failed": f"no namespaces here: {e}"}).encode() + b"\n")
        return
    pid = os.fork()
    if pid == 0:
        os.close(lifeline)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)   # for the services that it forks
        first_process(control, spec)
        os._exit(0)
    control.close()
    watch(pid, lifeline)


if __name__ == "__main__":
    main()
