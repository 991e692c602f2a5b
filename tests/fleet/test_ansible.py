"""The Ansible role against three servers of the lab: scanned, fixed; one is installed by it."""

import dataclasses
import json
import os
import subprocess
from contextlib import ExitStack

import pytest

from conftest import BUILD, PLUGIN
from lab import seed
from lab.box import Box
from server import Server, packed

NAMES = ("canary", "second", "third")
HERE = os.path.dirname(os.path.abspath(__file__))
CHECK = "routing_remote_mx_here"


@dataclasses.dataclass
class Answer:
    batch: int
    task: str
    server: str
    how: str        # ok, failed, skipped, unreachable
    result: dict


class Fleet:
    def __init__(self, boxes, directory):
        self.boxes, self.directory = boxes, directory
        self.reports = directory / "reports"
        (directory / "hosts.json").write_text(json.dumps({"all": {"hosts": {
            name: {"ansible_host": str(box.pid), "ansible_connection": "box",
                   "ansible_python_interpreter": "/usr/bin/python3"}
            for name, box in boxes.items()}}}))

    def play(self, name, check=True, **variables):
        """What each server answered to each task of a playbook."""
        results = self.directory / "results"
        results.write_text("")
        done = subprocess.run(
            ["ansible-playbook", f"{PLUGIN}/ansible/{name}.yml", "-i", self.directory / "hosts.json",
             "-e", json.dumps({"relaydoctor_reports": str(self.reports), **variables})],
            env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8",
                 "RD_RESULTS": str(results), "ANSIBLE_PIPELINING": "1",
                 "ANSIBLE_CONFIG": f"{PLUGIN}/ansible/ansible.cfg",
                 "ANSIBLE_CONNECTION_PLUGINS": f"{HERE}/connection_plugins",
                 "ANSIBLE_CALLBACK_PLUGINS": f"{HERE}/callback_plugins",
                 "ANSIBLE_CALLBACKS_ENABLED": "results"},
            capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode == 0) == check, done.stdout[-6000:] + done.stderr
        return [Answer(*json.loads(line)) for line in results.read_text().splitlines()]

    def local(self, name):
        return [line for line in self.boxes[name].read("/etc/localdomains").split()
                if line.startswith("d0")]


def answers(said, task):
    """{server: its answer} to the tasks whose name ends so."""
    return {a.server: a for a in said if a.task.endswith(task)}


def changed(said):
    return {a.server for a in said if a.result.get("changed")}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """The canary has nothing but the sources' archive and a package to come."""
    directory = tmp_path_factory.mktemp("fleet")
    world = seed.many(2, accounts=2)
    with ExitStack() as stack:
        boxes = {name: stack.enter_context(box) for name, box in zip(NAMES, (
            Server(BUILD, world=world), Box(BUILD, world), Box(BUILD, world)))}
        boxes["canary"].run(["rm", "-rf", "/etc/relaydoctor", "/var/lib/dpkg/statoverride"])
        made = Fleet(boxes, directory)
        for what in ("deb", "dist"):
            os.mkdir(directory / what)
        made.files = {"relaydoctor_hosts": "canary",
                      "relaydoctor_package": packed(BUILD, "deb", directory / "deb", ".deb"),
                      "relaydoctor_archive": packed(BUILD, "dist", directory / "dist", ".tar.gz")}
        made.first = made.play("install", **made.files)
        yield made


def test_a_server_is_installed(fleet):
    assert answers(fleet.first, "takes all of them back")["canary"].how == "ok"
    assert " 0 wrong" in fleet.boxes["canary"].run(["relaydoctor", "doctor"]).stdout


def test_installing_again_does_nothing(fleet):
    assert changed(fleet.play("install", **fleet.files)) == set()


def test_a_scan_leaves_a_report_of_each_and_a_line_of_each(fleet):
    fleet.play("scan")
    lines = (fleet.reports / "summary.csv").read_text().splitlines()
    assert lines[0] == "server,domains,critical,warning,unknown,info"
    for name, line in zip(NAMES, lines[1:], strict=True):
        report = json.loads((fleet.reports / f"{name}.json").read_text())
        sums = report["summary"]
        assert line.split(",") == [name, *(str(sums[k]) for k in (
            "domains", "critical", "warning", "unknown", "info"))]
        assert any(f["check"] == CHECK for f in report["findings"])
    assert os.stat(fleet.reports / "canary.json").st_mode & 0o77 == 0


def test_without_apply_it_is_a_preview(fleet):
    before = fleet.boxes["third"].state()
    said = fleet.play("fix", relaydoctor_fix="set_routing", relaydoctor_hosts="third")
    told = answers(said, "The preview is told")["third"].result["msg"]
    assert told["fix"][-2:] == [f"{CHECK}:d000.example", f"{CHECK}:d001.example"]
    assert ["routing_local_mx_elsewhere:shop.example"] == [x["finding"] for x in told["left_out"]]
    assert not answers(said, "It is applied")
    assert fleet.boxes["third"].state() == before


def test_what_the_canary_refuses_no_other_is_asked_for(fleet):
    before = {name: box.state() for name, box in fleet.boxes.items()}
    with fleet.boxes["canary"].quirks(ignore_write=True):
        said = fleet.play("fix", check=False, relaydoctor_fix="set_routing", relaydoctor_apply=True)
    assert {name: a.how for name, a in answers(said, "It is applied").items()} == {"canary": "failed"}
    assert {name: box.state() for name, box in fleet.boxes.items()} == before
    for name in ("second", "third"):
        assert json.loads(fleet.boxes[name].run(
            ["relaydoctor", "history", "--json"]).stdout) == []


def test_a_named_fix_goes_over_the_selection_and_is_proved(fleet):
    said = fleet.play("fix", relaydoctor_fix="set_routing", relaydoctor_check=CHECK,
                      relaydoctor_domains=["d001.example"], relaydoctor_apply=True)
    assert {name: fleet.local(name) for name in NAMES} == dict.fromkeys(NAMES, ["d001.example"])
    proved = answers(said, "is not found any more")
    assert {name: (a.batch, a.how) for name, a in proved.items()} == {
        name: (n, "ok") for n, name in enumerate(NAMES, 2)}     # a tenth of two is one


def test_a_server_with_nothing_to_do_is_no_canary_and_what_wants_a_person_is_left_out(fleet):
    """All of the first one's findings are gone but one, whose preview asks for a word."""
    words = {"relaydoctor_fix": "set_routing", "relaydoctor_apply": True}
    fleet.play("fix", relaydoctor_hosts="canary", **words)
    with fleet.boxes["second"].quirks(ignore_write=True):
        said = fleet.play("fix", check=False, **words)
    told = answers(said, "The preview is told")["canary"].result["msg"]
    assert told["fix"] == [] and "Type the domain's name" in told["left_out"][0]["why"]
    assert {name: a.how for name, a in answers(said, "It is applied").items()} == {"second": "failed"}
