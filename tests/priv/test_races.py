"""What root writes while somebody swaps the file, its temporary one or its directory for a link, a
FIFO or another file's second name, as fast as may be: every verb that changes something. The other file stays as it is, nothing is waited for without end, and the
helper serves on. Only root could do that in those directories: the test shows that nothing else
than their owner is relied on."""
import ctypes
import os
import shutil
import threading

import pytest

import guarded
import restarted
import test_broken_writes
import test_csf
import test_frozen
import test_included
import test_relay_net
import test_unblock
from helper_box import AUDIT, JOURNAL, LOCK, RUN, Helper, libc, write
from test_broken_writes import OWN, server  # noqa: F401
from test_firewalld_port import CMD

RENAME_EXCHANGE, AT_FDCWD = 2, -100
SECRET = "none of ours\n"
SESSIONS, TICKETS, LOG = RUN + "/sessions", RUN + "/tickets", os.path.dirname(AUDIT)
DIRECTORIES = {JOURNAL, SESSIONS, TICKETS, LOG, test_csf.RULES, test_frozen.KEPT, "/etc/csf",
               "/etc/relaydoctor"}
# What every change writes.
COMMON = [AUDIT, LOCK, JOURNAL, SESSIONS, LOG]
OF = {
    "set_own": [OWN, "/etc/relaydoctor/.relaydoctor.conf.new", "/etc/relaydoctor"],
    "set_relay_net": [test_relay_net.LIST, "/etc/.trustedmailhosts.new"],
    "trust_address": [test_relay_net.LIST, "/etc/.trustedmailhosts.new"],
    "unblock_spammers": [test_unblock.SPAMMERS, "/etc/.spammeripblocks.new"],
    **dict.fromkeys(["set_csf_user", "set_csf_port", "set_restrictions", "lift_restrictions"],
                    [test_csf.CONF, "/etc/csf/.csf.conf.new", "/etc/csf", test_csf.RULES]),
    "unblock_included": [test_included.MORE, test_included.MORE.replace("more", ".more") + ".new",
                         "/etc/csf"],
    "remove_frozen": [test_frozen.KEPT],
    "lift_restrictions": [TICKETS, test_csf.CONF],
}
VERBS = [*test_broken_writes.CASES, *guarded.CASES, *restarted.CASES]
# The long form, `make races`: each file by each kind, so many times. Else one of the common
# files for each verb besides its own, once.
TIMES = int(os.environ.get("RD_RACES", "0"))


class Other:
    """Another file and another directory, beside what is written: a second name needs that."""

    def __init__(self, path):
        self.file, self.directory = path + ".other", path + ".others"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write(self.file, SECRET, 0o600)
        os.mkdir(self.directory, 0o700)
        self.before = self.now()

    def now(self):
        st = os.stat(self.file)
        with open(self.file, encoding="ascii") as f:
            return (f.read(), st.st_mode, st.st_uid, st.st_mtime_ns,
                    os.stat(self.directory).st_mtime_ns, os.listdir(self.directory))

    def remove(self):
        os.unlink(self.file)
        shutil.rmtree(self.directory)


def link(path, other):
    os.symlink(other.directory if path in DIRECTORIES else other.file, path + ".trap")


def second_name(path, other):
    os.link(other.file, path + ".trap")


def fifo(path, _):
    os.mkfifo(path + ".trap")


def traps(path):
    return (link, fifo) if path in DIRECTORIES else (link, second_name, fifo)


class Swapper:
    """Trap and file change places until the end."""

    def __init__(self, path, trap):
        self.path, self.trap, self.ends = path, trap, False
        self.other = Other(path)
        self.thread = threading.Thread(target=self.swap)
        self.turns = 0

    def swap(self):
        while not self.ends:
            try:
                if not os.path.lexists(self.path + ".trap"):
                    self.trap(self.path, self.other)
                if not libc.renameat2(AT_FDCWD, self.path.encode(), AT_FDCWD,
                                      (self.path + ".trap").encode(), RENAME_EXCHANGE):
                    self.turns += 1
                elif ctypes.get_errno() == 2 and not os.path.lexists(self.path):
                    os.rename(self.path + ".trap", self.path)   # before it is made
            except OSError:
                pass        # the other end was faster

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()
        self.untouched = self.other.now() == self.other.before
        self.other.remove()
        for path in (self.path, self.path + ".trap"):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)


@pytest.fixture
def place(request):
    """What the verb needs around it."""
    verb = request.node.callspec.params["verb"]
    if verb in restarted.CASES:
        box = request.getfixturevalue("box")
        with restarted.Daemon():
            yield lambda: restarted.begin(box, verb)
    elif verb in guarded.CASES:
        box = request.getfixturevalue("box")
        programs = [*test_csf.PROGRAMS, CMD]
        before = {path: test_csf.set_aside(path) for path in programs}
        yield lambda: guarded.CASES[verb].begin(box)
        test_csf.put_back(before)
    else:
        box = request.getfixturevalue("server")

        def begin():
            box.reset()
            test_broken_writes.furnish(box)
        yield begin


def ask(verb):
    """Change, keep and undo, as far as it comes."""
    case = guarded.CASES.get(verb)
    words = case.request if case else restarted.CASES[verb].request if verb in restarted.CASES \
        else test_broken_writes.asked_for(verb)
    codes = []
    with Helper(case.caller if case else "root") as h:
        if case and case.caller != "root":
            with Helper() as door:
                r = door.ask("ticket", "root", "192.0.2.7", "admin.cgi")
            h.ask("as_ticket", value=r.change)
        r = h.ask(verb, *words)
        codes.append(r.code)
        if r.change:
            codes += [h.ask(what, r.change).code for what in ("keep", "undo")]
    return codes


def rounds(verb):
    n = VERBS.index(verb)
    if TIMES:
        return [(path, trap) for path in (*COMMON, *OF.get(verb, [])) for trap in traps(path)] * TIMES
    paths = (COMMON[n % len(COMMON)], *OF.get(verb, []))
    return [(path, traps(path)[(n + i) % len(traps(path))]) for i, path in enumerate(paths)]


@pytest.mark.parametrize("verb", VERBS)
def test_no_other_file_is_written_through_what_is_put_in_its_place(verb, place):
    for path, trap in rounds(verb):
        place()
        with Swapper(path, trap) as swapper:
            codes = ask(verb)
        assert swapper.untouched, (path, trap.__name__, codes)
        assert swapper.turns and "internal" not in codes, (path, trap.__name__, codes)
        place()
        with Helper() as h:
            assert h.ask("journal").code == "done", (path, trap.__name__)


@pytest.mark.parametrize("trap", traps(TICKETS))
def test_a_ticket_goes_into_no_directory_but_its_own(box, trap):
    with Swapper(TICKETS, trap) as swapper:
        for _ in range(5):
            with Helper() as h:
                assert h.ask("ticket", "root", "192.0.2.7", "admin.cgi").code in ("done", "unavailable")
    assert swapper.untouched and swapper.turns
