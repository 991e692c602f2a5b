"""A server for the helper alone: own mount namespace, own /run, overlays of
/etc, /var, /usr/local and /usr/sbin, system accounts, a stand-in for uapi and
exim, and the helper started once a connection as systemd would."""
import array
import collections
import ctypes
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from urllib.parse import unquote

HERE = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("RD_BUILD", os.path.join(REPO, "build"))
HELPER = os.path.join(os.path.abspath(BUILD), "relaydoctor-helper")

CLONE_NEWNS = 0x20000
UIDS = {"root": 0, "relaydoctor-admin": 61001, "relaydoctor-user": 61002,
        "relaydoctor-scan": 61003, "relaydoctor-parse": 61004,
        "mailnull": 61047, "alice": 62001, "bob": 62002, "carol": 62003, "stranger": 62004}
ACCOUNTS = {"alice": "rita", "bob": "root", "carol": "rita"}

RUN = "/run/relaydoctor"
JOURNAL = "/var/lib/relaydoctor/journal"
AUDIT = "/var/log/relaydoctor/audit.log"
LOCK = RUN + "/change.lock"

CODES = ["done", "input", "denied", "stale", "unavailable", "limit",
         "not_found", "internal"]
REQUEST = "=I28s256s256s512s"
REPLY = "=Ii512s256s256s64s"
Reply = collections.namedtuple("Reply", "code text before after change fd")

libc = ctypes.CDLL(None, use_errno=True)


def check(rc):
    if rc:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def text(field):
    return field.split(b"\0", 1)[0].decode()


def request(verb="", name="", expect="", value="", version=1):
    return struct.pack(REQUEST, version, *(s if isinstance(s, bytes) else s.encode()
                                           for s in (verb, name, expect, value)))


class Helper:
    """One connection to one helper process."""

    def __init__(self, uid=0, env=None):
        if isinstance(uid, str):
            uid = UIDS[uid]
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            path = RUN + "/helper.sock"
            if os.path.exists(path):
                os.unlink(path)
            door.bind(path)
            os.chmod(path, 0o666)
            door.listen(1)
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.sock.settimeout(60)
            as_uid(uid, lambda: self.sock.connect(path))
            conn, _ = door.accept()
        with conn:
            self.pid = os.posix_spawn(HELPER, [HELPER], env or {}, file_actions=[
                (os.POSIX_SPAWN_OPEN, 2, RUN + "/helper.err",
                 os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, conn.fileno(), 3)])

    def send(self, data, fds=()):
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
        self.sock.sendmsg([data], control if fds else [])

    def receive(self):
        room = socket.CMSG_SPACE(4)
        data, control, _, _ = self.sock.recvmsg(4096, room)
        if not data:
            return None
        version, code, *rest = struct.unpack(REPLY, data)
        assert version == 1
        fds = array.array("i")
        for _, _, piece in control:
            fds.frombytes(piece)
        return Reply(CODES[code], *map(text, rest), fds[0] if fds else -1)

    def ask(self, verb, name="", expect="", value="", fd=None):
        self.send(request(verb, name, expect, value), [] if fd is None else [fd])
        return self.receive()

    def read(self, verb, name="", value=""):
        r = self.ask(verb, name, "", value)
        assert r.code == "done", r.text
        with os.fdopen(r.fd, "rb") as f:
            return f.read()

    def journal(self):
        return [dict((k, unquote(v)) for k, v in (p.split("=", 1) for p in line.split(" ")))
                for line in self.read("journal").decode().splitlines()]

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return status
            time.sleep(0.005)
        raise TimeoutError("the helper still runs")

    def close(self):
        self.sock.close()
        if self.pid:
            self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def as_uid(uid, act):
    os.seteuid(uid)
    try:
        return act()
    finally:
        os.seteuid(0)


class Box:
    def __init__(self):
        self.home = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        check(libc.unshare(CLONE_NEWNS))
        run("mount", "--make-rprivate", "/")
        run("mount", "-t", "tmpfs", "-o", "mode=755", "box", "/run")
        for i, place in enumerate(("/etc", "/var", "/usr/local", "/usr/sbin",
                                  "/usr/bin", "/usr/libexec")):
            upper, work = "/run/.box/%d/upper" % i, "/run/.box/%d/work" % i
            os.makedirs(upper)
            os.makedirs(work)
            run("mount", "-t", "overlay", "-o",
                "lowerdir=%s,upperdir=%s,workdir=%s" % (place, upper, work),
                "box", place)
        self.furnish()

    def furnish(self):
        with open("/etc/passwd", "a") as f:
            for name, uid in UIDS.items():
                if uid:
                    f.write("%s:x:%d:%d::/:/bin/false\n" % (name, uid, uid))
        for path in ("/usr/local/cpanel/bin", "/var/cpanel/users",
                     "/var/cpanel/suspended", RUN):
            os.makedirs(path, exist_ok=True)
        shutil.copy(HERE + "/fake_uapi.py", "/usr/local/cpanel/bin/uapi")
        os.chmod("/usr/local/cpanel/bin/uapi", 0o755)
        for name in ("fake_zones.py", "fake_forwards.py", "fake_filters.py"):
            shutil.copy(f"{HERE}/{name}", "/usr/local/cpanel/bin/" + name)
        if os.path.lexists("/usr/sbin/exim"):
            os.unlink("/usr/sbin/exim")
        write("/usr/sbin/exim", "#!/bin/sh\necho \"exim $*\"\necho env: $(env | "
              "grep -cv -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=)\n"
              "case $* in -bh*) cat; echo trace >&2;; -Mrm*) rm -f /var/spool/exim/input/$2-? /var/spool/exim/input/?/$2-?;; *defer@*) exit 1;; *bad@*) exit 2;; *broken@*) exit 3;; esac\n",
              0o755)

        for tool in ("/usr/sbin/iptables-save", "/usr/sbin/ip6tables-save", "/usr/sbin/nft",
                     "/usr/local/cpanel/bin/whmapi1"):
            if os.path.lexists(tool):
                os.unlink(tool)
            write(tool, "#!/bin/sh\necho \"$0 $*\"\n", 0o755)
        for tool in ("iptables-legacy-save", "ip6tables-legacy-save"):
            if os.path.lexists("/usr/sbin/" + tool):
                os.unlink("/usr/sbin/" + tool)

    def reset(self):
        """The same server before every test."""
        for path in (RUN, "/var/lib/relaydoctor", "/var/log/relaydoctor", "/var/cpanel"):
            shutil.rmtree(path, ignore_errors=True)
        for path in (RUN, "/var/lib/relaydoctor", "/var/cpanel/users",
                     "/var/cpanel/suspended"):
            os.makedirs(path)
        owned = {"alice.example": "alice", "shop.example": "alice",
                 "bob.example": "bob", "carol.example": "carol"}
        write("/etc/userdomains", "*: nobody\n" + lines(owned))
        write("/etc/trueuserowners", lines(ACCOUNTS))
        write("/etc/localdomains", "\n".join(owned) + "\n")
        write("/etc/remotedomains", "")
        write("/etc/secondarymx", "")
        write("/var/cpanel/mainip", "192.0.2.1\n")
        for account in ACCOUNTS:
            write("/var/cpanel/users/" + account, "DNS=%s.example\n" % account)
        self.set(domains={n: {"account": a, "mxcheck": "local"}
                          for n, a in owned.items()},
                 features=["alice", "bob", "carol"])
        write("/var/cpanel/calls", "")

    def add(self, n, account="bob"):
        """n more domains of the account, all routed here; their names."""
        names = ["d%04d.example" % i for i in range(n)]
        with open("/etc/userdomains", "a") as f:
            f.write(lines({name: account for name in names}))
        with open("/etc/localdomains", "a") as f:
            f.writelines(name + "\n" for name in names)
        with open("/var/cpanel/box.json") as f:
            domains = json.load(f)["domains"]
        self.set(domains={**domains, **{name: {"account": account, "mxcheck": "local"}
                                        for name in names}})
        return names

    def set(self, **kw):
        path = "/var/cpanel/box.json"
        state = json.load(open(path)) if os.path.exists(path) else {}
        state.update(kw)
        write(path, json.dumps(state))

    def mxcheck(self, domain):
        return json.load(open("/var/cpanel/box.json"))["domains"][domain]["mxcheck"]

    def calls(self):
        return open("/var/cpanel/calls").read().splitlines()

    def leave(self):
        # A thread that was joined may not have left the kernel yet, which lets a process of one
        # thread alone change its mounts.
        until = time.monotonic() + 5
        while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
            time.sleep(0.01)
        check(libc.setns(self.home, CLONE_NEWNS))
        os.close(self.home)


def lines(pairs):
    return "".join("%s: %s\n" % p for p in pairs.items())


def write(path, content, mode=0o644):
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "w") as f:
        f.write(content)
    os.chmod(path, mode)


def install_helper():
    """Where a timer starts it; one that still ends keeps the file that it runs."""
    where = "/usr/libexec/relaydoctor/relaydoctor-helper"
    os.makedirs(os.path.dirname(where), exist_ok=True)
    shutil.copy(HELPER, where + ".new")
    os.rename(where + ".new", where)


def run(*argv):
    subprocess.run(argv, check=True)
