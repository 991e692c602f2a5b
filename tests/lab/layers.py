"""The box's root: the host's file system below, a tmpfs that takes every change above.

Runs in the box's own mount namespace, before that root is entered.
"""

import os

from lab import Missing, namespaces as ns

FRESH = {"/run": "mode=755", "/tmp": "mode=1777", "/var/tmp": "mode=1777",
         "/home": "mode=755", "/root": "mode=700", "/mnt": "mode=755"}
# An overlay sees one file system: those that a host may keep apart get their own.
APART = ("/etc", "/usr", "/usr/local", "/var", "/opt")


def _base(*sources):
    """A directory to mount on that hides nothing we still have to read."""
    for path in ("/mnt", "/media", "/srv", "/opt"):
        if os.path.isdir(path) and not any(s.startswith(path + "/") for s in sources):
            return path
    raise Missing("none of /mnt, /media, /srv, /opt can be mounted on")


def _overlay(lower, target, where):
    for name in ("upper", "work"):
        os.makedirs(f"{where}/{name}")
    try:
        ns.mount("lab", target, "overlay",
                 options=f"lowerdir={lower},upperdir={where}/upper,workdir={where}/work")
    except OSError as e:
        raise Missing(f"this kernel cannot lay an overlay over {lower}: {e}") from e


def mount(*sources):
    """The layers, as one root. Every mount is seen by this namespace alone."""
    base = _base(*sources)
    ns.mount(None, "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    apart = [path for path in APART if os.path.ismount(path)]
    ns.mount("lab", base, "tmpfs", options="mode=755")
    root = base + "/root"
    os.mkdir(root)
    _overlay("/", root, base + "/0")
    for number, path in enumerate(apart, 1):
        _overlay(path, root + path, f"{base}/{number}")
    for path, options in FRESH.items():
        os.makedirs(root + path, exist_ok=True)
        ns.mount("lab", root + path, "tmpfs", options=options)
    _devices(root)
    ns.mount("proc", root + "/proc", "proc")
    ns.mount("sysfs", root + "/sys", "sysfs", ns.MS_RDONLY)
    return root


def _devices(root):
    ns.mount("lab", root + "/dev", "tmpfs", ns.MS_NOSUID, "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        open(f"{root}/dev/{name}", "w", encoding="ascii").close()
        ns.mount(f"/dev/{name}", f"{root}/dev/{name}", flags=ns.MS_BIND)
    for directory, kind, options in (("pts", "devpts", "newinstance,ptmxmode=0666"),
                                     ("shm", "tmpfs", "mode=1777")):
        os.mkdir(f"{root}/dev/{directory}")
        ns.mount("lab", f"{root}/dev/{directory}", kind, options=options)
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
