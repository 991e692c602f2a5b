"""A real firewalld in a network namespace of somebody's: its own system bus, its own
configuration. Not started here: no policy kit, which it does not ask about root."""

import os
import pathlib
import shutil
import subprocess
import time

NEEDED = ("firewalld", "firewall-cmd", "dbus-daemon", "nft")
NOT_RUNNING = 252

# /run is firewalld's own, and what the package has put into /etc is not looked at.
APART = """set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 firewalld /run
mount -t tmpfs -o mode=755 firewalld /var/log
"""
START = """set -e
mount -t tmpfs -o mode=750 firewalld /etc/firewalld
mkdir -p /run/dbus /etc/firewalld/zones
[ -z "$BACKEND" ] || echo "FirewallBackend=$BACKEND" >/etc/firewalld/firewalld.conf
dbus-daemon --system --nofork --nopidfile --nosyslog &
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.01; done
exec firewalld --nofork --nopid --log-file=/run/firewalld.log
"""


def lacking():
    """What keeps it from being run here; None: nothing."""
    names = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(names)}" if names else None


class Firewalld:
    def __init__(self, net, apart=True, backend=""):
        """net: a process in the network namespace. apart: in a mount namespace of its
        own; else in ours, which must be one that is thrown away. backend: "iptables",
        as FirewallBackend names it; nftables unless it is named."""
        self.net = f"--net=/proc/{net}/ns/net"
        self.apart = apart
        self.daemon = subprocess.Popen(
            ["nsenter", self.net, "unshare", "--pid", "--fork", "--kill-child",
             *(["--mount"] if apart else []), "sh", "-c", (APART if apart else "") + START],
            env={**os.environ, "BACKEND": backend},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while self.cmd("--state", check=False).returncode:
            assert self.daemon.poll() is None and time.monotonic() < until, "no firewalld"
            time.sleep(0.05)

    def _inside(self):
        if not self.apart:
            return []
        # unshare, its child (which is sh, then firewalld) holds the namespace.
        children = pathlib.Path(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children")
        pid = children.read_text().split()
        return ["nsenter", f"--mount=/proc/{pid[0]}/ns/mnt"] if pid else ["false"]

    def cmd(self, *argv, check=True):
        done = subprocess.run([*self._inside(), "firewall-cmd", *argv], env={"PATH": "/usr/sbin:/usr/bin"},
                              capture_output=True, text=True, timeout=30)
        assert not check or done.returncode == 0, (argv, done.stdout, done.stderr)
        return done

    def close(self):
        self.daemon.kill()      # unshare waits through any other signal
        self.daemon.wait()
