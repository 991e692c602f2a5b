"""A machine of our own for a while: this process moves into a mount namespace in
which the fixed paths of an installation exist, and back."""

import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from lab import namespaces

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build")).resolve()

RUN = "/run/relaydoctor"
ADMIN_SOCK, USER_SOCK = f"{RUN}/admin.sock", f"{RUN}/user.sock"
HELPER_SOCK = f"{RUN}/helper.sock"
WHM = "/usr/local/cpanel/whostmgr/docroot/cgi/relaydoctor"
ADMIN_DOOR, RESELLER_DOOR = f"{WHM}/admin.cgi", f"{WHM}/reseller.cgi"
USER_DOOR = "/usr/local/cpanel/base/frontend/jupiter/relaydoctor/index.live.cgi"

# Accounts of the panel, one that the panel does not know, the fronts' own.
ALICE, BOB, STRANGER = 60001, 60002, 60003
FRONTS = {"admin": 60011, "user": 60012}
ACCOUNTS = {"alice": ALICE, "bob": BOB, "stranger": STRANGER,
            "relaydoctor-admin": 60011, "relaydoctor-user": 60012}


def _overlay(top, under):
    upper, work = under / "upper", under / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    namespaces.mount("overlay", top, "overlay", 0,
                     f"lowerdir={top},upperdir={upper},workdir={work}")


def _install(scratch):
    for path in (ADMIN_DOOR, RESELLER_DOOR, USER_DOOR):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(BUILD / "door.cgi", path)
    os.makedirs(RUN)
    os.chmod(RUN, 0o755)
    os.makedirs("/var/cpanel/users", exist_ok=True)
    for name in ("alice", "bob"):
        pathlib.Path("/var/cpanel/users", name).touch(0o640)
    passwd = scratch / "passwd"
    passwd.write_text(pathlib.Path("/etc/passwd").read_text() + "".join(
        f"{name}:x:{uid}:{uid}::/:/bin/false\n" for name, uid in ACCOUNTS.items()))
    passwd.chmod(0o644)
    namespaces.mount(passwd, "/etc/passwd", flags=namespaces.MS_BIND)


@contextlib.contextmanager
def own_machine():
    with tempfile.TemporaryDirectory(prefix="rd-front-") as name, \
         open("/proc/self/ns/mnt", "rb") as home:
        scratch = pathlib.Path(name)
        namespaces.unshare(namespaces.NEWNS)
        try:
            namespaces.mount(None, "/", None,
                             namespaces.MS_REC | namespaces.MS_PRIVATE)
            namespaces.mount("tmpfs", scratch, "tmpfs")
            scratch.chmod(0o755)
            for top in ("/run", "/usr/local", "/var"):
                _overlay(top, scratch / top.strip("/").replace("/", "-"))
            _install(scratch)
            yield scratch
        finally:
            os.chdir("/")
            # A thread that was joined may not have left the kernel yet, which lets a
            # process of one thread alone change its mounts.
            until = time.monotonic() + 5
            while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
                time.sleep(0.01)
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.setns(home.fileno(), namespaces.NEWNS) != 0:
                raise OSError(ctypes.get_errno(), "setns")


def share(templates, scratch):
    """The pages of the tree, where an installation has them."""
    _overlay("/usr/share", scratch / "usr-share")
    shutil.copytree(templates, "/usr/share/relaydoctor/templates")


def build_echo_front(to):
    """The real front around echo_app.c."""
    parts = [*sorted((BUILD / "http").glob("accept*.o")),
             *(BUILD / f for f in ("main_front.o", "http/fcgi.o", "http/identity.o",
                                   "http/rate.o")),
             *sorted(o for o in (BUILD / "base").glob("*.o"))]
    flags = os.environ.get("RD_SANITIZE", "")
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-g",
                    *(["-fsanitize=" + flags] if flags else []),
                    f"-I{REPO}/cgi", "-o", to, REPO / "tests/front/echo_app.c",
                    *parts, "-lfcgi", "-ljson-c", "-lpthread"], check=True)
    return to


def listen(path, mode, kind=socket.SOCK_STREAM):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    s = socket.socket(socket.AF_UNIX, kind)
    s.bind(path)
    os.chmod(path, mode)
    s.listen(4096)
    return s


class Front:
    """A front as systemd starts it: its own uid, its socket as descriptor 3."""

    def __init__(self, program, side, path=None, mode=None, listener=None):
        path = path or (ADMIN_SOCK if side == "admin" else USER_SOCK)
        mode = mode or (0o600 if side == "admin" else 0o666)
        self.listener = listener or listen(path, mode)
        self.log = tempfile.TemporaryFile()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._become(program, side)
            finally:
                os._exit(127)
        self.code = None

    def _become(self, program, side):
        os.dup2(self.log.fileno(), 2)
        os.dup2(self.listener.fileno(), 3)
        os.closerange(4, 256)
        os.setgroups([])
        os.setgid(FRONTS[side])
        os.setuid(FRONTS[side])
        os.execve(program, [program, side], {
            "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"})

    def wait(self, seconds):
        """The exit status (negative: a signal), or None while it runs."""
        until = time.monotonic() + seconds
        while self.code is None:
            pid, word = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(word)
            elif time.monotonic() > until:
                return None
            else:
                time.sleep(0.01)
        return self.code

    def stop(self):
        """Seconds from SIGTERM to its end."""
        start = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        if self.wait(10) is None:
            self.kill()
        return time.monotonic() - start

    def kill(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait(10)
        self.listener.close()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode()


def run_door(door, env=None, body=b"", uid=0, timeout=80):
    """A door as cpsrvd starts it."""
    values = {"REQUEST_METHOD": "POST" if body else "GET", "REMOTE_USER": "root",
              "REMOTE_ADDR": "192.0.2.7", **(env or {})}
    if body:
        values.setdefault("CONTENT_LENGTH", str(len(body)))
    return subprocess.run([door], env={k: v for k, v in values.items() if v is not None},
                          input=body, user=uid, group=uid, extra_groups=[],
                          capture_output=True, timeout=timeout, check=False)
