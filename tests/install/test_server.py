"""install.sh on a server: the box of the lab without the product, then with it, then
without it again, and what is on its disks each time."""

import json
import os
import re
import signal
import ssl
import time
import urllib.request

import pytest

from lab import REPOSITORY
from lab.box import wait_for
from server import HERE, Server, differing

BUILD = os.path.abspath(os.environ.get("RD_BUILD", f"{REPOSITORY}/build"))
CPANEL = "/usr/local/cpanel"
ADMIN = f"{CPANEL}/whostmgr/docroot/cgi/relaydoctor/admin.cgi"
BEFORE, AFTER = ":", '{real} "$@"'     # what a program does before it fails
USER_SOCKET = "/run/relaydoctor/user.sock"
SETUP = "/usr/libexec/relaydoctor/setup"
TEXTFILE = "/usr/share/relaydoctor/monitoring/textfile"
COLLECTED = "/var/lib/collected"
SETTINGS = "/etc/relaydoctor/relaydoctor.conf"


@pytest.fixture(scope="module")
def bare():
    with Server(BUILD) as server:
        server.run(["rm", "-r", "/etc/relaydoctor"])
        server.empty = server.snapshot()
        yield server


@pytest.fixture(scope="module")
def installed():
    with Server(BUILD) as server:
        server.run(["rm", "-r", "/etc/relaydoctor"])
        server.empty = server.snapshot()
        server.said = server.installer("--install").stderr
        yield server


@pytest.fixture(scope="module")
def unpacked():
    """The files are there, as a package leaves them before its scripts run."""
    with Server(BUILD) as server:
        server.run(["rm", "-r", "/etc/relaydoctor"])
        server.run(["make", "-s", "-o", "all", "-C", HERE, "install-files", "DESTDIR="])
        server.empty = server.snapshot()
        yield server


def fetch(box, address, headers):
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(),
                                timeout=30) as reply:
        return reply.read().decode()


def as_root(box):
    return {"Authorization": f"whm root:{box.token()}"}


def doctor(box):
    done = box.run(["relaydoctor", "doctor", "--json"], check=False)
    return done.returncode, json.loads(done.stdout)["installation"]


def wrong(box):
    return {row["subject"]: row for row in doctor(box)[1] if row["state"] != "ok"}


# ---- at work -------------------------------------------------------------


def test_every_step_says_what_cpanel_answered(installed):
    assert "AppConfig: relaydoctor registered" in installed.said
    assert "AppConfig: relaydoctor_reseller registered" in installed.said
    assert "install_plugin said nothing, status 0" in installed.said
    assert re.search(r"\b[1-9]\d+ in place, 0 wrong, 0 not known", installed.said)


def test_it_answers_through_all_three_doors(installed):
    page = fetch(installed, installed.whm("/cgi/relaydoctor/admin.cgi"), as_root(installed))
    assert "Relay Doctor" in page
    status = json.loads(fetch(installed, installed.whm("/cgi/relaydoctor/reseller.cgi?api=v1/status"),
                              {"Authorization": f"whm root:{installed.token(acls=('edit-mx',))}"}))
    assert status["data"]["door"] == "reseller"
    account = installed.world.accounts[0].name
    done = installed.run([f"{CPANEL}/base/frontend/jupiter/relaydoctor/index.live.cgi"],
                         user=account, env={"REMOTE_USER": account, "REQUEST_METHOD": "GET",
                                            "QUERY_STRING": "api=v1/status"})
    assert '"result":1' in done.stdout.replace(" ", "")


def test_what_was_installed_finds_itself_in_order(installed):
    status, rows = doctor(installed)
    assert status == 0 and {row["state"] for row in rows} == {"ok"}
    assert {"account", "directory", "program", "door", "socket", "templates", "helper", "unit",
            "appconfig", "hook", "plugin"} == {row["part"] for row in rows}
    assert all(row["how"] for row in rows)


def test_installing_again_changes_nothing(installed):
    before = installed.snapshot()
    said = installed.installer("--install").stderr
    assert "of which 0 are new" in said
    assert differing(before, installed.snapshot()) == []


FAULTS = {
    "relaydoctor-scan": ("gpasswd -d relaydoctor-scan relaydoctor", "the helper does not hear it"),
    ADMIN: (f"echo >>{ADMIN}", "is not the program that was installed"),
    "/var/lib/relaydoctor/scan": ("chown 1001 /var/lib/relaydoctor/scan", "of relaydoctor-scan"),
    "relaydoctor-repair.timer": ("systemctl stop relaydoctor-repair.timer", "is inactive"),
    "relaydoctor": (f"{CPANEL}/bin/unregister_appconfig relaydoctor", "is not registered"),
    USER_SOCKET: (f"chmod 600 {USER_SOCKET}", "has to be a socket with mode 0666"),
}


def test_every_fault_is_named_and_what_it_says_mends_it(installed):
    for spoil, _ in FAULTS.values():
        installed.run(["sh", "-c", spoil])
    found = wrong(installed)
    assert found.keys() == FAULTS.keys()
    for subject, (_, says) in FAULTS.items():
        assert says in found[subject]["text"]
    installed.run(["chmod", "666", USER_SOCKET])    # only systemd makes it anew
    for mend in {row["mend"] for row in found.values()}:
        installed.run(["sh", "-c", mend])
    assert wrong(installed) == {}


def test_a_template_that_cannot_be_read_and_a_helper_that_is_away_are_told(installed):
    page = "/usr/share/relaydoctor/templates/overview.html"
    kept = installed.read(page)
    installed.write(page, "{{#open}}")
    installed.run(["mv", "/usr/libexec/relaydoctor/relaydoctor-helper", "/tmp/helper"])
    try:
        found = wrong(installed)
        assert "overview" in found["/usr/share/relaydoctor/templates"]["text"]
        assert found["/run/relaydoctor/helper.sock"]["part"] == "helper"
    finally:
        installed.write(page, kept)
        installed.run(["mv", "/tmp/helper", "/usr/libexec/relaydoctor/relaydoctor-helper"])


@pytest.mark.parametrize("lines, state", [
    ("", "unknown"), ("/run/relaydoctor\n", "ok"), ("!/run\n", "ok"), ("/run/relay\n", "unknown"),
    ("@/run/relaydoctor,700\n", "unknown")])
def test_whether_cagefs_shows_the_socket_is_read_where_cagefs_is(installed, lines, state):
    installed.write("/usr/sbin/cagefsctl", "", 0o755)
    installed.write("/etc/cagefs/cagefs.mp", f"/proc\n{lines}")
    try:
        status, rows = doctor(installed)
        row, = [row for row in rows if row["part"] == "cagefs"]
        assert (row["state"], status) == (state, 0 if state == "ok" else 3)
    finally:
        installed.run(["rm", "-r", "/usr/sbin/cagefsctl", "/etc/cagefs"])


def test_what_is_to_be_confirmed_is_gathered_without_changing_or_naming_anything(installed):
    account = installed.world.accounts[0].name
    before = installed.snapshot()
    said = installed.run([f"{HERE}/whm-plugin/setup/confirm", account]).stdout
    assert differing(before, installed.snapshot()) == []
    asked = [part.partition("\n")[2] for part in said.split("\n== ")[1:]]
    assert len(asked) == 16 and all("-- status 0" in part for part in asked), said
    assert said.count(" ms, ") == 2 and "answer: 1\n" in said and '"status":1' in said.replace(" ", "")
    assert not any(domain.name in said for domain in installed.world.domains)


def test_doctor_is_for_root(installed):
    done = installed.run(["relaydoctor", "doctor"], user=installed.world.accounts[0].name,
                         check=False)
    assert done.returncode == 3 and "root alone" in done.stderr


def test_after_an_update_of_cpanel_what_it_removed_is_put_back(installed):
    before = installed.snapshot()
    installed.run(["sh", "-c", f"""
        rm -r {CPANEL}/whostmgr/docroot/cgi/relaydoctor {CPANEL}/base/frontend/jupiter/relaydoctor
        rm {CPANEL}/base/frontend/jupiter/dynamicui/dynamicui_relaydoctor.conf
        rm {CPANEL}/whostmgr/docroot/addon_plugins/relaydoctor.png
        {CPANEL}/bin/unregister_appconfig relaydoctor_reseller"""])
    hook, *options = json.loads(installed.run([f"{CPANEL}/bin/manage_hooks", "list"]).stdout)[0][1:]
    assert options[options.index("--event") + 1] == "upcp"
    done = installed.run(["env", "-i", hook], input='{"context":{"event":"upcp"}}')
    assert done.stdout.startswith("1 ")
    assert differing(before, installed.snapshot()) == []


def test_an_upgrade_replaces_what_is_old_and_keeps_the_settings(installed):
    installed.write(SETTINGS, "scan_every = never\n")
    pid, = installed.pids("relaydoctor-admin.service")
    template = f"{HERE}/templates/partials/foot.html"
    kept = installed.read(template)
    installed.write(f"{HERE}/templates/gone.html", "")
    installed.installer("--upgrade")
    assert installed.exists("/usr/share/relaydoctor/templates/gone.html")
    installed.write(template, kept + "<!-- new -->\n")
    installed.remove(f"{HERE}/templates/gone.html")
    said = installed.installer("--upgrade").stderr
    assert "of which 1 are new" in said
    assert not installed.exists("/usr/share/relaydoctor/templates/gone.html")
    assert installed.read(SETTINGS) == "scan_every = never\n"
    assert installed.pids("relaydoctor-admin.service") != [pid]
    assert "<!-- new -->" in fetch(installed, installed.whm("/cgi/relaydoctor/admin.cgi"),
                                   as_root(installed))
    installed.write(template, kept)


def test_an_upgrade_that_fails_leaves_the_old_one_at_work(installed):
    before = installed.snapshot()
    installed.write(f"{HERE}/whm-plugin/appconfig/admin.conf",
                    installed.read(f"{HERE}/whm-plugin/appconfig/admin.conf") + "# newer\n")
    installed.write(f"{HERE}/templates/newer.html", "")
    with installed.failing("/usr/bin/systemctl", "enable*repair.timer*", AFTER):
        done = installed.installer("--upgrade", check=False)
    assert done.returncode == 1 and "everything is as it was before" in done.stderr
    assert differing(before, installed.snapshot()) == []
    assert doctor(installed)[0] == 0
    assert "Relay Doctor" in fetch(installed, installed.whm("/cgi/relaydoctor/admin.cgi"),
                                   as_root(installed))


def test_nothing_is_taken_away_while_a_change_is_being_made(installed):
    lock = "/run/relaydoctor/change.lock"
    with installed.popen(["flock", lock, "cat"], stdin=-1) as holder:
        wait_for(lambda: installed.run(["flock", "-n", lock, "true"], check=False).returncode)
        done = installed.installer("--uninstall", check=False)
        holder.stdin.close()
    assert done.returncode == 1 and "a change is being made" in done.stderr
    assert doctor(installed)[0] == 0


@pytest.fixture
def collected(installed):
    """Where a node exporter looks, and a line of the administrator's own for cron."""
    installed.run(["mkdir", COLLECTED])
    installed.write("/etc/cron.d/own", f"*/9 * * * * root {TEXTFILE} /srv\n")
    installed.run([SETUP, "collect", COLLECTED])
    installed.write(f"{COLLECTED}/relaydoctor.prom", "")
    yield
    installed.run(["rm", "-rf", COLLECTED, "/etc/cron.d/own"])


def test_cron_writes_for_a_node_exporter_until_it_is_told_not_to(installed, collected):
    line = installed.read("/etc/cron.d/relaydoctor").split()
    assert line[0] == "*/5" and line[5:] == ["root", TEXTFILE, COLLECTED]
    assert installed.run(["stat", "-c", "%a %U", "/etc/cron.d/relaydoctor"]).stdout == "644 root\n"
    for word in ("/nowhere", "/var/lib/a b", "relative"):
        assert installed.run([SETUP, "collect", word], check=False).returncode
    assert installed.read("/etc/cron.d/relaydoctor").split() == line
    installed.run([SETUP, "collect", "never"])
    assert not installed.exists("/etc/cron.d/relaydoctor")
    assert not installed.exists(f"{COLLECTED}/relaydoctor.prom")


def test_removal_leaves_the_settings_and_the_record_and_purging_nothing(installed, collected):
    installed.write(SETTINGS, "scan_every = never\n")
    installed.write("/var/lib/relaydoctor/journal/1-2", "kept\n")
    said = installed.installer("--uninstall").stderr
    assert f"/etc/cron.d/own still starts {TEXTFILE}" in said
    assert os.listdir(installed.path(COLLECTED)) == []
    installed.run(["rm", "-r", COLLECTED, "/etc/cron.d/own"])
    assert "Relay Doctor is gone" in said and "kept: /var/lib/relaydoctor" in said
    left = differing(installed.empty, installed.snapshot())
    assert [path for path in left if not path.startswith(("/etc/relaydoctor", "/var/log/relaydoctor"))
            ] == ["/var/lib/relaydoctor", "/var/lib/relaydoctor/journal",
                  "/var/lib/relaydoctor/journal/1-2"]
    assert installed.read(SETTINGS) == "scan_every = never\n"
    installed.installer("--uninstall", "--purge")
    assert differing(installed.empty, installed.snapshot()) == []
    for name in ("registered.json", "hooks.json", "plugins.json"):
        assert "relaydoctor" not in installed.read(f"/var/cpanel/stand-in/{name}")


# ---- not at work ----------------------------------------------------------


def test_looking_and_planning_change_nothing(bare):
    assert "nothing stands in the way" in bare.installer("--check-only").stderr
    plan = bare.installer("--dry-run").stdout
    for word in ("accounts", "appconfig", "plugin", "hook", "units", "proof"):
        assert f"\n{word} " in plan
    assert differing(bare.empty, bare.snapshot()) == []


def test_where_nothing_is_installed_doctor_says_that_alone(bare):
    done = bare.run([f"{HERE}/build/relaydoctor", "doctor"], check=False)
    assert done.returncode == 1 and "is not installed on this machine" in done.stdout
    assert "./install.sh --install" in done.stdout and " 1 wrong, 0 not known" in done.stdout


def test_a_panel_that_lacks_a_program_is_told_before_anything_is_done(bare):
    bare.run(["mv", f"{CPANEL}/bin/manage_hooks", "/tmp/manage_hooks"])
    done = bare.installer("--check-only", check=False)
    bare.run(["mv", "/tmp/manage_hooks", f"{CPANEL}/bin/manage_hooks"])
    assert done.returncode == 1 and f"missing: {CPANEL}/bin/manage_hooks" in done.stderr


def test_there_is_nothing_to_upgrade_where_nothing_is(bare):
    assert bare.installer("--upgrade", check=False).returncode == 1
    assert differing(bare.empty, bare.snapshot()) == []


FILES = {
    "a program": ("/usr/bin/install", "*relaydoctor-helper.relaydoctor-new", BEFORE),
    "the list of files": ("/usr/bin/install", "*/installed*", AFTER),
    "what the proof finds": (
        "/usr/bin/systemd-tmpfiles", "*", '{real} "$@"; chmod 777 /var/lib/relaydoctor; exit 0'),
}
STEPS = {
    "accounts": ("/usr/bin/systemd-sysusers", "*", AFTER),
    "directories": ("/usr/bin/systemd-tmpfiles", "*", AFTER),
    "the second door": ("/usr/bin/install", "*reseller.cgi*", AFTER),
    "the icon": ("/usr/bin/install", "*addon_plugins*", BEFORE),
    "the first AppConfig": (f"{CPANEL}/bin/register_appconfig", "*admin.conf", BEFORE),
    "the second AppConfig": (f"{CPANEL}/bin/register_appconfig", "*reseller.conf", BEFORE),
    "the plugin": (f"{CPANEL}/scripts/install_plugin", "*", AFTER),
    "the hook": (f"{CPANEL}/bin/manage_hooks", "add*", AFTER),
    "a socket": ("/usr/bin/systemctl", "enable*user.socket", AFTER),
    "the last unit": ("/usr/bin/systemctl", "enable*repair.timer", BEFORE),
    "a unit that does not stay": ("/usr/bin/systemctl", "is-active*repair.timer", BEFORE),
}


def leaves_nothing(box, done):
    assert differing(box.empty, box.snapshot()) == [], done.stderr
    assert done.returncode == 1 and "everything is as it was before" in done.stderr
    assert box.pids("relaydoctor") == []


@pytest.mark.parametrize("program, pattern, act", FILES.values(), ids=FILES.keys())
def test_a_failure_after_which_files_must_go_leaves_nothing(bare, program, pattern, act):
    with bare.failing(program, pattern, act):
        done = bare.installer("--install", check=False)
    leaves_nothing(bare, done)


@pytest.mark.parametrize("program, pattern, act", STEPS.values(), ids=STEPS.keys())
def test_a_failure_at_any_later_step_leaves_the_files_alone(unpacked, program, pattern, act):
    with unpacked.failing(program, pattern, act):
        done = unpacked.run([SETUP, "install"], check=False)
    leaves_nothing(unpacked, done)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_nothing_at_once_or_with_the_next(bare, number):
    hook = f"{CPANEL}/bin/manage_hooks"
    with bare.failing(hook, "add*", f"{AFTER}; sleep 0.5"), \
            bare.popen([f"{HERE}/install.sh", "--install"], stderr=-1, text=True) as run:
        wait_for(lambda: bare.exists("/run/lab/failed"), 30)
        pids = bare.run(["pgrep", "-f", "whm-plugin/setup/setup install"]).stdout.split()
        bare.run(["kill", f"-{int(number)}", pids[0]])
        _, said = run.communicate()
    if number == signal.SIGKILL:
        assert bare.exists("/var/lib/relaydoctor-setup/undo")
        said = bare.installer("--uninstall", "--purge").stderr
        assert "an earlier run was cut off" in said
    assert differing(bare.empty, bare.snapshot()) == [], said
