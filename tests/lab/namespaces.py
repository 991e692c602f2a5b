"""The few system calls that Python 3.9 has no name for, and what we use them for."""

import ctypes
import os
import signal

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWPID, NEWNET = 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags):
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source, target, kind=None, flags=0, options=None):
    words = [None if w is None else os.fsencode(w) for w in (source, target, kind)]
    _checked(_libc.mount(*words, ctypes.c_ulong(flags),
                         None if options is None else os.fsencode(options)),
             f"mount {kind or 'bind'} on {target}")


def unmount(target, flags=0):
    _checked(_libc.umount2(os.fsencode(target), flags), f"umount {target}")


def prctl(option, value=0):
    _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value),
                         ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)),
             "prctl")


def die_with_parent():
    """SIGKILL for us when the parent ends, however it ends. To be called by a
    child whose parent may already be gone: the caller checks that."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter_root(new_root):
    """pivot_root: the old root is gone afterwards, not merely out of sight."""
    os.chdir(new_root)
    _checked(_libc.pivot_root(b".", b"."), "pivot_root")
    unmount(".", MNT_DETACH)
    os.chdir("/")
