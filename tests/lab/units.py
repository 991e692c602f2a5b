"""Enough of systemd to start the unit files that ship, as they stand.

Read and obeyed: socket paths, modes, owners, Accept=, MaxConnections=,
TriggerLimitIntervalSec=, FileDescriptorName=; ExecStart=, User=, Group=,
SupplementaryGroups=, Restart=, RestartSec=, KillMode=, TimeoutStopSec=, UMask=,
LimitCORE=, Environment=, NoNewPrivileges=, CapabilityBoundingSet=, ProtectSystem=,
ProtectHome=, ReadWritePaths=, PrivateTmp=, PrivateNetwork=. Not imitated: seccomp
filters and what only narrows the kernel's surface. A directive that is in neither
set is an error, so that a new one is thought about.
"""

import errno
import fcntl
import grp
import os
import pwd
import re
import resource
import selectors
import signal
import socket
import time

from lab import namespaces as ns, under

LOGS = "/var/log/lab"

OBEYED = {
    "ListenStream", "ListenSequentialPacket", "SocketUser", "SocketGroup", "SocketMode",
    "Accept", "MaxConnections", "TriggerLimitIntervalSec", "FileDescriptorName", "RemoveOnStop",
    "ExecStart", "User", "Group", "SupplementaryGroups", "Restart", "RestartSec",
    "KillMode", "TimeoutStopSec", "UMask", "LimitCORE", "Environment", "NoNewPrivileges",
    "CapabilityBoundingSet", "ProtectSystem", "ProtectHome", "ReadWritePaths",
    "PrivateTmp", "PrivateNetwork", "Type", "Description",
}
NOT_IMITATED = {
    "Documentation", "CollectMode", "Requires", "After", "Wants", "WantedBy", "Also",
    "OnCalendar", "RandomizedDelaySec", "Persistent", "ExecReload", "IPAddressDeny",
    "LockPersonality", "MemoryDenyWriteExecute", "MemoryMax", "PrivateDevices",
    "PrivateMounts",
    "ProtectClock", "ProtectControlGroups", "ProtectHostname", "ProtectKernelLogs",
    "ProtectKernelModules", "ProtectKernelTunables", "RestrictAddressFamilies",
    "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "RuntimeMaxSec",
    "SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter", "TasksMax",
}

CAPABILITIES = """chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap
linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module
sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time
sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog
wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore""".split()


def parse(text):
    """{key: [values]} of all sections. An empty value forgets the earlier ones."""
    found = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if not equals or line[0] in "#;[":
            continue
        if key not in OBEYED and key not in NOT_IMITATED:
            raise ValueError(f"the lab does not know what {key}= means")
        found.setdefault(key, []).append(value.strip())
        if not value.strip() and key != "CapabilityBoundingSet":
            found[key] = []
    return found


class Unit:
    def __init__(self, name, settings):
        self.name, self.settings = name, settings

    def get(self, key, default=None):
        values = self.settings.get(key)
        return values[-1] if values else default

    def flag(self, key):
        return self.get(key, "no") in ("yes", "true", "on", "1")


# ---- a service's process -----------------------------------------------

def _identity(unit):
    user = pwd.getpwnam(unit.get("User", "root"))
    gid = grp.getgrnam(unit.get("Group")).gr_gid if unit.get("Group") else user.pw_gid
    groups = os.getgrouplist(user.pw_name, gid)
    for names in unit.settings.get("SupplementaryGroups", []):
        groups += [grp.getgrnam(name).gr_gid for name in names.split()]
    return user, gid, sorted(set(groups))


def _mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        for line in f:
            words = line.split()
            yield words[4].encode().decode("unicode_escape"), words[5].split(",")


def _read_only(writable):
    """Everything but /dev, /proc, /sys and the paths named."""
    for path in writable:
        ns.mount(path, path, flags=ns.MS_BIND)
    flags = {"nosuid": ns.MS_NOSUID, "nodev": ns.MS_NODEV, "noexec": ns.MS_NOEXEC}
    for path, options in list(_mounts()):
        top = "/" + path.split("/")[1]
        if top in ("/dev", "/proc", "/sys") or path in writable:
            continue
        keep = sum(flags.get(option, 0) for option in options)
        ns.mount(None, path, flags=ns.MS_REMOUNT | ns.MS_BIND | ns.MS_RDONLY | keep)


def _file_system(unit):
    if not any(unit.flag(k) or unit.get(k) == "strict"
               for k in ("ProtectSystem", "ProtectHome", "PrivateTmp")):
        return
    ns.unshare(ns.NEWNS)
    ns.mount(None, "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    if unit.get("ProtectSystem") == "strict":
        _read_only([p for p in [under.WATCHED] if os.path.exists(p)] +
                   [p.removeprefix("-") for line in unit.settings.get("ReadWritePaths", [])
                    for p in line.split()       # "-": that need not be there
                    if not p.startswith("-") or os.path.exists(p[1:])])
    if unit.flag("ProtectHome"):
        for path in ("/home", "/root"):
            ns.mount("protected", path, "tmpfs", ns.MS_RDONLY, "mode=000")
    if unit.flag("PrivateTmp"):
        for path in ("/tmp", "/var/tmp"):
            ns.mount("private", path, "tmpfs", options="mode=1777")


def _drop_capabilities(unit):
    words = unit.settings.get("CapabilityBoundingSet")
    if words is None:
        return
    named = {w.lower().replace("cap_", "") for w in words[-1].lstrip("~").split()}
    if not named <= set(CAPABILITIES):
        raise ValueError(f"unknown capabilities in {unit.name}")
    for number, name in enumerate(CAPABILITIES):
        if (name in named) == words[-1].startswith("~"):
            try:
                ns.prctl(ns.PR_CAPBSET_DROP, number)
            except OSError as e:
                if e.errno != errno.EINVAL:     # newer than this kernel
                    raise


def _become(unit):
    user, gid, groups = _identity(unit)
    os.umask(int(unit.get("UMask", "0022"), 8))
    if unit.get("LimitCORE") is not None:
        limit = int(unit.get("LimitCORE"))
        resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
    if unit.flag("PrivateNetwork"):
        ns.unshare(ns.NEWNET)
    _file_system(unit)
    _drop_capabilities(unit)
    os.setgroups(groups)
    os.setgid(gid)
    os.setuid(user.pw_uid)
    if unit.flag("NoNewPrivileges"):
        ns.prctl(ns.PR_SET_NO_NEW_PRIVS, 1)
    return user


def _descriptors(stdin, log, passed):
    """0, 1, 2 and, from 3 on, what is passed; all others close with exec."""
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for fd in [stdin, log, log, *passed]]
    for target, fd in enumerate(high):
        os.dup2(fd, target, inheritable=True)


def _exec(unit, passed, names, log, extra):
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.set_wakeup_fd(-1)
    os.setsid()
    user = _become(unit)
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8",
           **extra}
    if unit.get("User"):
        env.update(USER=user.pw_name, LOGNAME=user.pw_name, HOME=user.pw_dir)
    for pairs in unit.settings.get("Environment", []):
        env.update(pair.split("=", 1) for pair in pairs.split())
    if passed:
        env.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(passed)),
                   LISTEN_FDNAMES=":".join(names))
    os.chdir("/")
    _descriptors(os.open("/dev/null", os.O_RDWR), log, passed)
    looks_on = under.inside()
    env.update(looks_on["confined" if unit.get("ProtectSystem") == "strict" else "environment"])
    argv = under.before(unit.get("ExecStart").split(), looks_on)
    os.execve(argv[0], argv, env)


def spawn(unit, passed=(), names=(), extra=()):
    """The service's main process."""
    log = os.open(f"{LOGS}/{re.sub('@.*', '@.service', unit.name)}.log",
                  os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    pid = os.fork()
    if pid == 0:
        try:
            _exec(unit, list(passed), list(names), log, dict(extra))
        except BaseException as e:          # noqa: the child must never return
            os.write(log, f"{unit.name}: {e!r}\n".encode())
        os._exit(203)
    os.close(log)
    return pid


# ---- the manager -------------------------------------------------------

KINDS = {"ListenStream": socket.SOCK_STREAM,
         "ListenSequentialPacket": socket.SOCK_SEQPACKET}


class Manager:
    """Sockets that start services, services that are started again, all in the one
    selector of the caller, who also calls reaped() for every dead child."""

    def __init__(self, selector, directories):
        self.selector, self.directories = selector, directories
        self.sockets = {}       # name: (unit, socket)
        self.running = {}       # pid: (unit, name of its socket or None)
        self.wanted = set()     # services that stay up
        self.later = []         # (time, name)
        self.asked = {}         # name of a socket: times of its last connections
        self.count = 0

    def load(self, name):
        for directory in self.directories:
            path = f"{directory}/{name}"
            if os.path.exists(path):
                with open(path, encoding="utf-8") as f:
                    return Unit(name, parse(f.read()))
        raise FileNotFoundError(name)

    # -- sockets --

    def listen(self, name):
        unit = self.load(name)
        key = next(k for k in KINDS if k in unit.settings)
        path = unit.get(key)
        listener = socket.socket(socket.AF_UNIX, KINDS[key])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.unlink(path)
        listener.bind(path)
        os.chown(path, pwd.getpwnam(unit.get("SocketUser", "root")).pw_uid,
                 grp.getgrnam(unit.get("SocketGroup", "root")).gr_gid)
        os.chmod(path, int(unit.get("SocketMode", "0666"), 8))
        listener.listen(128)
        listener.setblocking(False)
        self.sockets[name] = unit, listener
        self._arm(name)

    def deafen(self, name):
        """Stops a socket."""
        unit, listener = self.sockets.pop(name)
        if listener in self.selector.get_map():
            self.selector.unregister(listener)
        path = listener.getsockname()
        listener.close()
        if unit.flag("RemoveOnStop"):
            os.unlink(path)

    def _arm(self, name):
        unit, listener = self.sockets[name]
        self.selector.register(listener, selectors.EVENT_READ,
                               self._accept if unit.flag("Accept") else self._activate)

    def _of(self, listener):
        return next(n for n, (_, s) in self.sockets.items() if s is listener)

    def _accept(self, listener):
        name = self._of(listener)
        unit = self.sockets[name][0]
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        if self._is_flooded(name, unit):
            connection.close()
            return
        live = sum(1 for _, via in self.running.values() if via == name)
        if live < int(unit.get("MaxConnections", "64")):
            self.count += 1
            stem = name[:-len(".socket")]
            service = self.load(f"{stem}@.service")
            service.name = f"{stem}@{self.count}.service"
            pid = spawn(service, [connection.fileno()], ["connection"])
            self.running[pid] = service, name
        else:
            self._tell(name, f"Too many incoming connections ({live}), dropping connection.")
        connection.close()

    @staticmethod
    def _tell(name, text):
        with open(f"{LOGS}/{name}.log", "a", encoding="utf-8") as f:
            f.write(f"{name}: {text}\n")

    def _is_flooded(self, name, unit):
        """systemd.socket(5): more than 200 connections within the interval, and the
        socket takes none any more until somebody starts it again."""
        interval, now = float(unit.get("TriggerLimitIntervalSec", "2")), time.monotonic()
        recent = [t for t in self.asked.get(name, []) if now - t < interval] + [now]
        self.asked[name] = recent
        if not interval or len(recent) <= 200:
            return False
        self.selector.unregister(self.sockets[name][1])
        self.sockets[name][1].close()
        return True

    def _activate(self, listener):
        name = self._of(listener)
        self.selector.unregister(listener)
        self.start(name[:-len(".socket")] + ".service")

    # -- services --

    def start(self, name, extra=(), passed=(), names=()):
        if self.pid(name):
            return
        unit = self.load(name)
        via = name[:-len(".service")] + ".socket"
        if via in self.sockets:
            socket_unit, listener = self.sockets[via]
            if listener in self.selector.get_map():
                self.selector.unregister(listener)
            passed = [listener.fileno()]
            names = [socket_unit.get("FileDescriptorName", via)]
        self.running[spawn(unit, passed, names, extra)] = unit, None
        self.wanted.add(name)

    def pid(self, name):
        return next((p for p, (u, _) in self.running.items() if u.name == name), None)

    def pids(self, prefix):
        return [p for p, (u, _) in self.running.items() if u.name.startswith(prefix)]

    def stop(self, name):
        """SIGTERM now, SIGKILL when its time is over."""
        self.wanted.discard(name)
        pid = self.pid(name)
        if pid:
            self._signal(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGTERM)    # it may not lead its group yet
            wait = float(self.running[pid][0].get("TimeoutStopSec", "90"))
            self.later.append((time.monotonic() + wait, pid))

    def _signal(self, pid, number):
        unit, _ = self.running[pid]
        try:
            (os.kill if unit.get("KillMode") == "process" else os.killpg)(pid, number)
        except ProcessLookupError:
            pass

    def reaped(self, pid, status):
        if pid not in self.running:
            return
        unit, via = self.running[pid]
        if unit.get("KillMode") != "process":
            self._signal(pid, signal.SIGKILL)   # what the main process left behind
        del self.running[pid]
        restart = unit.get("Restart", "no")
        failed = status != 0 and not (os.WIFSIGNALED(status)
                                      and os.WTERMSIG(status) == signal.SIGTERM)
        if via is None and unit.name in self.wanted \
                and (restart == "always" or restart == "on-failure" and failed):
            self.later.append((time.monotonic() + float(unit.get("RestartSec", "0.1")),
                               unit.name))
        elif via is None:
            self._listen_again(unit.name)

    def _listen_again(self, name):
        via = name[:-len(".service")] + ".socket"
        if via in self.sockets:
            self._arm(via)

    def tick(self):
        """What is due. Returns the seconds until the next thing is, or None."""
        now = time.monotonic()
        due = [what for when, what in self.later if when <= now]
        self.later = [(when, what) for when, what in self.later if when > now]
        for what in due:
            if isinstance(what, str):
                self.start(what)
            elif what in self.running:
                self._signal(what, signal.SIGKILL)
        return max(0, min(when for when, _ in self.later) - now) if self.later else None
