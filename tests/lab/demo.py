"""python3 -m lab demo | shell | exec COMMAND…

demo    the box with one example of every finding: scanned, shown, and served on a
        local port until Ctrl-C
shell   the same box with a shell in it
exec    the same box, one command in it, and its exit status
"""

import argparse
import os
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request

from lab import REPOSITORY, Missing, seed
from lab.box import Box


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="python3 -m lab", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("demo", "shell", "exec"):
        verb = verbs.add_parser(name)
        verb.add_argument("--build", default=os.path.join(REPOSITORY, "build"),
                          help="where make left the programs")
        verb.add_argument("--port", type=int, default=0, help="for WHM, on 127.0.0.1")
        verb.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args(argv)


def _built(build):
    for name in ("relaydoctor", "relaydoctor-front", "relaydoctor-helper", "door.cgi"):
        if not os.access(f"{build}/{name}", os.X_OK):
            raise Missing(f"{build}/{name} is not there: run make first")


def _serve(box):
    print(f"""
WHM         {box.whm()}
            the certificate is self-signed: the browser will ask
user        root     (resellers: northweb, southhost)
password    {box.password}
cPanel      {box.cpanel()}   users: shopco, bakery, …, same password

Ctrl-C removes the box: every process, namespace and mount.""", flush=True)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(0.5):
        if not box.alive():
            raise Missing("the box ended by itself")
    return 0


def _scan_for_the_page(box):
    """By the API, as automation does: the page shall not open on an empty server."""
    request = urllib.request.Request(
        box.whm("/cgi/relaydoctor/admin.cgi?api=v1/scan"), data=b"{}",
        headers={"Authorization": f"whm root:{box.token()}", "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=30, context=ssl._create_unverified_context()).close()


def demo(box, _command):
    print(f"A box of {len(box.world.domains)} domains and its own host name is up. "
          "What Relay Doctor says of it:\n",
          flush=True)
    _scan_for_the_page(box)
    scan = box.run(["/usr/bin/relaydoctor", "scan"], check=False)
    print(scan.stdout + scan.stderr, end="", flush=True)
    if scan.returncode not in (0, 1):
        print(f"the scan ended with {scan.returncode}", file=sys.stderr)
        return scan.returncode
    return _serve(box)


def shell(box, _command):
    return execute(box, ["/bin/bash", "-i"])


def execute(box, command):
    if not command:
        raise Missing("exec: which command?")
    return subprocess.run(box.command(command)).returncode


def _interrupted(*_):
    raise KeyboardInterrupt


def main(argv):
    options = _arguments(argv)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        _built(options.build)
        world = seed.demo()
        # As installed: the server scans itself, and the page shows what it found.
        world.files["/etc/relaydoctor/relaydoctor.conf"] = ""
        with Box(options.build, world, whm_port=options.port) as box:
            return {"demo": demo, "shell": shell, "exec": execute}[options.verb](
                box, options.command)
    except Missing as e:
        print(f"lab: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
