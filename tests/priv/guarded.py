"""What each guarded verb is asked for, what it changes, and the ways in which a change, an undo
or the timer that takes it back can be cut short."""
import collections
import os
import subprocess

import test_csf
import test_firewalld_port
import test_included
from callers import ticket
from helper_box import HELPER, RUN, Helper, write
from test_helper import half_written
from test_csf import CONF, RULES, TEXT, age, read

FLAG = "/var/cpanel/smtpgidonlytweak"
LOG = RUN + "/helper.err"
Guarded = collections.namedtuple("Guarded", "request begin state caller", defaults=("root",))


def of_csf():
    return (read(CONF), read("/run/rules.4"), read("/run/rules.6"),
            read("/var/cpanel/cpanel.config"), os.path.exists(FLAG))


def csf_with(block, whm):
    def begin(box):
        test_csf.prepare(box)
        test_csf.whm_is(whm, whm)
        write(CONF, TEXT.replace('SMTP_BLOCK = "1"', f'SMTP_BLOCK = "{block}"'), 0o600)
        subprocess.run(["/usr/sbin/csf", "-r"], check=True)     # the rules are those of the file
        if whm:
            with open("/run/rules.4", "a", encoding="ascii") as f:
                f.write("whm\n")
    return begin


def with_lists(box):
    csf_with(1, 1)(box)
    write(test_included.DENY, f"Include {test_included.MORE}\n", 0o600)
    write(test_included.MORE, test_included.BODY, 0o640)


def of_lists():
    return (read(test_included.MORE), *of_csf())


def of_firewalld():
    return read("/run/firewalld.now"), read("/run/firewalld.permanent")


CASES = {
    "set_csf_user": Guarded(("alice", "restricted", "exempt"), csf_with(1, 0), of_csf),
    "set_csf_port": Guarded(("465 out", "closed", "open"), csf_with(1, 1), of_csf),
    "set_restrictions": Guarded(("server", "WHM on, CSF off", "WHM off, CSF on"),
                                csf_with(0, 1), of_csf),
    "lift_restrictions": Guarded(("server", "WHM on, CSF on", "WHM off, CSF off"),
                                 csf_with(1, 1), of_csf, "relaydoctor-admin"),
    "unblock_included": Guarded((test_included.IP, test_included.LISTED, test_included.GONE),
                                with_lists, of_lists),
    "set_firewalld_port": Guarded(("25 in public", "closed", "open"),
                                  test_firewalld_port.prepare_stand_in, of_firewalld),
}
# What is done first, and what is cut short then. "the timer" is the process that it starts.
WAYS = {"change": ((), "ask"), "keep": (("ask",), "keep"), "undo": (("ask",), "undo"),
        "undo what was kept": (("ask", "keep"), "undo"), "the timer": (("ask",), "timer")}


def newest():
    names = sorted(os.listdir(test_csf.JOURNAL)) if os.path.isdir(test_csf.JOURNAL) else []
    return next((name for name in reversed(names) if name[0] != "."), None)


def act(verb, what, env=None):
    """(whether it was killed, the reply)"""
    if what == "timer":
        with open(LOG, "a", encoding="utf-8") as log:
            done = subprocess.run([HELPER, "rollback", newest()], env=env or {}, timeout=60,
                                  check=False, stdin=subprocess.DEVNULL, stderr=log)
        return done.returncode < 0, None
    case, reply, h = CASES[verb], None, Helper(CASES[verb].caller, env)
    try:
        if case.caller != "root":
            h.ask("as_ticket", value=ticket())
        reply = h.ask(verb, *case.request) if what == "ask" else h.ask(what, newest())
    except OSError:
        pass        # it was killed
    h.sock.close()
    return os.WIFSIGNALED(h.wait()), reply


def begin(box, verb, way):
    CASES[verb].begin(box)
    if os.path.exists(LOG):
        os.unlink(LOG)
    for what in WAYS[way][0]:
        assert act(verb, what)[1].code == "done"


def settle():
    """The timers come that were started; where none comes, the time is over when the journal
    is looked at. The last entry, or None."""
    test_csf.fire()
    with Helper() as h:
        for x in h.journal():
            if x["state"] in ("PREPARED", "DONE"):
                age(x["id"], 1000)
    with Helper() as h:
        h.journal()
        entries = h.journal()
    assert len(entries) <= 1
    left = os.listdir(RULES) if os.path.isdir(RULES) else []
    assert not left + half_written(), (left, entries)
    return entries[0] if entries else None


def ends(box, verb, way):
    """{state of the entry: what stands once the timer has been there; "done": before}, of a
    change that nothing cut short."""
    begin(box, verb, "change")
    found = {None: CASES[verb].state()}
    for words in WAYS[way][0], (*WAYS[way][0], WAYS[way][1]):
        begin(box, verb, "change")
        for what in words:
            act(verb, what)
        found["done"] = CASES[verb].state()
        x = settle()
        found[x["state"] if x else None] = CASES[verb].state()
    if "FAILED" not in found:
        found["FAILED"] = found[None]
    return found
