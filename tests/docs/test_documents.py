"""What README.md and its neighbours say is held against what the programs print."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from lab import seed

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPOSITORY / "build"))
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "SECURITY.md")


def printed(*argv):
    return subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, timeout=60,
                          check=True).stdout


def text_of(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def code_of(name):
    """The lines between ``` marks."""
    return "\n".join(re.findall(r"^```\n(.*?)^```", text_of(name), re.M | re.S))


def said(pattern):
    """What the documents match, everywhere in them."""
    return {m for name in DOCUMENTS for m in re.findall(pattern, text_of(name), re.M)}


def sections(name):
    return dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text_of(name), re.M | re.S))


def test_every_command_named_exists():
    known = set(re.findall(r"^  relaydoctor (\w+)", printed(BUILD / "relaydoctor", "--help"), re.M))
    assert {"scan", "fix", "undo"} <= known
    assert said(r"(?:^|`)relaydoctor ([a-z]\w*)") <= known


@pytest.mark.parametrize("command", ["scan", "show", "log", "log parse", "log summary", "probe",
                                     "probe port", "probe out", "probe relay", "doctor"])
def test_every_command_takes_help_as_its_manual_says(command):
    assert printed(BUILD / "relaydoctor", *command.split(), "--help").startswith(
        f"relaydoctor {command.split()[0]} ")


def test_every_option_of_a_command_exists():
    usage = printed(BUILD / "relaydoctor", "--help")
    for name in DOCUMENTS:
        for line in re.findall(r"(?:^|`)(relaydoctor .*)", text_of(name), re.M):
            for option in re.findall(r"--[a-z]+", line.split("`")[0]):
                assert option in usage, line


def test_the_exit_statuses_are_those_of_help():
    usage = " ".join(printed(BUILD / "relaydoctor", "--help").split())
    assert "2 usage" in usage and "3 the domain lists or all DNS could not be read" in usage
    readme = " ".join(text_of("README.md").split())
    assert "2 (usage) or 3 (the domain lists or all DNS could not be read)" in readme


def test_every_way_to_call_the_installer_exists():
    usage = printed("./install.sh", "--help")
    assert said(r"install\.sh (--[a-z]+)") == set(re.findall(r"^  (--[a-z]+)", usage, re.M))


def test_every_make_target_named_exists():
    known = set(re.findall(r"^  ([a-z0-9-]+) ", printed("make", "help"), re.M)) | {"help"}
    assert {"check", "lint"} <= known
    named = {m for name in DOCUMENTS for m in re.findall(r"^make ([a-z][a-z0-9-]*)", code_of(name), re.M)}
    assert named - {"test-programs"} <= known


def test_the_catalogue_is_the_programs():
    listed = re.findall(r"^(\w+)  \((\w+)\)\n    (.*)", printed(BUILD / "relaydoctor", "checks"), re.M)
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|$", text_of("README.md"), re.M)
    assert sorted(rows) == sorted(listed)


@pytest.mark.parametrize("column, manager", [(1, "apt"), (2, "dnf")])
def test_the_packages_are_the_installers(column, manager):
    table = re.search(r"packages\(\) \{\n.*?\n(.*?)END", text_of("install.sh"), re.S)[1]
    rows = [row.split() for row in table.splitlines()]
    of_installer = {row[column] for row in rows} - {"-"}
    of_readme = re.findall(r"^\| (?:to|and for) .*", text_of("README.md"), re.M)
    assert {name for row in of_readme for name in re.findall(r"`(.*?)`", row.split("|")[column + 1])
            } == of_installer, manager


def test_the_finding_shown_is_as_the_program_prints_it():
    """Its words stand in the sources; a live box is the end-to-end tests' business."""
    block = sections("README.md")["How to read a finding"].split("```")[1]
    sources = "".join(p.read_text(encoding="utf-8") for p in (REPOSITORY / "cgi").rglob("*.c"))
    for label in ("Why it matters", "Who must act", "Its risk"):
        assert label in sources
        words = re.search(rf"{label}: (.*)", block)[1]
        assert words in sources, words


# What explain makes of the text that stands below each cause.
CAUSES = ("mx_self", "mx_dead", "relay_unauth", "conn_timeout", "loop")


def test_each_of_the_five_causes_is_explained_as_it_stands_there():
    section = sections("README.md")["Why is mail refused: the five causes"]
    told = [json.loads(subprocess.run([BUILD / "relaydoctor", "explain", "--json"], input=text, text=True,
                                      capture_output=True, timeout=60, check=True).stdout)["class"]
            for text in re.findall(r"^```\n(.*?)^```", section, re.M | re.S)]
    assert told == list(CAUSES)


def test_every_check_named_anywhere_exists():
    known = set(re.findall(r"^(\w+)  \(\w+\)$", printed(BUILD / "relaydoctor", "checks"), re.M))
    prefixes = {name.split("_")[0] for name in known}
    section = sections("README.md")["Why is mail refused: the five causes"]
    named = {n for n in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", section) if n.split("_")[0] in prefixes}
    assert len(named) > 10 and named <= known


def test_the_calls_of_the_api_named_exist():
    routes = set(re.findall(r'^\tAPI\("(\w+)"', text_of("cgi/http/routes.c"), re.M))
    named = re.search(r"`…/cgi/relaydoctor/admin\.cgi\?api=v1/NAME` with (.*?), which", text_of("README.md"), re.S)
    assert set(re.findall(r"`(\w+)`", named[1])) == routes


def test_what_is_linked_and_named_is_there():
    for name in DOCUMENTS:
        for target in re.findall(r"\]\(([\w./-]+)\)", text_of(name)):
            assert (REPOSITORY / target).exists(), f"{name}: {target}"
    for path in said(r"`((?:cgi|tests|templates|whm-plugin)/[\w./-]+)`"):
        assert (REPOSITORY / path).exists(), path


def test_the_two_commands_stand_on_the_first_screen():
    screen = text_of("README.md").splitlines()[:24]
    assert "sudo ./install.sh --demo" in screen and "sudo ./install.sh --check" in screen


def test_the_demo_is_as_large_as_said():
    assert f" {len(seed.demo().domains)} domains" in text_of("README.md")
