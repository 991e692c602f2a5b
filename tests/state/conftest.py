import json
import os
import pathlib
import pwd
import subprocess
import sys
import tempfile

import pytest

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
sys.path.insert(0, str(REPO / "tests/dns"))


def scan_account():
    """Whoever a scan that is started by root becomes."""
    try:
        found = pwd.getpwnam("relaydoctor-scan")
        return found.pw_uid, found.pw_gid
    except KeyError:
        return 65534, 65534


class Server:
    """A server's files, and the directory in which its scans keep what they know."""

    def __init__(self, place):
        self.root, self.state = place / "root", place / "state"
        (self.root / "etc").mkdir(parents=True)
        (self.root / "var/cpanel").mkdir(parents=True)
        (self.root / "var/cpanel/mainip").write_text("192.0.2.1\n")
        self.state.mkdir(mode=0o700)
        self.give(self.state)

    @staticmethod
    def give(path):
        if os.geteuid() == 0:
            os.chown(path, *scan_account())

    def has(self, *local, remote=()):
        (self.root / "etc/localdomains").write_text("".join(f"{d}\n" for d in local))
        (self.root / "etc/remotedomains").write_text("".join(f"{d}\n" for d in remote))
        (self.root / "etc/userdomains").write_text(
            "".join(f"{d}: alice\n" for d in (*local, *remote)))

    def run(self, resolver, *options, prefix=(), state=True):
        return subprocess.run(
            [*prefix, BUILD / "relaydoctor", "scan", "--root", self.root, "--resolver", resolver,
             *(["--state", self.state] if state else []), *options],
            capture_output=True, text=True, timeout=60, check=False)

    def scan(self, resolver, *options, **more):
        done = self.run(resolver, "--json", *options, **more)
        assert done.returncode in (0, 1, 3), done.stderr
        self.said = done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def server():
    """Not below pytest's own directory, which is closed to the scan's account."""
    with tempfile.TemporaryDirectory(prefix="state-") as place:
        place = pathlib.Path(place)
        place.chmod(0o755)
        yield Server(place)
