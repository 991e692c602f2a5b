"""Damaged worlds, one directory each: root/ is the server's files, zone what the
public DNS says (one nsd serves all of them), expect.json what must be found.

expect.json: why (a sentence) · findings [{check, severity, subject}] · silent
[check]: what the checks named in these two find is exactly the list · args for the
scan · exit (else it follows from the findings) · make {path: …}: files that no
repository can hold · drop [name]: names below these that the resolver never answers.

With now (a time) the case is a recording without DNS: each file in commands/ is what
that command printed on the server ("filter_rules ip" is iptables-save). A link into tests/firewall/rules/ says which model it is.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

import public_dns

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
CASES = sorted(p.parent for p in HERE.glob("*/expect.json"))
LISTS = ("etc/localdomains", "etc/remotedomains", "etc/secondarymx")


@pytest.fixture(scope="session")
def nsd(tmp_path_factory):
    zones = [HERE / "zone", *sorted(HERE.glob("*/zone"))]
    with public_dns.nsd(tmp_path_factory.mktemp("nsd"),
                        "".join(z.read_text() for z in zones)) as port:
        yield port


def name_of(packet):
    labels, at = [], 12
    while at < len(packet) and packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace"))
        at += 1 + packet[at]
    return ".".join(labels).lower()


class Dropper:
    """A resolver that passes questions on, but for names it never answers."""

    def __init__(self, behind, drop):
        self.behind, self.drop = ("127.0.0.1", behind), drop
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.front.settimeout(0.2)
        self.port = self.front.getsockname()[1]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def dropped(self, name):
        return any(not d or name == d or name.endswith("." + d) for d in self.drop)

    def pass_on(self, packet, client):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
            back.settimeout(2)
            back.sendto(packet, self.behind)
            self.front.sendto(back.recv(65535), client)

    def serve(self):
        while not self.over.is_set():
            try:
                packet, client = self.front.recvfrom(65535)
            except socket.timeout:
                continue
            if not self.dropped(name_of(packet)):
                self.pass_on(packet, client)

    def close(self):
        self.over.set()
        self.thread.join()
        self.front.close()


@pytest.fixture
def resolver(nsd, case):
    if "drop" not in case.expect:
        yield nsd
        return
    dropper = Dropper(nsd, case.expect["drop"])
    yield dropper.port
    dropper.close()


def make(path, how):
    path.parent.mkdir(parents=True, exist_ok=True)
    if "mode" in how:
        path.chmod(int(how["mode"], 8))
    elif "fifo" in how:
        os.mkfifo(path)
    elif "directory" in how:
        path.mkdir()
    elif "lines" in how:
        path.write_text("# not a domain\n" * how["lines"] + how["then"])
    else:
        if path.is_dir():
            path.rename(path.with_name(how["link"]))
        path.symlink_to(how["link"])


def rows():
    """{path on the server: the file's name in a recording}"""
    text = (HERE.parents[1] / "cgi/sources/world.h").read_text()
    return {path: row for row, path in re.findall(r'X\(\w+, "(\w+)", "([^"]+)"', text)}


def packed(directory):
    """As cgi/base/pack.h says."""
    return "".join(f"+{p.name}\n" + "".join(f"={line}\n" for line in p.read_text().splitlines())
                   for p in sorted(directory.iterdir()))


def record(case, root, world, now):
    """The recording that a server with these files and answers would give."""
    (world / "files").mkdir(parents=True)
    for path, row in rows().items():
        if (root / path[1:]).is_file():
            shutil.copy(root / path[1:], world / "files" / row)
        elif path.endswith("*"):
            names = (p.name for p in sorted((root / path[1:]).parent.glob("*")))
            begin = path.rpartition("/")[2][:-1]
            (world / "files" / row).write_text("".join(
                f"+{n[len(begin):]}\n" for n in names if n.startswith(begin)))
        elif path.endswith("/") and (root / path[1:]).is_dir():
            (world / "files" / row).write_text(packed(root / path[1:]))
    answers = {p.name: p.read_text() for p in (case / "commands").glob("*")}
    (world / "world.json").write_text(json.dumps(
        {"schema": "relaydoctor-world/1", "now": now, "hostname": "server.example",
         "commands": answers, "dns": {}, "addresses": ["192.0.2.10", "2001:db8::10"]}))


class Case:
    def __init__(self, directory, root):
        self.expect = json.loads((directory / "expect.json").read_text())
        self.root = root
        self.world = None
        shutil.copytree(directory / "root", root)
        for place, _, files in os.walk(root):
            os.chmod(place, 0o755)
            for f in files:
                os.chmod(os.path.join(place, f), 0o644)
        for path, how in self.expect.get("make", {}).items():
            make(root / path, how)
        if "now" in self.expect:
            self.world = root.parent / "world"
            record(directory, root, self.world, self.expect["now"])

    def scan(self, port):
        where = ["--world", self.world] if self.world else [
            "--root", self.root, "--resolver", f"127.0.0.1:{port}"]
        return subprocess.run([BUILD / "relaydoctor", "scan", *where, "--json",
                               *self.expect.get("args", [])],
                              capture_output=True, text=True, timeout=60)


@pytest.fixture
def case(request, tmp_path):
    tmp_path.chmod(0o755)
    return Case(request.param, tmp_path / "root")


def exit_of(summary):
    return 1 if summary["critical"] or summary["warning"] else 0


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name, indirect=True)
def test_what_is_found_is_what_is_wrong(case, resolver):
    done = case.scan(resolver)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    concerned = {f["check"] for f in case.expect["findings"]} | set(case.expect["silent"])
    found = [f for f in told["findings"] if f["check"] in concerned]
    keys = ("check", "severity", "subject")
    wanted = {tuple(f[k] for k in keys) for f in case.expect["findings"]}
    assert {(f["check"], f["severity"], f["subject"]["name"]) for f in found} == wanted
    assert done.returncode == case.expect.get("exit", exit_of(told["summary"])), done.stderr
    for f in found:
        assert f["id"] == f'{f["check"]}:{f["subject"]["name"]}'
        assert f["text"] and f["evidence"]
        assert "fix" in f


OF_THE_LOG = ("client_without_auth", "auth_failing")


@pytest.mark.parametrize("case", [c for c in CASES if c.name.startswith(OF_THE_LOG)],
                         ids=lambda c: c.name, indirect=True)
def test_a_look_at_one_domain_finds_what_the_log_says_of_it(case):
    wanted = {(f["check"], f["subject"]) for f in case.expect["findings"]
              if f["check"] in OF_THE_LOG}
    found = set()
    for name in "bakery.example", "shop.example":
        done = subprocess.run([BUILD / "relaydoctor", "show", name, "--world", case.world, "--json"],
                              capture_output=True, text=True, timeout=60)
        found |= {(f["check"], f["subject"]["name"]) for f in json.loads(done.stdout)["findings"]
                  if f["check"] in OF_THE_LOG}
    assert found == wanted


def test_every_check_has_a_case_and_a_twin_that_is_silent():
    checks = {p.stem for p in (HERE.parents[1] / "cgi/checks").glob("*.c")}
    expected = [json.loads((c / "expect.json").read_text()) for c in CASES]
    # What only a live server's resolver can show stands as a recording, what only the
    # panel of another server can as that panel's answers (tests/remote).
    recorded = {p.parent.name: json.loads(p.read_text())
                for name in ("recorded", "panel") for p in HERE.glob(f"*/{name}.json")}
    shown = {f["check"] for e in [*expected, *recorded.values()] for f in e["findings"]}
    silent = {c for e in expected for c in e["silent"]} | {
        name.removesuffix("_silent") for name in recorded if name.endswith("_silent")}
    assert not checks - shown
    assert not checks - silent


@pytest.mark.parametrize("case", [HERE / "port_in_filtered_firewalld",
                                  HERE / "port_in_filtered_firewalld_iptables"],
                         ids=lambda c: c.name, indirect=True)
def test_the_zone_that_leaves_a_port_shut_is_named_and_can_open_it_a_rich_rule_not(case, resolver):
    found = {f["subject"]["name"]: f for f in json.loads(case.scan(resolver).stdout)["findings"]
             if f["check"] == "port_in_filtered"}
    assert any("the zone public allows neither port 465" in e["text"] for e in found["465"]["evidence"])
    assert found["465"]["fix"]["id"] == "open_port" and found["587"]["fix"] is None


@pytest.mark.parametrize("case", [HERE / "port_in_filtered_firewalld_iptables_policy"],
                         ids=lambda c: c.name, indirect=True)
def test_a_policy_is_taken_for_no_zone(case, resolver):
    found = [f for f in json.loads(case.scan(resolver).stdout)["findings"]
             if f["check"] == "port_in_filtered"]
    assert len(found) == 3 and not any(f["fix"] for f in found)
    assert not any("the zone" in e["text"] for f in found for e in f["evidence"])
