"""Days on a server whose clock is ahead (lab/clock.py): every day its logs are rotated, cPanel
changes the lists, the server scans itself, something is fixed and undone, pages are looked at;
now and then the front is restarted, or front and helper are killed. What they hold and keep
stays within LIMITS. `make soak` runs more days than anything is kept, and prints the figures."""

import gzip
import os
import time

import pytest

from conftest import BUILD, FINDING, Api
from lab import seed
from lab.box import Box, wait_for
from lab.clock import Clock

DAYS = int(os.environ.get("RD_DAYS", 2))
DAY = 86400
ADMIN, USER = "relaydoctor-admin.service", "relaydoctor-user.service"
STATE = "/var/lib/relaydoctor"
NEW_DOMAINS, NEW_NAMES, KEYS = 50, 2500, 5
VISITS = 20 if DAYS > 5 else 3
MIB = 1 << 20

# At the end of a day, or (peak) while it scanned.
LIMITS = {
    "admin front: memory": 48 * MIB, "admin front: files": 24, "admin front: threads": 80,
    "user front: memory": 24 * MIB, "user front: files": 16,
    "helpers at rest": 0, "scans at rest": 0,
    "helper: peak": 24 * MIB, "scan: peak": 160 * MIB,
    "scan's databases": 16 * MIB, "admin's files": 4 * MIB, "kept answers": KEYS,
    "tickets": VISITS + KEYS + 10, "journal": 1024 * DAYS, "record of changes": 64 << 10,
    "lines told in the day": 300,
}
GROWTH = 6 * MIB        # of a front that was not restarted, from its second day on


class Days:
    def __init__(self, box):
        self.box, self.number = box, 0
        self.clock = Clock(box)
        box.restart_unit("lab-exim.service")
        self.api = Api(box)
        self.peaks = {"helper: peak": 0, "scan: peak": 0}
        self.told = 0
        box.write("/etc/relaydoctor/relaydoctor.conf", "scan_every = 24h\nscan_on_change = 60s\n")
        self.api.post("scan")
        wait_for(lambda: self.box.exists(f"{STATE}/admin/last-scan.json"), 60, "the first scan")

    # -- what happens on such a server --

    def now(self):
        return time.time() + self.clock.ahead

    def stamp(self):
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.now()))

    def rotate(self):
        """Every night, as cPanel's logs are, seven kept; ours as the package says."""
        box, log = self.box, "/var/log/exim_mainlog"
        day = time.strftime("%Y%m%d", time.gmtime(self.now()))
        box.write(f"{log}-{day}.gz", gzip.compress(box.read(log, binary=True)), 0o640)
        names = sorted(n for n in os.listdir(box.path("/var/log")) if n.startswith("exim_mainlog-"))
        for name in names[:-7]:
            box.remove(f"/var/log/{name}")
        box.write(log, "", 0o640)
        box.run(["logrotate", "-s", "/root/logrotate.status", "/etc/logrotate.d/relaydoctor"])

    def mail(self):
        """Strangers, each with a name that was never seen before."""
        line = ("{0} H=client{2}.stranger.example [{1}]:4{2:04} F=<a@s{3}-{2}.example> rejected RCPT "
                "<b@r{3}-{2}.example>: Rejected relay attempt: '{1}' From: 'a@s{3}-{2}.example' "
                "To: 'b@r{3}-{2}.example'\n")
        with open(self.box.path("/var/log/exim_mainlog"), "a", encoding="ascii") as f:
            f.writelines(line.format(self.stamp(), f"198.18.{n // 250}.{n % 250 + 1}", n, self.number)
                         for n in range(NEW_NAMES))

    def domains(self):
        """Customers come and go; a list is replaced whole, as cPanel does it."""
        new = [f"day{self.number}-{n}.example" for n in range(NEW_DOMAINS)]
        for path, words in (("/etc/userdomains", ": alice"), ("/etc/localdomains", "")):
            kept = [x for x in self.box.read(path).splitlines() if not x.startswith("day")]
            self.box.write(f"{path}.new", "".join(f"{x}\n" for x in [*kept, *(x + words for x in new)]))
            self.box.run(["mv", f"{path}.new", path])

    def scan_by_itself(self, before):
        """Meanwhile its programs are looked at."""
        def kept():
            for name, unit in (("helper: peak", "relaydoctor-helper@"), ("scan: peak", "relaydoctor-scan@")):
                for pid in self.box.pids(unit):
                    self.peaks[name] = max(self.peaks[name], status(pid, "VmHWM") << 10)
            return self.scanned() != before
        wait_for(kept, 90, "a scan by itself")

    def scanned(self):
        """As the front has kept it: nobody is asked, so nothing is awoken."""
        return self.box.read(f"{STATE}/admin/last-scan.json").split('"scanned_at":"')[1][:20]

    def change(self):
        """Fixed and undone; another finding's fix is only previewed."""
        plan = self.api.post("plan", finding=FINDING)
        change = self.api.post("apply", finding=FINDING, params={}, digest=plan["digest"], typed="shop.example")
        assert change["state"] == "KEPT"
        assert self.api.post("undo", id=change["id"])["state"] == "UNDONE"

    def visits(self):
        account = self.box.world.accounts[0].name
        door = "/usr/local/cpanel/base/frontend/jupiter/relaydoctor/index.live.cgi"
        for n in range(VISITS):
            self.api.get("findings")
            self.api.request("domain&name=shop.example")
            self.api.request("explain", body={"text": f"550 relay not permitted {self.number} {n}"})
        for n in range(KEYS):
            self.api.request("explain", body={"text": "550 relay not permitted",
                                              "idempotency_key": f"day-{self.number}-{n}"})
        done = self.box.run([door], user=account, env={"REMOTE_USER": account, "REQUEST_METHOD": "GET",
                                                       "QUERY_STRING": "api=v1/status"})
        assert '"result":1' in done.stdout.replace(" ", "")

    def trouble(self):
        """True when the fronts began anew."""
        if self.number % 10 == 2:
            self.box.restart_unit(ADMIN)
        elif self.number % 10 == 7:
            self.api.post("scan")
            for unit in ("relaydoctor-helper@", ADMIN, USER):
                self.box.kill_unit(unit)
            wait_for(lambda: self.api.request("status")[0] == 200, 20, "the front after it was killed")
        else:
            return False
        return True

    def live(self):
        """The next day; what is there in the end, and whether the fronts began anew."""
        self.number += 1
        before = self.scanned()
        self.clock.forward(DAY)
        self.rotate()
        self.mail()
        self.domains()
        self.scan_by_itself(before)
        assert self.scanned() >= time.strftime("%Y-%m-%dT%H", time.gmtime(self.now() - 120))
        self.change()
        anew = self.trouble()
        self.visits()
        return self.figures(), anew

    # -- what it costs --

    def figures(self):
        box = self.box
        wait_for(lambda: not box.pids("relaydoctor-helper@") and not box.pids("relaydoctor-scan@"), 20,
                 "helpers and scans to end")
        admin, = box.pids(ADMIN)
        user, = box.pids(USER)
        lines = sum(box.log(unit).count("\n") for unit in
                    (ADMIN, USER, "relaydoctor-helper@.service", "relaydoctor-scan@.service"))
        self.told, told = lines, lines - self.told
        return {
            "admin front: memory": status(admin, "VmRSS") << 10, "admin front: files": files_of(admin),
            "admin front: threads": status(admin, "Threads"),
            "user front: memory": status(user, "VmRSS") << 10, "user front: files": files_of(user),
            "helpers at rest": len(box.pids("relaydoctor-helper@")),
            "scans at rest": len(box.pids("relaydoctor-scan@")), **self.peaks,
            "scan's databases": self.size(f"{STATE}/scan"), "admin's files": self.size(f"{STATE}/admin"),
            "kept answers": self.count(f"{STATE}/admin/once"),
            "tickets": self.count("/run/relaydoctor/tickets"), "journal": self.size(f"{STATE}/journal"),
            "record of changes": self.size("/var/log/relaydoctor"), "lines told in the day": told}

    def size(self, path):
        return sum(os.lstat(f"{d}/{n}").st_size for d, _, names in os.walk(self.box.path(path))
                   for n in names)

    def count(self, path):
        return len(os.listdir(self.box.path(path)))


def status(pid, key):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            return next((int(line.split()[1]) for line in f if line.startswith(key + ":")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0        # it has just ended


def files_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def shown(figure, value):
    return f"{value / MIB:.1f}" if LIMITS[figure] >= MIB else str(value)


@pytest.fixture(scope="module")
def days():
    with Box(build=BUILD) as box:
        yield Days(box)


def test_what_fronts_helper_and_scan_hold_and_keep_stays_bounded_day_after_day(days):
    print("\nday", *LIMITS, sep=" | ")
    settled = None
    for _ in range(DAYS):
        found, anew = days.live()
        print(days.number, *(shown(k, found[k]) for k in LIMITS), sep=" | ", flush=True)
        over = {k: (found[k], LIMITS[k]) for k in LIMITS if found[k] > LIMITS[k]}
        assert not over, f"day {days.number}"
        settled = None if anew else settled or found
        for front in ("admin front", "user front") if settled else ():
            assert found[f"{front}: memory"] - settled[f"{front}: memory"] < GROWTH, days.number
            assert found[f"{front}: files"] - settled[f"{front}: files"] < 4, days.number


def test_every_change_of_those_days_is_on_record_and_nothing_is_left_open(days):
    changes = days.api.get("changes", limit=200)["changes"]
    assert [x["state"] for x in changes] == ["UNDONE"] * days.number
    directory = days.box.path("/var/log/relaydoctor")
    told = b"".join((gzip.open if name.endswith(".gz") else open)(f"{directory}/{name}", "rb").read()
                    for name in os.listdir(directory))
    assert told.count(b" act=undo ") == days.number
