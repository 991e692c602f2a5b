"""What the verbs that have Exim restarted are asked for, and how it was before."""
import collections
import os
import shutil
import signal
import socket
import subprocess
import time

from helper_box import HERE, write

WHM, EXIM, CONF = "/usr/local/cpanel/bin/whmapi1", "/usr/sbin/exim", "/etc/exim.conf"
SERVED = "/run/served"
PORT = 30000 + os.getpid() % 10000
Restarted = collections.namedtuple("Restarted", "request state")


def state_of_port():
    with socket.socket() as s:
        return "not listening" if s.connect_ex(("127.0.0.1", PORT)) else "listening"


def state_of_daemon():
    return "new" if os.stat(CONF).st_mtime < time.time() else "old"


CASES = {
    "start_listener": Restarted((f"{PORT}/IPv4", "not listening", "listening"), state_of_port),
    "reload_exim": Restarted(("server", "old", "new"), state_of_daemon),
}


def served():
    """Whoever listens since the last restart; None."""
    try:
        with open(SERVED, encoding="ascii") as f:
            return f.read()
    except FileNotFoundError:
        return None


def end_served():
    """Nobody listens any more."""
    if served():
        try:
            os.kill(int(served()), signal.SIGKILL)
        except ProcessLookupError:
            pass        # its time was over
        while state_of_port() == "listening":
            time.sleep(0.005)
        os.unlink(SERVED)


def begin(box, verb):
    end_served()
    box.reset()
    if verb == "start_listener":
        box.set(serves=PORT, serves_for=30)
    else:
        box.set(renews=CONF)
    write(CONF, "")
    os.utime(CONF, (time.time() + 1000,) * 2)


def at_work():
    """Whether WHM still has it in hand."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if WHM.encode() in f.read().split(b"\0") and pid != served():
                    return True
        except OSError:
            pass        # it has ended
    return False


class Daemon:
    """A process of the program that the helper takes for Exim, and a WHM that restarts it."""

    def __enter__(self):
        self.before = [(path, path + ".before") for path in (WHM, EXIM)]
        for path, aside in self.before:
            os.rename(path, aside)
        write(WHM, open(HERE + "/fake_hulk.py", encoding="utf-8").read(), 0o755)
        shutil.copy("/bin/sleep", EXIM)
        self.process = subprocess.Popen([EXIM, "600"], start_new_session=True)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        end_served()
        os.unlink(CONF)
        for path, aside in self.before:
            os.rename(aside, path)
