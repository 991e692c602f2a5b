"""CSF's configuration and WHM's SMTP restrictions through the root helper: one value of
csf.conf changes and nothing else, csf -r follows, and whatever nobody keeps in time is
taken back, rules and all, even when everything of ours has been killed."""
import os
import re
import shutil
import subprocess
import time

import pytest

from callers import audit, front, routed, user
from helper_box import HELPER, HERE, JOURNAL, Helper, install_helper, request, write

CONF, RULES = "/etc/csf/csf.conf", "/var/lib/relaydoctor/rules"
TEXT = '''###############################
# TCP_OUT = "1"
TESTING = "0"
  TCP_OUT = "indented, so none of CSF's"
TCP_IN = "22,25,2087"
TCP_OUT = "20,21:23,25, 53 " # what may leave
IPV6 = "1"
TCP6_IN="22,25,2087"
TCP6_OUT	=	"25"

SMTP_BLOCK = "1"
SMTP_ALLOWUSER = "cpanel"
UI_PASS = "a=b\\"c"
no setting at all
LAST = ""'''
EXEMPT = TEXT.replace('"cpanel"', '"cpanel,alice"')


PROGRAMS = ["/usr/bin/systemd-run", "/usr/local/cpanel/bin/whmapi1",
            *("/usr/sbin/" + tool for tool in ("csf", "iptables-save", "iptables-restore",
                                               "ip6tables-save", "ip6tables-restore"))]


@pytest.fixture
def csf(box):
    before = {path: set_aside(path) for path in PROGRAMS}
    prepare(box)
    yield box
    put_back(before)
    for name in ("csf.mode", "timer.factor", "systemd-run.fails"):
        if os.path.exists("/run/" + name):
            os.unlink("/run/" + name)


def prepare(box):
    box.reset()
    for path in PROGRAMS:
        install("../lab/systemd_run.py" if path.endswith("systemd-run") else "fake_csf.py", path)
    write("/run/timer.factor", "0")     # the tests let it come
    install_helper()
    os.makedirs("/etc/csf", mode=0o700, exist_ok=True)
    write(CONF, TEXT, 0o600)
    write("/var/cpanel/cpanel.config", "skin=jupiter\nsmtpmailgidonly=0\n")
    for name in ("timers", "csf.calls", "whm.calls"):
        write("/run/" + name, "")
    for family in "46":
        write("/run/rules." + family, "old\n")


def set_aside(path):
    if not os.path.lexists(path):
        return None
    os.rename(path, path + ".before")
    return path + ".before"


def put_back(before):
    for path, was in before.items():
        if os.path.lexists(path):
            os.unlink(path)
        if was:
            os.rename(was, path)


def install(source, path):
    if os.path.lexists(path):
        os.unlink(path)
    shutil.copy(os.path.join(HERE, source), path)
    os.chmod(path, 0o755)


def read(path):
    with open(path, newline="") as f:
        return f.read()


def exempt(h, value="exempt", expect="restricted", account="alice"):
    return h.ask("set_csf_user", account, expect, value)


def port(h, name="465 out", value="open", expect="closed"):
    return h.ask("set_csf_port", name, expect, value)


def fire():
    """What systemd does when the timer's time has come."""
    for line in read("/run/timers").splitlines():
        _, _, *command = line.split(" ")
        assert subprocess.run(command, env={}, timeout=60).returncode == 0


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def entry(h):
    return h.journal()[0]


# ---- the file ----------------------------------------------------------

def test_one_account_is_exempt_and_undo_leaves_every_byte_as_it_was(csf):
    with Helper() as h:
        r = exempt(h)
        assert (r.code, r.before, r.after) == ("done", "restricted", "exempt"), r.text
        assert read(CONF) == EXEMPT
        assert h.ask("keep", r.change).code == "done"
        u = h.ask("undo", r.change)
        assert (u.code, u.after) == ("done", "restricted"), u.text
    assert read(CONF) == TEXT
    assert read("/run/csf.calls") == "-r\n-r\n"
    assert [a["act"] for a in audit()] == ["set_csf_user", "keep", "undo"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_the_file_keeps_its_mode(csf, mode):
    os.chmod(CONF, mode)
    with Helper() as h:
        assert exempt(h).code == "done"
    assert os.stat(CONF).st_mode & 0o7777 == mode
    assert os.listdir("/etc/csf") == ["csf.conf"]


@pytest.mark.parametrize("name, before, changed", [
    ("465 out", "closed", TEXT.replace(" 53 \"", " 53 ,465\"").replace('"25"', '"25,465"')),
    ("25 in", "open", None), ("587 in", "closed",
     TEXT.replace('"22,25,2087"', '"22,25,2087,587"')),
])
def test_a_port_is_opened_in_both_lists_and_closed_again_without_a_trace(csf, name, before, changed):
    with Helper() as h:
        r = port(h, name, expect=before)
        assert r.code == "done", r.text
        assert read(CONF) == (changed or TEXT)
        assert h.ask("undo", r.change).code == "done"
    assert read(CONF) == TEXT


def test_the_family_that_was_open_already_stays_so_after_undo(csf):
    write(CONF, TEXT.replace('TCP6_OUT	=	"25"', 'TCP6_OUT = "25,465"'), 0o600)
    before = read(CONF)
    with Helper() as h:
        r = port(h, expect="open for IPv6")
        assert (r.code, r.after) == ("done", "open"), r.text
        assert h.ask("undo", r.change).after == "open for IPv6"
    assert read(CONF) == before


def test_without_ipv6_its_list_is_left_alone(csf):
    write(CONF, TEXT.replace('IPV6 = "1"', 'IPV6 = "0"'), 0o600)
    with Helper() as h:
        assert port(h).code == "done"
    assert 'TCP6_OUT	=	"25"\n' in read(CONF)


@pytest.mark.parametrize("broken, why", [
    (TEXT + '\nTCP_OUT = "25"\n', "once more"), (TEXT + "\nBAD = 1\n", "quotation marks"),
    (TEXT + '\nBAD = "\n', "quotation marks"), (TEXT + '\n= "x"\n', "no name"),
    (TEXT.replace("cpanel", "cpa nel"), "not understood"),
    (TEXT.replace('"cpanel"', '"cpanel,,x"'), "not understood"),
    (TEXT.replace('"cpanel"', '"cpanel,"'), "not understood"),
    (TEXT.replace('"cpanel"', '" "'), "blanks"),
    (TEXT.replace("SMTP_ALLOWUSER", "SMTP_OTHER"), "no line of SMTP_ALLOWUSER"),
    (TEXT.replace("cpanel", "cp\0anel"), "NUL"), ("", "no line"),
])
def test_a_file_that_csf_would_not_read_is_left_alone(csf, broken, why):
    write(CONF, broken, 0o600)
    with Helper() as h:
        r = exempt(h)
        assert r.code in ("unavailable", "denied") and why in r.text, r.text
    assert read(CONF) == broken and read("/run/csf.calls") == ""


def test_odd_line_ends_and_bytes_stay(csf):
    odd = TEXT.replace("\n", "\r\n") + "\n# \xe4\n\n\n"
    write(CONF, odd, 0o600)
    with Helper() as h:
        r = exempt(h)
        assert r.code == "done", r.text
        assert read(CONF) == odd.replace('"cpanel"', '"cpanel,alice"')
        h.ask("undo", r.change)
    assert read(CONF) == odd


def spoil_link():
    os.rename(CONF, "/etc/csf/real")
    os.symlink("/etc/csf/real", CONF)


@pytest.mark.parametrize("spoil", [
    spoil_link, lambda: os.chmod("/etc/csf", 0o777), lambda: os.chown(CONF, 62001, 0),
    lambda: os.chown(CONF, 0, 62001), lambda: os.link(CONF, "/etc/csf/second"),
    lambda: os.unlink(CONF), lambda: write("/etc/csf/csf.disable", "")])
def test_a_file_that_is_not_roots_own_is_not_replaced(csf, spoil):
    try:
        spoil()
        with Helper() as h:
            assert exempt(h).code in ("unavailable", "denied", "not_found")
        assert read("/run/csf.calls") == ""
    finally:
        shutil.rmtree("/etc/csf")


@pytest.mark.parametrize("verb, name, expect, value", [
    ("set_csf_user", "alice", "restricted", "exempt "), ("set_csf_user", "alice,bob", "restricted", "exempt"),
    ("set_csf_user", 'alice"', "restricted", "exempt"), ("set_csf_user", "", "restricted", "exempt"),
    ("set_csf_user", "alice", "", "exempt"), ("set_csf_port", "465", "closed", "open"),
    ("set_csf_port", "22 in", "closed", "open"), ("set_csf_port", "465 out ", "closed", "open"),
    ("set_csf_port", "1:65535 in", "closed", "open"), ("set_csf_port", "465 both", "closed", "open"),
    ("set_csf_port", "465 out", "closed", "OPEN"), ("set_csf_port", "+465 out", "closed", "open")])
def test_parameters_that_are_none_are_refused(csf, verb, name, expect, value):
    with Helper() as h:
        assert h.ask(verb, name, expect, value).code == "input"
        assert not h.journal()
    assert read(CONF) == TEXT


def test_an_account_that_is_not_here_and_a_user_of_the_system_get_no_exemption(csf):
    with Helper() as h:
        assert exempt(h, account="nobody").code == "not_found"
        assert exempt(h, account="root").code == "not_found"


def test_what_is_expected_is_compared_first(csf):
    with Helper() as h:
        assert exempt(h, expect="exempt").code == "stale"
        assert port(h, expect="open").code == "stale"
    assert read("/run/csf.calls") == "" and read("/run/timers") == ""


def test_the_administrators_door_may_and_no_other(csf):
    with front() as h:
        assert exempt(h).code == "done"
    with front("reseller.cgi", "rita") as h:
        assert exempt(h, account="carol").code == "denied"
        assert not h.journal()
    h, _ = user("alice")
    with h:
        assert exempt(h).code == "denied" and port(h).code == "denied"
        assert not h.journal()


def test_a_reseller_does_not_undo_what_is_the_servers(csf):
    with Helper() as h:
        change = exempt(h).change
    with front("reseller.cgi", "rita") as h:
        assert h.ask("undo", change).code == "denied"
        assert h.ask("keep", change).code == "denied"


# ---- the deadline ------------------------------------------------------

def test_the_deadline_stands_in_the_journal_and_a_timer_runs_before_the_change(csf):
    write("/run/csf.mode", "hangs")
    write("/run/timer.factor", "0.05")
    with Helper() as h:
        h.send(request("set_csf_user", "alice", "restricted", "exempt"))
        wait_for(lambda: "-r" in read("/run/csf.calls"))
        name, = os.listdir(JOURNAL)
        x = dict(p.split("=", 1) for p in read(JOURNAL + "/" + name).split())
        assert x["state"] == "PREPARED" and 0 < int(x["deadline"]) - time.time() <= 60
        assert read("/run/timers") == (
            f"60 relaydoctor-rollback-{name} /usr/libexec/relaydoctor/relaydoctor-helper "
            f"rollback {name}\n")
        r = h.receive()     # csf -r has a deadline of its own
        assert r.code == "unavailable" and "everything is as before" in r.text
        assert entry(h)["state"] == "FAILED"
    assert read(CONF) == TEXT and read("/run/rules.4") == "old\n"
    wait_for(lambda: not os.listdir(RULES))


def test_a_restart_that_fails_leaves_file_and_rules_as_they_were(csf):
    write("/run/csf.mode", "fails")
    with Helper() as h:
        r = exempt(h)
        assert r.code == "unavailable" and "something of csf's" in r.text
        assert entry(h)["state"] == "FAILED" and entry(h)["after"] == "restricted"
        assert h.ask("undo", r.change).code == "stale"
    assert read(CONF) == TEXT and {read("/run/rules." + f) for f in "46"} == {"old\n"}
    fire()
    assert not os.listdir(RULES)


def test_what_nobody_keeps_is_taken_back_with_the_very_rules_from_before(csf):
    with Helper() as h:
        assert exempt(h).code == "done"
    assert "alice" in read("/run/rules.6")
    fire()
    assert read(CONF) == TEXT and {read("/run/rules." + f) for f in "46"} == {"old\n"}
    assert read("/run/csf.calls") == "-r\n"
    with Helper() as h:
        x = entry(h)
        assert x["state"] == "UNDONE" and x["undo_door"] == "helper" and "deadline" in x["text"]
        assert h.ask("keep", x["id"]).code == "stale"
    assert audit()[-1]["act"] == "rollback" and not os.listdir(RULES)
    fire()      # once more changes nothing
    assert read(CONF) == TEXT


def test_what_is_kept_stays(csf):
    with Helper() as h:
        assert h.ask("keep", exempt(h).change).code == "done"
    fire()
    assert read(CONF) == EXEMPT and "alice" in read("/run/rules.4")
    with Helper() as h:
        assert entry(h)["state"] == "KEPT"
    assert not os.listdir(RULES)


def test_what_was_not_kept_is_undone_to_the_very_rules_from_before(csf):
    with Helper() as h:
        assert h.ask("undo", exempt(h).change).code == "done"
    assert read(CONF) == TEXT and read("/run/rules.4") == "old\n"
    fire()
    with Helper() as h:
        assert entry(h)["state"] == "UNDONE"


def test_rules_that_do_not_load_any_more_are_made_anew(csf):
    with Helper() as h:
        assert exempt(h).code == "done"
    write("/run/csf.mode", "no restore")
    fire()
    assert read(CONF) == TEXT and read("/run/csf.calls") == "-r\n-r\n"
    assert "alice" not in read("/run/rules.4") and "TCP_OUT" in read("/run/rules.4")


def test_without_a_timer_nothing_is_changed(csf):
    write("/run/systemd-run.fails", "")
    with Helper() as h:
        r = exempt(h)
        assert r.code == "unavailable" and "nothing was changed" in r.text
        assert entry(h)["state"] == "FAILED"
    assert read(CONF) == TEXT and read("/run/csf.calls") == ""
    assert not os.listdir(RULES)


def test_saved_rules_that_no_timer_has_come_for_do_not_pile_up(csf):
    os.makedirs(RULES, 0o700, exist_ok=True)
    for name, age in (("20260101-000000-000000.4", 3600), ("20260101-000000-000001.4", 60)):
        write(RULES + "/" + name, "x")
        os.utime(RULES + "/" + name, (time.time() - age,) * 2)
    with Helper() as h:
        assert exempt(h).code == "done"
    names = os.listdir(RULES)
    assert "20260101-000000-000000.4" not in names and "20260101-000000-000001.4" in names


def age(change, seconds):
    """The entry as if it had been made so long before; its timer is gone for good."""
    path = f"{JOURNAL}/{change}"
    fields = dict(p.split("=", 1) for p in read(path).split())
    for key in ("at", "deadline", "undo_at"):
        if fields.get(key):
            fields[key] = str(int(fields[key]) - seconds)
    write(path, " ".join(f"{k}={v}" for k, v in fields.items()) + "\n", 0o600)


def looks(h):
    h.journal()


def front_starts(_):
    with Helper("relaydoctor-admin") as h:
        assert h.ask("expire_trusted").code == "done"


@pytest.mark.parametrize("look", [looks, front_starts])
def test_after_a_reboot_the_next_helper_takes_back_what_its_timer_would_have(csf, look):
    with Helper() as h:
        change = exempt(h).change
    write("/run/timers", "")
    age(change, 40 * 365 * 86400)       # before this machine was started
    write("/run/rules.4", "of this start\n")
    with Helper() as h:
        look(h)
    assert read(CONF) == TEXT
    # Made anew by csf -r: the rules that were saved are another start's.
    assert read("/run/csf.calls") == "-r\n-r\n" and "SMTP_ALLOWUSER cpanel" in read("/run/rules.4")
    with Helper() as h:
        assert entry(h)["state"] == "UNDONE" and "deadline" in entry(h)["text"]
    assert [a["act"] for a in audit()] == ["set_csf_user", "rollback"]
    assert not os.listdir(RULES)


def test_a_timer_that_is_lost_without_a_reboot_is_made_up_for_with_the_saved_rules(csf):
    with Helper() as h:
        change = exempt(h).change
        write("/run/timers", "")
        looks(h)
        assert entry(h)["state"] == "DONE"      # its time has not come
        age(change, 100)
        looks(h)
    assert read(CONF) == TEXT and read("/run/rules.4") == "old\n"
    assert read("/run/csf.calls") == "-r\n"


def test_an_account_that_answers_late_keeps_nothing_overdue_in_force(csf):
    with Helper() as h:
        change = exempt(h).change
    with Helper() as h:
        routed(h)       # newer, and nobody has looked at it
    write("/run/timers", "")
    age(change, 100)
    csf.set(sleep_read=5.5)
    with Helper() as h:
        looks(h)
    assert read(CONF) == TEXT


def test_what_is_overdue_and_kept_stays_and_what_fails_is_not_tried_at_every_look(csf):
    with Helper() as h:
        kept = exempt(h).change
        h.ask("keep", kept)
        change = port(h).change
    age(kept, 100)
    age(change, 100)
    write("/run/csf.mode", "fails")
    for name in os.listdir(RULES):
        os.unlink(f"{RULES}/{name}")
    with Helper() as h:
        looks(h)
        tried = read("/run/csf.calls")
        looks(h)
        assert read("/run/csf.calls") == tried
        states = {x["id"]: x["state"] for x in h.journal()}
        assert states == {kept: "KEPT", change: "DONE"}
        assert "could not be taken back" in entry(h)["text"]


# ---- two of them -------------------------------------------------------

def says_wait(r, change):
    return (r.code == "unavailable" and change in r.text and f"relaydoctor undo {change}" in r.text
            and re.search(r"taken back at \d\d:\d\d:\d\d UTC", r.text))


def test_while_one_waits_for_its_proof_no_other_is_made(csf):
    with Helper() as h:
        one = port(h).change
        rules = read("/run/rules.4")
        assert says_wait(exempt(h), one)
        assert (len(h.journal()), read("/run/csf.calls"), read("/run/rules.4")) == (1, "-r\n", rules)
        assert h.ask("keep", one).code == "done"
        assert exempt(h).code == "done"


def test_what_was_kept_is_not_undone_beside_one_that_waits(csf):
    with Helper() as h:
        one = port(h).change
        assert h.ask("keep", one).code == "done"
        between = read(CONF), read("/run/rules.4")
        two = exempt(h).change
        assert says_wait(h.ask("undo", one), two)
        assert h.ask("undo", two).code == "done"
        assert (read(CONF), read("/run/rules.4")) == between
        assert h.ask("undo", one).code == "done"
    assert read(CONF) == TEXT


def test_a_killed_ones_place_is_free_when_its_timer_has_been_there(csf):
    with Helper() as h:
        one = exempt(h).change
        path = f"{JOURNAL}/{one}"
        write(path, read(path).replace("state=DONE", "state=PREPARED"), 0o600)
        assert says_wait(port(h), one)
        fire()
        assert port(h).code == "done" and "alice" not in read("/run/rules.4")


def test_one_that_could_not_be_taken_back_is_named_until_it_is_settled(csf):
    with Helper() as h:
        one = port(h).change
    write("/run/timers", "")
    age(one, 100)
    write("/run/csf.mode", "fails")
    for name in os.listdir(RULES):
        os.unlink(f"{RULES}/{name}")
    with Helper() as h:
        r = exempt(h)
        assert r.code == "unavailable" and one in r.text and "something of csf's" in r.text
        tried = read("/run/csf.calls")
        assert exempt(h).text == r.text and read("/run/csf.calls") == tried
        write("/run/csf.mode", "")
        age(one, 61)
        assert exempt(h).code == "done"
        assert [x["state"] for x in h.journal()] == ["DONE", "UNDONE"]


@pytest.mark.parametrize("words", [["rollback", "x"], ["rollback", "../../etc/passwd"],
                                   ["rollback", "20260101-000000-000000"], ["rollback"]])
def test_a_rollback_of_nothing_changes_nothing(csf, words):
    subprocess.run([HELPER, *words], env={}, timeout=10, stdin=subprocess.DEVNULL,
                   capture_output=True)
    assert read(CONF) == TEXT and read("/run/csf.calls") == ""


def test_whms_own_restrictions_are_put_back_after_a_restart_of_csf(csf):
    write("/var/cpanel/cpanel.config", "smtpmailgidonly=1\n")
    write("/var/cpanel/smtpgidonlytweak", "")
    with Helper() as h:
        assert exempt(h).code == "done"
    assert read("/run/whm.calls") == "0\n1\n"
    assert read("/run/rules.4").endswith("whm\n")
    assert read("/var/cpanel/cpanel.config") == "smtpmailgidonly=1\n"


# ---- who restricts the sites --------------------------------------------

def restrict(h, value, expect):
    return h.ask("set_restrictions", "server", expect, value)


def whm_is(key, flag):
    write("/var/cpanel/cpanel.config", "skin=jupiter\nsmtpmailgidonly=%d\n" % key)
    if flag:
        write("/var/cpanel/smtpgidonlytweak", "")


def test_csf_becomes_the_only_owner_and_undo_makes_both_again(csf):
    whm_is(1, True)
    write(CONF, TEXT.replace('SMTP_BLOCK = "1"', 'SMTP_BLOCK = "0"'), 0o600)
    before = read(CONF)
    with Helper() as h:
        r = restrict(h, "WHM off, CSF on", "WHM on, CSF off")
        assert (r.code, r.after) == ("done", "WHM off, CSF on"), r.text
        assert read(CONF) == TEXT and read("/run/whm.calls") == "0\n"
        assert "smtpmailgidonly=0" in read("/var/cpanel/cpanel.config")
        assert "SMTP_BLOCK 1" in read("/run/rules.4")
        h.ask("keep", r.change)
        assert h.ask("undo", r.change).after == "WHM on, CSF off"
    assert read(CONF) == before and os.path.exists("/var/cpanel/smtpgidonlytweak")


def test_rules_that_are_gone_are_made_anew_by_turning_off_and_on(csf):
    whm_is(1, True)
    os.unlink(CONF)
    with Helper() as h:
        r = restrict(h, "WHM on, CSF absent", "WHM on, CSF absent")
        assert r.code == "done", r.text
    assert read("/run/whm.calls") == "0\n1\n" and read("/run/rules.4") == "old\nwhm\n"
    assert read("/run/csf.calls") == ""
    fire()
    assert read("/run/rules.4") == "old\n"


def test_half_on_is_made_whole_and_cannot_be_made_half_again(csf):
    whm_is(1, False)
    os.unlink(CONF)
    with Helper() as h:
        r = restrict(h, "WHM on, CSF absent", "WHM half on, CSF absent")
        assert r.code == "done", r.text
        h.ask("keep", r.change)
        u = h.ask("undo", r.change)
        assert u.code == "denied" and "half on" in u.text
        assert entry(h)["state"] == "KEPT"


@pytest.mark.parametrize("value", ["WHM off, CSF off", "WHM off, CSF absent", "WHM half on, CSF on", "",
                                   "WHM on", "whm on, csf on"])
def test_turning_all_restrictions_off_cannot_be_asked_for(csf, value):
    with Helper() as h:
        assert restrict(h, value, "WHM off, CSF on").code == "input"


def test_only_whms_door_turns_all_of_them_off(csf):
    with Helper() as h:
        r = h.ask("lift_restrictions", "server", "WHM off, CSF on", "WHM off, CSF off")
        assert r.code == "denied" and not h.journal()
    with front("reseller.cgi", "rita") as h:
        assert h.ask("lift_restrictions", "server", "WHM off, CSF on", "WHM off, CSF off").code == "denied"
    with front() as h:
        assert h.ask("lift_restrictions", "server", "WHM off, CSF on", "WHM on, CSF off").code == "input"
        r = h.ask("lift_restrictions", "server", "WHM off, CSF on", "WHM off, CSF off")
        assert (r.code, r.after) == ("done", "WHM off, CSF off"), r.text
        assert 'SMTP_BLOCK = "0"' in read(CONF)
        assert h.ask("undo", r.change).code == "done"
    assert read(CONF) == TEXT


def test_a_whm_that_does_not_do_it_is_told_and_everything_put_back(csf):
    whm_is(1, True)
    write("/run/csf.mode", "whm ignores")
    with Helper() as h:
        r = restrict(h, "WHM off, CSF on", "WHM on, CSF on")
        assert r.code == "unavailable" and "asked to turn" in r.text
        assert entry(h)["state"] == "FAILED"
    assert read(CONF) == TEXT and read("/run/rules.4") == "old\n"
