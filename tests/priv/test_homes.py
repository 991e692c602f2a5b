"""What lies in the home of an account and acts on its mail: read as that account, packed
by name; and nothing in a home, whatever it is, is anything that root looks at."""
import os
import re
import resource
import shutil
import stat
import subprocess

import pytest

from helper_box import UIDS, Helper, write

HOME = "/run/homes/alice"
BOX = "alice.example/info"
FILTER = f"{HOME}/etc/{BOX}/filter"
SCRIPT = f"{HOME}/mail/{BOX}/.dovecot.sieve"


def give(path):
    """All that is made below the home belongs to the account."""
    for top, directories, files in os.walk(path):
        for name in [*directories, *files, ""]:
            os.chown(os.path.join(top, name), UIDS["alice"], UIDS["alice"],
                     follow_symlinks=False)


@pytest.fixture
def home(box):
    with open("/etc/passwd", encoding="utf-8") as f:
        passwd = f.read()
    shutil.rmtree("/run/homes", ignore_errors=True)
    for path in (f"{HOME}/etc/{BOX}", f"{HOME}/mail/{BOX}"):
        os.makedirs(path)
    write("/etc/passwd", re.sub(r"(?m)^(alice:.*):/:", rf"\1:{HOME}:", passwd))
    yield lambda: give(HOME)
    write("/etc/passwd", passwd)
    shutil.rmtree("/run/homes")


def packed(account="alice"):
    with Helper("relaydoctor-scan") as h:
        return h.read("home_mail", account).decode()


def test_what_acts_on_mail_is_packed_by_name_and_nothing_else(box, home):
    os.makedirs(f"{HOME}/mail/alice.example/new.box")
    os.makedirs(f"{HOME}/etc/alice.example/gone")
    write(f"{HOME}/.forward", "b@far.example\n")
    write(f"{HOME}/etc/filter", "# Exim filter\n")
    write(FILTER, "deliver x\n+etc/alice.example/imitated/filter\n")
    write(f"{HOME}/etc/alice.example/gone/filter", "no mailbox has it\n")
    write(f"{HOME}/etc/alice.example/shadow", "secret\n")
    write(f"{HOME}/mail/alice.example/new.box/.dovecot.sieve", "keep;")
    home()
    assert packed() == (
        "+.forward\n=b@far.example\n+etc/filter\n=# Exim filter\n"
        "+etc/alice.example/info/filter\n=deliver x\n=+etc/alice.example/imitated/filter\n"
        "+mail/alice.example/new.box/.dovecot.sieve\n=keep;\n")


def test_a_domain_of_a_long_name_is_no_less_looked_at(box, home):
    domain = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.example"
    for below in ("mail", "etc"):
        os.makedirs(f"{HOME}/{below}/{domain}/{'x' * 64}")
    write(f"{HOME}/etc/{domain}/{'x' * 64}/filter", "deliver x\n")
    home()
    assert packed() == f"+etc/{domain}/{'x' * 64}/filter\n=deliver x\n"


@pytest.mark.parametrize("to, text", [
    ("sieve/main.sieve", f"+mail/{BOX}/sieve/main.sieve\n=keep;\n"),
    ("sieve/../../x.sieve", f"-mail/{BOX}/.dovecot.sieve it is a symbolic link, which is not followed\n"),
    ("/etc/passwd", f"-mail/{BOX}/.dovecot.sieve it is a symbolic link, which is not followed\n"),
    ("sieve/none.sieve", ""),
    ("sieve/out.sieve", f"-mail/{BOX}/sieve/out.sieve it is a symbolic link, which is not followed\n")])
def test_the_active_script_is_read_where_it_stands_beside_others(box, home, to, text):
    os.makedirs(f"{HOME}/mail/{BOX}/sieve")
    write(f"{HOME}/mail/{BOX}/sieve/main.sieve", "keep;\n")
    os.symlink("/etc/passwd", f"{HOME}/mail/{BOX}/sieve/out.sieve")
    os.symlink(to, SCRIPT)
    home()
    assert packed() == text


@pytest.mark.parametrize("account, code", [
    ("root", "not_found"), ("nobody", "not_found"), ("../alice", "input"), ("", "input")])
def test_homes_of_others_than_accounts_are_not_looked_at(box, account, code):
    with Helper("relaydoctor-scan") as h:
        assert h.ask("home_mail", account).code == code


@pytest.mark.parametrize("who", ["relaydoctor-admin", "relaydoctor-user"])
def test_fronts_read_nobodys_home(box, who):
    with Helper(who) as h:
        assert h.ask("home_mail", "alice").code == "denied"


def test_more_than_is_read_is_said_and_takes_no_longer(box, home):
    for i in range(6):
        os.makedirs(f"{HOME}/mail/alice.example/b{i}")
        os.makedirs(f"{HOME}/etc/alice.example/b{i}")
        write(f"{HOME}/etc/alice.example/b{i}/filter", "x" * (1 << 20))
    home()
    text = packed()
    assert len(text) <= 4 << 20
    assert text.endswith("!there are more, or larger, files than are read\n")


# ---- whatever an account puts there -------------------------------------------

def _linked_filter():
    os.symlink("/etc/shadow", FILTER)


def _linked_directory():
    shutil.rmtree(f"{HOME}/etc")
    os.symlink("/etc", f"{HOME}/etc")


def _linked_mailbox():
    os.rmdir(f"{HOME}/mail/{BOX}")
    os.symlink("/root", f"{HOME}/mail/{BOX}")


TRAPS = {
    "links": (_linked_filter, "symbolic link"),
    "a linked directory": (_linked_directory, None),
    "a linked mailbox": (_linked_mailbox, None),
    "a FIFO": (lambda: os.mkfifo(FILTER), "no regular file"),
    "a FIFO as script": (lambda: os.mkfifo(SCRIPT), "no regular file"),
    "a device": (lambda: os.mknod(FILTER, 0o666 | stat.S_IFCHR, os.makedev(1, 5)), None),
    "1 GiB": (lambda: os.truncate(os.open(FILTER, os.O_CREAT | os.O_WRONLY), 1 << 30),
              "larger than 8 MiB"),
    "a directory": (lambda: os.mkdir(FILTER), "no regular file"),
    "a second name": (lambda: (write(f"{HOME}/x", "secret\n"), os.link(f"{HOME}/x", FILTER)),
                      "second name"),
    "what includes itself": (lambda: write(
        f"{HOME}/.forward", f":include:{HOME}/.forward\n" * 20000), ":include:"),
}

CALL = re.compile(r'^(\d+) +(\w+)\((.*)$')


def calls_beneath(trace, top):
    """(effective uid, call, text) of every call that names a file beneath top."""
    uid, found = {}, []
    for line in trace.splitlines():
        m = CALL.match(line)
        if not m:
            continue
        pid, name, rest = m.groups()
        if name in ("setresuid", "seteuid", "setuid", "setreuid") and line.rstrip().endswith("= 0"):
            uid[pid] = int(re.findall(r"-?\d+", rest)[1 if name == "setresuid" else 0])
        elif name not in ("setresuid", "seteuid", "setuid", "setreuid") and top in rest:
            found.append((uid.get(pid, 0), name, rest))
    return found


@pytest.fixture
def traced(box, home, tmp_path):
    def ask():
        out = str(tmp_path / "trace")
        with Helper("relaydoctor-scan") as h:
            with subprocess.Popen(
                    ["strace", "-f", "-y", "-s", "300", "-o", out, "-e",
                     "trace=%file,setresuid,setuid,setreuid", "-p", str(h.pid)],
                    stderr=subprocess.PIPE, text=True) as strace:
                assert "attached" in strace.stderr.readline()
                # Each descriptor that a child closes stops it once more.
                resource.prlimit(h.pid, resource.RLIMIT_NOFILE, (256, 256))
                r = h.ask("home_mail", "alice")
                h.sock.close()
                h.wait()
                strace.communicate(timeout=20)
        with open(out, encoding="utf-8") as f:
            return r, f.read()
    return ask


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_in_a_home_is_looked_at_by_root(box, home, traced, trap):
    make, says = TRAPS[trap]
    make()
    home()
    r, trace = traced()
    assert r.code == "done", r.text
    with os.fdopen(r.fd, encoding="utf-8") as f:
        text = f.read()
    assert "root:" not in text and "secret" not in text
    if says:
        assert says in text
    calls = calls_beneath(trace, HOME)
    assert len(calls) > 2, trace
    assert {uid for uid, _, _ in calls} == {UIDS["alice"]}
    # The home is root's to place; beneath it no call goes over a link.
    opened = [rest for _, name, rest in calls if name.startswith("open")]
    assert all("O_NOFOLLOW" in rest for rest in opened if f'"{HOME}"' not in rest), opened
    assert not any("O_PATH" in rest for rest in opened)
    others = {name for _, name, rest in calls if "AT_EMPTY_PATH" not in rest} - {"openat"}
    assert others <= {"readlinkat"}


def test_the_trace_tells_who_opened_a_file():
    trace = (f'5 openat(AT_FDCWD, "{HOME}/a", O_RDONLY) = 3\n6 setresuid(7, 7, 7) = 0\n'
             f'6 openat(3<{HOME}>, "b", O_RDONLY) = 4\n')
    assert [uid for uid, _, _ in calls_beneath(trace, HOME)] == [0, 7]
