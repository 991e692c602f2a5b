"""A box, from the outside."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

from lab import Missing, seed, under

PACKAGES = {"exim4": "exim4-daemon-heavy", "nsd": "nsd", "unbound": "unbound",
            "ip": "iproute2", "iptables-restore": "iptables", "nsenter": "util-linux", "setpriv": "util-linux",
            "openssl": "openssl", "make": "make"}
SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin"


def missing():
    """One line a thing that a box needs and this machine lacks."""
    found = [f"{name} is not installed (package {package})"
             for name, package in PACKAGES.items() if not shutil.which(name, path=SEARCH)]
    if os.geteuid():
        found.insert(0, "the lab makes namespaces and mounts, which needs root")
    return found


def _listener(port):
    """On the host's loopback: accepted inside the box, reachable by a browser here."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    s.listen(128)
    return s


class Box:
    """with Box(build=DIR, world=seed.demo()) as box: …

    build: where make left the programs; None for a box without the product.
    under: what looks on, as the environment asks (lab/under).
    whm_port, cpanel_port: on the host's 127.0.0.1; 0 takes free ones.
    """

    def __init__(self, build=None, world=None, whm_port=0, cpanel_port=0, password=None):
        self.build = os.path.abspath(build) if build else None
        self.world = world or seed.small()
        self.password = password or secrets.token_urlsafe(9)
        self.under = under.asked()
        self._ports = {"whm": whm_port, "cpanel": cpanel_port}
        self._process = None

    # -- life --

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        lacking = missing()
        if lacking:
            raise Missing("; ".join(lacking))
        listeners = {name: _listener(port) for name, port in self._ports.items()}
        self._ports = {name: s.getsockname()[1] for name, s in listeners.items()}
        self._control, theirs = socket.socketpair()
        end, self._lifeline = os.pipe()
        passed = [theirs.fileno(), end] + [s.fileno() for s in listeners.values()]
        self._process = subprocess.Popen(
            ["/usr/bin/python3", "-s", "-m", "lab.start", str(theirs.fileno()), str(end)],
            env={"PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                 "PATH": SEARCH, "HOME": "/"},
            cwd="/", stdin=subprocess.DEVNULL, pass_fds=passed, start_new_session=True)
        self._replies = self._control.makefile("r", encoding="utf-8")
        self._send({"world": self.world.as_dict(), "build": self.build,
                    "password": self.password, "under": self.under,
                    "listeners": {name: s.fileno() for name, s in listeners.items()}})
        for s in (theirs, *listeners.values()):
            s.close()
        os.close(end)
        try:
            self._ready()
        except BaseException:
            self.stop()
            raise

    def _ready(self):
        reply = json.loads(self._replies.readline() or '{"failed": "the box ended"}')
        if "failed" in reply:
            raise Missing(reply["failed"])
        self.pid = self._first_process()

    def _first_process(self):
        path = f"/proc/{self._process.pid}/task/{self._process.pid}/children"
        with open(path, encoding="ascii") as f:
            return int(f.read().split()[0])

    def alive(self):
        return self._process is not None and self._process.poll() is None

    def stop(self):
        """Everything of the box is gone when this returns."""
        if self._process:
            os.close(self._lifeline)
            self._process.wait()
            self._replies.close()
            self._control.close()
            self._process = None

    def _send(self, request):
        self._control.sendall(json.dumps(request).encode() + b"\n")

    def _ask(self, **request):
        self._send(request)
        reply = json.loads(self._replies.readline())
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply["result"]

    # -- files: read and written through process 1's root --

    def path(self, path):
        return f"/proc/{self.pid}/root{path}"

    def read(self, path, binary=False):
        with open(self.path(path), "rb") as f:
            data = f.read()
        return data if binary else data.decode("utf-8", "surrogateescape")

    def write(self, path, data, mode=None):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        if mode is not None:
            os.chmod(self.path(path), mode)

    def exists(self, path):
        return os.path.lexists(self.path(path))

    def remove(self, path):
        os.unlink(self.path(path))

    def state(self):
        """Every file that routing depends on, byte for byte."""
        paths = ["/etc/localdomains", "/etc/remotedomains", "/etc/secondarymx",
                 "/etc/manualmx"]
        paths += [f"/var/cpanel/users/{name}"
                  for name in sorted(os.listdir(self.path("/var/cpanel/users")))]
        return {path: self.read(path, binary=True) for path in paths}

    # -- programs --

    def command(self, argv, user=None, internet=False):
        """The argv that runs this one inside, as root or as a user of the box. It ends with
        nsenter, which is its parent: what a test starts and kills is killed inside as well."""
        entry = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--uts", "--ipc",
                 f"--net={self.path('/run/netns/internet')}" if internet else "--net",
                 "--root", "setpriv", "--pdeathsig=KILL"]
        if user:
            entry += [f"--reuid={user}", f"--regid={self._group(user)}", "--init-groups"]
        return [*entry, *under.before(argv, self.under)]

    def _group(self, user):
        for line in self.read("/etc/passwd").splitlines():
            name, _, _, gid = line.split(":")[:4]
            if name == user:
                return gid
        raise KeyError(user)

    def run(self, argv, user=None, internet=False, check=True, text=True, timeout=60,
            env=None, **more):
        """subprocess.run inside; output captured. internet: from the other end of
        the line instead of on the box."""
        if "input" not in more and "stdin" not in more:
            more["stdin"] = subprocess.DEVNULL
        done = subprocess.run(
            self.command(argv, user, internet), capture_output=True, text=text,
            timeout=timeout * under.slower(), env=self._environment(env), **more)
        if check and done.returncode:
            raise AssertionError(f"{argv} ended with {done.returncode}: "
                                 f"{done.stdout}{done.stderr}")
        return done

    def popen(self, argv, user=None, internet=False, env=None, **more):
        return subprocess.Popen(self.command(argv, user, internet),
                                env=self._environment(env), **more)

    def _environment(self, more):
        return {"PATH": SEARCH, "LANG": "C.UTF-8", **self.under["environment"], **(more or {})}

    def python(self, code, *args, **more):
        """Python source run inside, with the lab's package."""
        return self.run(["/usr/bin/python3", "-c", code, *map(str, args)],
                        env={"PYTHONPATH": "/usr/local/cpanel/stand-in"}, **more)

    # -- units --

    def pids(self, unit):
        """Of the services whose name starts so, as the host numbers them."""
        wanted = self._ask(do="pids", unit=unit)
        here = _inside(os.readlink(f"/proc/{self.pid}/ns/pid"))
        return sorted(here[pid] for pid in wanted if pid in here)

    def start_unit(self, unit):
        self._ask(do="start", unit=unit)

    def stop_unit(self, unit, seconds=10):
        self._ask(do="stop", unit=unit)
        wait_for(lambda: not self._ask(do="pids", unit=unit), seconds, f"{unit} to stop")

    def restart_unit(self, unit):
        self.stop_unit(unit)
        self.start_unit(unit)

    def rest(self):
        """Ends the product's services and waits for the end of all that they have started."""
        for name in ("admin", "user"):
            self.stop_unit(f"relaydoctor-{name}.service")
        wait_for(lambda: not self.pids("relaydoctor-"), 20, "the product's services to end")

    def kill_unit(self, unit, number=signal.SIGKILL):
        for pid in self.pids(unit):
            os.kill(pid, number)

    def log(self, unit):
        """What the unit's services have written to standard output and error."""
        path = f"/var/log/lab/{unit}.log"
        return self.read(path) if self.exists(path) else ""

    # -- WHM --

    def whm(self, path="/"):
        return f"https://127.0.0.1:{self._ports['whm']}{path}"

    def cpanel(self, path="/"):
        return f"https://127.0.0.1:{self._ports['cpanel']}{path}"

    def token(self, user="root", acls=("all",)):
        """A new API token with these ACLs only: `Authorization: whm USER:TOKEN`."""
        token = secrets.token_hex(16).upper()
        path = "/var/cpanel/stand-in/tokens.json"
        tokens = json.loads(self.read(path)) if self.exists(path) else {}
        tokens[token] = {"user": user, "acls": list(acls)}
        self.write(path, json.dumps(tokens), 0o600)
        return token

    def quirk(self, **switches):
        """Sets the stand-ins' switches (quirks.QUIRKS) from the next call on."""
        path = "/var/cpanel/stand-in/quirks.json"
        known = json.loads(self.read(path)) if self.exists(path) else {}
        self.write(path, json.dumps({**known, **switches}), 0o600)

    @contextmanager
    def quirks(self, **switches):
        """The same for a while; afterwards every switch is as it was."""
        path = "/var/cpanel/stand-in/quirks.json"
        before = self.read(path) if self.exists(path) else "{}"
        self.quirk(**switches)
        try:
            yield
        finally:
            self.write(path, before, 0o600)

    def list_mxs(self, account, domain):
        done = self.run(["/usr/local/cpanel/bin/uapi", "--output=json", f"--user={account}",
                         "Email", "list_mxs", f"domain={domain}"])
        return json.loads(done.stdout)["result"]["data"][0]

    # -- DNS and mail --

    def publish(self):
        """Makes the public DNS what self.world says now."""
        self._ask(do="publish", world=self.world.as_dict())

    def send(self, to, sender="someone@stranger.example", text="Subject: hello\n\nhello\n",
             source=seed.STRANGER, host=seed.ADDRESS, port=25, login=None):
        """Mail from a host of the internet by SMTP: (code, text) of the refusal, or
        (250, "")."""
        done = self.python(CLIENT, json.dumps(
            [to, sender, text, source, host, port, login]), internet=True)
        code, reply = json.loads(done.stdout)
        return code, reply

    def sendmail(self, to, user, text="Subject: hello\n\nhello\n"):
        """Mail from a program on the box, as a site's contact form sends it."""
        self.run(["/usr/sbin/sendmail", "-oi", "--", to], user=user, input=text)

    def sink(self, address):
        """The messages that arrived at this address of the internet."""
        directory = self.path(f"/run/lab/sink/{address}")
        names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
        found = []
        for name in names:
            if name.endswith(".json"):
                with open(f"{directory}/{name}", encoding="utf-8") as f:
                    found.append(json.load(f))
        return found

    def mailbox(self, address):
        """The new messages of a local mailbox, as text."""
        local, _, domain = address.partition("@")
        account = self.world.domain(domain).account
        directory = f"/home/{account}/mail/{domain}/{local}/new"
        return [self.read(f"{directory}/{name}")
                for name in sorted(os.listdir(self.path(directory)))]


CLIENT = """
import json, smtplib, sys
to, sender, text, source, host, port, login = json.loads(sys.argv[1])
try:
    kind = smtplib.SMTP_SSL if port == 465 else smtplib.SMTP
    with kind(host, port, local_hostname="client.stranger.example",
              source_address=(source, 0), timeout=20) as client:
        if login:
            if port == 587:
                client.starttls()
            client.login(*login)
        client.sendmail(sender, [to], text)
    print(json.dumps([250, ""]))
except smtplib.SMTPRecipientsRefused as e:
    code, reply = e.recipients[to]
    print(json.dumps([code, reply.decode()]))
except smtplib.SMTPResponseException as e:
    print(json.dumps([e.smtp_code, e.smtp_error.decode()]))
"""


def wait_for(condition, seconds=10, what="it"):
    """The condition's value as soon as it is true."""
    seconds *= under.slower()
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def _inside(space):
    """{number within this PID namespace: number here}"""
    found = {}
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.readlink(f"/proc/{name}/ns/pid") == space:
                with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as f:
                    line = next(line for line in f if line.startswith("NSpid:"))
                found[int(line.split()[-1])] = int(name)
        except (OSError, StopIteration):
            continue                    # it ended meanwhile
    return found
