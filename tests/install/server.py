"""A cPanel-shaped box with the sources in it, but nothing installed yet."""

import hashlib
import os
import shutil
import stat
import subprocess
from contextlib import contextmanager

from lab import REPOSITORY
from lab.box import Box

HERE = "/root/relaydoctor"      # where the sources are unpacked in the box
WHERE = ("/etc", "/usr/bin", "/usr/lib/systemd/system", "/usr/lib/sysusers.d",
          "/usr/lib/tmpfiles.d", "/usr/libexec", "/usr/local/cpanel", "/usr/share/relaydoctor",
         "/var", "/run", "/tmp")
READ = ("/etc/", "/usr/local/", "/var/cpanel/", "/usr/share/relaydoctor/")   # byte for byte
# What the box itself writes while it runs, and what the system's own tools keep beside
# their files: locks, and copies of accounts before the last change.
NOT_OURS = ("/var/log/lab", "/tmp/nsd-xfr", "/var/cpanel/stand-in", "/run/lab", "/run/netns", "/usr/local/cpanel/logs",
            "/usr/local/cpanel/stand-in", "/var/spool/exim", "/var/log/exim", "/etc/.pwd.lock", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-",
            "/etc/subuid-", "/etc/subgid-", "/var/lib/dpkg", "/var/cache", "/var/log/dpkg.log",
            "/var/log/apt", "/var/lib/apt", "/var/lib/rpm")

# What is under test is the installing: the programs were built before.
MAKE = """#!/bin/sh
case "$*" in *DESTDIR=*) exec /run/lab/make "$@" ;; esac
"""
# Fails once: before it does what it is asked for, or after it.
FAILING = """#!/bin/sh
case "$*" in
{pattern}) if mkdir /run/lab/failed 2>/dev/null; then {act}; echo "{name} was made to fail" >&2; exit 1; fi ;;
esac
exec {real} "$@"
"""
PROGRAMS = ("relaydoctor", "relaydoctor-front", "relaydoctor-helper", "door.cgi")


def packed(programs, target, directory, ending):
    """The one file of that ending which make's target leaves; nothing is compiled."""
    for name in PROGRAMS:
        shutil.copy(f"{programs}/{name}", directory)
    subprocess.run(["make", "-s", "-o", "all", "-C", REPOSITORY, target, f"B={directory}"],
                   check=True, capture_output=True, timeout=120)
    made, = [name for name in os.listdir(directory) if name.endswith(ending)]
    return f"{directory}/{made}"


class Server(Box):
    def __enter__(self):
        super().__enter__()
        root = self.path(HERE)
        for name in ("install.sh", "Makefile", "tests/tests.mk"):
            os.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
            shutil.copy(f"{REPOSITORY}/{name}", f"{root}/{name}")
        for name in ("whm-plugin", "templates"):
            shutil.copytree(f"{REPOSITORY}/{name}", f"{root}/{name}")
        os.makedirs(f"{root}/build")
        for name in PROGRAMS:
            shutil.copy(f"{self.programs}/{name}", f"{root}/build/{name}")
        self.run(["sh", "-c", "mv /usr/bin/make /run/lab/make; mkdir -p /run/systemd/system"])
        self.write("/usr/bin/make", MAKE, 0o755)
        return self

    def __init__(self, programs, **more):
        super().__init__(**more)
        self.programs = programs

    def installer(self, *words, check=True, **more):
        return self.run([f"{HERE}/install.sh", *words], check=check, **more)

    def snapshot(self):
        """{path: what it is}; where READ says so with its content, else with size and time."""
        base = self.path("")
        found = {f"/usr/share/{name}": () for name in os.listdir(base + "/usr/share")}
        for top in WHERE:
            for directory, names, files in os.walk(base + top):
                here = directory[len(base):] + "/"
                names[:] = [n for n in names if here + n not in NOT_OURS]
                for name in [*names, *files]:
                    if not (here + name).startswith(NOT_OURS):
                        found[here + name] = _what(
                            f"{directory}/{name}", here.startswith(READ))
        return found

    @contextmanager
    def failing(self, program, pattern, act):
        """Meanwhile that call of the program fails, once."""
        real = f"/run/lab/real-{os.path.basename(program)}"
        self.run(["sh", "-c", f"rm -rf /run/lab/failed; mv {program} {real}"])
        self.write(program, FAILING.format(pattern=pattern, act=act.format(real=real), real=real,
                                           name=os.path.basename(program)), 0o755)
        try:
            yield
        finally:
            self.run(["sh", "-c", f"mv {real} {program}; rm -rf /run/lab/failed"])


def _what(path, read):
    s = os.lstat(path)
    what = (stat.S_IFMT(s.st_mode), stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid)
    if stat.S_ISLNK(s.st_mode):
        return (*what, os.readlink(path))
    if not stat.S_ISREG(s.st_mode):
        return what
    if not read:
        return (*what, s.st_size, s.st_mtime_ns)
    with open(path, "rb") as f:
        return (*what, hashlib.sha256(f.read()).hexdigest())


def differing(before, after):
    return sorted(path for path in before.keys() | after.keys()
                  if before.get(path) != after.get(path))
