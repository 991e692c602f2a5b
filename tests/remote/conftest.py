"""relaydoctor against a WHM elsewhere: whm.Whm from memory, or the lab's whole box.
RD_BUILD names the build directory."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", TESTS.parent / "build"))
sys.path.insert(0, str(TESTS / "cases"))

import public_dns  # noqa: E402
from whm import TOKEN, Domain, Whm  # noqa: E402

ZONE = """server1.example.net. A 192.0.2.10
10.2.0.192.in-addr.arpa. PTR server1.example.net.
good.example. MX 10 server1.example.net.
lost.example. MX 1 aspmx.l.google.com.
aspmx.l.google.com. A 203.0.113.5
refused.example.net. MX 10 server1.example.net.
"""
# Names that exist: a server that is asked for thousands that do not stops answering.
MANY = [f"d{i:05}.example" for i in range(10_003)]
DOMAINS = [Domain("good.example", "ann"), Domain("lost.example", "bob"),
           Domain("refused.example.net", "cat", "remote", "remote")]
CA_CONF = """[ca]
default_ca = d
[d]
database = {dir}/index
new_certs_dir = {dir}
rand_serial = yes
default_md = sha256
policy = p
copy_extensions = copy
[p]
commonName = supplied
"""


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Certificates:
    """name → (certificate, key), made when they are first asked for."""

    def __init__(self, directory):
        self.directory, self.made = directory, {}

    def get(self, name, names="IP:127.0.0.1,DNS:localhost", ended=False):
        if name not in self.made:
            cert, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
            self._expired(cert, key, names) if ended else self._self_signed(cert, key, names)
            cert.chmod(0o644)
            self.made[name] = cert, key
        return self.made[name]

    @staticmethod
    def _new(key, names):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=server1.example.net", "-addext", f"subjectAltName={names}",
                "-keyout", key]

    def _self_signed(self, cert, key, names):
        openssl("req", "-x509", "-days", 2, "-out", cert, *self._new(key, names))

    def _expired(self, cert, key, names):
        directory = self.directory / "ca"
        directory.mkdir()
        (directory / "index").touch()
        (directory / "conf").write_text(CA_CONF.format(dir=directory))
        openssl("req", "-new", "-out", directory / "csr", *self._new(key, names))
        openssl("ca", "-batch", "-selfsign", "-config", directory / "conf", "-in",
                directory / "csr", "-keyfile", key, "-out", cert, "-notext",
                "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificates")
    directory.chmod(0o755)
    return Certificates(directory)


@pytest.fixture(scope="session")
def resolver(tmp_path_factory):
    cases = sorted((TESTS / "cases").glob("*/panel.json"))
    text = ZONE + "".join(f"{n}. MX 10 server1.example.net.\n" for n in MANY)
    text += "".join((c.parent / "zone").read_text() for c in cases)
    with public_dns.nsd(tmp_path_factory.mktemp("nsd"), text) as port:
        yield f"127.0.0.1:{port}"


@pytest.fixture
def server(certificates):
    with Whm(certificates.get("good"), DOMAINS) as s:
        yield s


class Doctor:
    """Runs the program against a server; its token is in a file of mode 0600."""

    def __init__(self, directory, ca, resolver):
        self.token, self.ca, self.resolver = directory / "token", ca, resolver
        self.token.write_text(TOKEN + "\n")
        self.token.chmod(0o600)

    def words(self, url, command="scan", more=()):
        ca = ["--ca", self.ca] if self.ca else []
        return [BUILD / "relaydoctor", *command.split(), "--server", url, "--token-file",
                self.token, *ca, "--resolver", self.resolver, *more]

    def run(self, url, *more, command="scan", **how):
        how = {"capture_output": True, "text": True, "timeout": 100, **how}
        return subprocess.run(self.words(url, command, more), check=False, **how)

    def scan(self, server, *more, status=None, **how):
        """The report of a scan that ends with this status."""
        done = self.run(server.url, "--json", *more, **how)
        assert TOKEN not in done.stdout + done.stderr
        assert done.stdout, done.stderr
        if status is not None:
            assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def doctor(tmp_path, certificates, resolver):
    return Doctor(tmp_path, certificates.get("good")[0], resolver)


def why(report, name="domains"):
    """What a source says of its failure; None: it did not fail."""
    return next(s["why"] for s in report["sources"] if s["name"] == name)


def ids(report):
    return {f["id"]: f["severity"] for f in report["findings"]}
