"""At a terminal: man pages, completion, colours and the bar say what the program does."""

import os
import pathlib
import pty
import re
import subprocess

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPOSITORY / "build"))
RELAYDOCTOR = BUILD / "relaydoctor"
PAGE = REPOSITORY / "whm-plugin/man/relaydoctor.8"
SETTINGS = REPOSITORY / "whm-plugin/man/relaydoctor.conf.5"
COMPLETION = REPOSITORY / "whm-plugin/bash-completion/relaydoctor"


def usages():
    """Each command's word and the rest of its usage."""
    text = subprocess.run([RELAYDOCTOR, "--help"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^  relaydoctor (\w+) ?(.*)", text, re.M)
    assert len(found) > 10
    return dict(found)


def options_of(usage):
    return set(re.findall(r"--[a-z-]+", usage))


# ---- man pages ----------------------------------------------------------------

@pytest.mark.parametrize("page", [PAGE, SETTINGS], ids=lambda p: p.name)
def test_a_man_page_has_no_fault(page):
    done = subprocess.run(["mandoc", "-Tlint", page], capture_output=True, text=True, check=False)
    # Whether the pages that it refers to are installed is no fault of the page.
    told = (done.stdout + done.stderr).splitlines()
    assert [x for x in told if "referenced manual" not in x and "mandoc.db" not in x] == []


def synopsis():
    text = PAGE.read_text(encoding="utf-8")
    text = text[text.index(".Sh SYNOPSIS"):text.index(".Sh DESCRIPTION")]
    return text.split(".Nm\n")[1:]


def test_the_man_page_has_every_command_and_its_options():
    place = {"--root", "--world", "--server", "--token-file", "--ca", "--resolver"}
    told = {}
    for part in synopsis():
        options = {"-" + x for x in re.findall(r"Fl (-[a-z-]+)", part)}
        for word in re.match(r"\.Cm ([a-z |]+)", part).group(1).split(" | "):
            told.setdefault(word.split()[0], set()).update(options)
    assert told == {w: options_of(u) - place for w, u in usages().items()}


def test_the_man_page_has_every_option_of_a_place():
    described = set(re.findall(r"^\.It Fl (-[a-z-]+)", PAGE.read_text(encoding="utf-8"), re.M))
    assert {"-" + x for x in described} == options_of(usages()["scan"].split("...")[0]) - {"--address"}


def test_the_settings_page_has_every_setting():
    sample = (REPOSITORY / "whm-plugin/relaydoctor.conf").read_text(encoding="utf-8")
    described = set(re.findall(r"^\.It Ic (\w+)", SETTINGS.read_text(encoding="utf-8"), re.M))
    assert described == set(re.findall(r"^#(\w+) = ", sample, re.M))


# ---- completion ---------------------------------------------------------------

def completed(*words):
    script = (f'. "{COMPLETION}"; COMP_WORDS=("$@"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); '
              '_relaydoctor; printf "%s\\n" "${COMPREPLY[@]}"')
    env = {**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script, "bash", "relaydoctor", *words], env=env,
                          capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_every_command_is_completed():
    assert completed("") == set(usages()) | {"--help"}
    assert completed("hi") == {"history"}


def test_every_option_is_completed():
    for word, usage in usages().items():
        assert completed(word, "--") == options_of(usage), word


def test_what_an_option_takes_is_completed(tmp_path):
    (tmp_path / "one").mkdir()
    assert completed("scan", "--root", f"{tmp_path}/") == {f"{tmp_path}/one"}
    assert completed("scan", "--check", "routing_l") == {"routing_listed_twice",
                                                         "routing_local_mx_elsewhere"}
    assert completed("show", "x", "--as", "") == {"autoconfig", "mobileconfig"}
    assert completed("probe", "") == {"port", "out", "relay"}
    assert completed("log", "p") == {"parse"}


# ---- colours and the bar --------------------------------------------------------

@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with something wrong, and no resolver to ask."""
    root = tmp_path_factory.mktemp("root")
    (root / "etc").mkdir()
    (root / "var/cpanel").mkdir(parents=True)
    (root / "var/cpanel/mainip").write_text("192.0.2.1\n")
    (root / "etc/localdomains").write_text("shop.example\n")
    (root / "etc/remotedomains").write_text("shop.example\n")
    (root / "etc/userdomains").write_text("shop.example: shop\n")
    return root


def at_terminal(root, *options, **env):
    ours, theirs = pty.openpty()
    argv = [RELAYDOCTOR, "scan", "--root", root, "--resolver", "127.0.0.1:1", *options]
    child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                             env={"PATH": os.environ["PATH"], "TERM": "xterm", **env})
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:     # the other side is closed
            break
        if not piece:
            break
        told += piece
    os.close(ours)
    child.wait(timeout=30)
    return told.decode()


def test_a_terminal_shows_colours_and_a_bar_that_goes(server):
    told = at_terminal(server)
    assert re.search(r"\x1b\[1;3\dm(CRITICAL|WARNING|UNKNOWN) *\x1b\[0m", told)
    assert "[      " in told
    assert told.rindex("\r\x1b[K") < told.index("Relay Doctor:")


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_who_wants_none_gets_no_colours(server, env):
    assert "\x1b[1;" not in at_terminal(server, **env)


def test_no_escape_goes_into_a_file(server):
    done = subprocess.run([RELAYDOCTOR, "scan", "--root", server, "--resolver", "127.0.0.1:1",
                           "--progress"], env={"TERM": "xterm"}, capture_output=True, text=True,
                          timeout=60, check=False)
    assert re.search(r"^(CRITICAL|WARNING|UNKNOWN) ", done.stdout, re.M)
    assert "\x1b" not in done.stdout + done.stderr
    assert re.search(r"^files$", done.stderr, re.M)
