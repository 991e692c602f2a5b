"""`relaydoctor log summary --state DIR`: logs read on from where the look before stopped.
Each line is counted once, however the files were renamed, packed, copied and cut."""

import contextlib
import gzip
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

import pytest

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))


def scan_account():
    """Whoever a command that root starts becomes."""
    with contextlib.suppress(KeyError):
        found = pwd.getpwnam("relaydoctor-scan")
        return found.pw_uid, found.pw_gid
    return 65534, 65534


def stamp(days_ago=0):
    return time.strftime("%Y-%m-%d %H:%M:%S ", time.localtime(time.time() - days_ago * 86400))


def refused(n, days_ago=0):
    return (f"{stamp(days_ago)}H=(x{n}) [203.0.{n // 256 % 256}.{n % 256}]:5 F=<s@b.example> "
            f"rejected RCPT <r{n}@d.example>: relay not permitted\n")


class Place:
    def __init__(self, top):
        self.logs, self.state = top / "log", top / "state"
        self.logs.mkdir()
        self.state.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.state, *scan_account())
        self.main = self.logs / "exim_mainlog"

    def files(self):
        """The oldest first, as a scan reads them."""
        def age(path):
            number = path.name.removesuffix(".gz").removeprefix(self.main.name + ".")
            return int(number) if number.isdigit() else 0
        return sorted(self.logs.glob("exim_mainlog*"), key=age, reverse=True)

    def start(self, *files, since=()):
        return subprocess.Popen([BUILD / "relaydoctor", "log", "summary", "--json", "--state",
                                 self.state, *since, *(files or self.files())],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def look(self, *files, **more):
        process = self.start(*files, **more)
        out, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
        return json.loads(out)

    def counted(self, *files):
        found = self.look(*files)
        return {c["class"]: c["count"] for c in found["classes"]}.get("relay_unauth", 0)

    def append(self, text):
        with open(self.main, "a", encoding="utf-8") as out:
            out.write(text)

    def rotate(self, pack=False):
        for path in self.files():
            number = path.name.removesuffix(".gz").removeprefix(self.main.name + ".")
            if number.isdigit():
                end = ".gz" if path.suffix == ".gz" else ""
                path.rename(self.logs / f"exim_mainlog.{int(number) + 1}{end}")
        self.main.rename(self.logs / "exim_mainlog.1")
        if pack:
            self.pack(self.logs / "exim_mainlog.1")
        self.main.touch()

    @staticmethod
    def pack(path):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()

    def copy_and_truncate(self):
        self.rotate()
        rotated = self.logs / "exim_mainlog.1"
        held = rotated.read_bytes()
        rotated.rename(self.main)
        rotated.write_bytes(held)       # a copy: another inode
        os.truncate(self.main, 0)


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="logs-") as top:
        os.chmod(top, 0o755)
        yield Place(pathlib.Path(top))


def test_what_is_new_is_added_and_nothing_else_read(place):
    place.append("".join(map(refused, range(10))))
    assert place.counted() == 10
    assert place.counted() == 10
    place.append(refused(10))
    assert place.counted() == 11


def test_without_files_what_is_kept_is_told(place):
    place.append(refused(1) * 3)
    whole = place.look()
    done = subprocess.run([BUILD / "relaydoctor", "log", "summary", "--json", "--state", place.state],
                          capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout) == whole
    assert whole["domains"]["names"] == [{"name": "d.example", "count": 3, "at_most": 3}]
    assert whole["clients"]["names"] == [{"name": "203.0.0.1", "count": 3, "at_most": 3}]
    assert whole["domains"]["exact"] and whole["probes"]["refusals"] == 3


def test_a_line_without_an_end_waits_for_it(place):
    line = refused(1)
    place.append(refused(0) + line[:60])
    assert place.counted() == 1
    place.append(line[60:])
    assert place.counted() == 2


@pytest.mark.parametrize("pack", [False, True], ids=["plain", "packed"])
def test_a_rotation_between_two_looks_loses_and_repeats_nothing(place, pack):
    place.append("".join(map(refused, range(5))))
    place.counted()
    place.append(refused(5))
    place.rotate(pack)
    place.append(refused(6))
    assert place.counted() == 7
    place.rotate(pack)
    assert place.counted() == 7


def test_a_copy_that_is_cut_afterwards_is_the_log_that_it_was(place):
    place.append("".join(map(refused, range(5))))
    place.counted()
    place.append(refused(5))
    place.copy_and_truncate()
    assert place.counted() == 6
    place.append(refused(6))
    assert place.counted() == 7


def test_a_copy_in_the_making_gives_nothing_back(place):
    place.append("".join(map(refused, range(9))))
    assert place.counted() == 9
    text = place.main.read_bytes()
    (place.logs / "exim_mainlog.1").write_bytes(text[:len(text) // 2])
    (place.logs / "exim_mainlog.2.gz").write_bytes(gzip.compress(text)[:-30])
    assert place.counted() == 9
    (place.logs / "exim_mainlog.1").write_bytes(text)
    assert place.counted() == 9


def test_a_file_cut_in_place_goes_on_at_its_end(place):
    place.append("".join(map(refused, range(9))))
    assert place.counted() == 9
    os.truncate(place.main, len(refused(0)) * 4)
    assert place.counted() == 9
    place.append(refused(9))
    assert place.counted() == 10


def test_the_reject_log_tells_only_of_days_that_the_main_log_does_not(place):
    reject = place.logs / "exim_rejectlog"
    place.append(refused(1) * 2)
    reject.write_text(refused(1) * 2 + "P Received: from x\n" + refused(2, days_ago=3) * 5)
    assert place.counted(reject, place.main) == 7


def test_the_lines_of_a_message_are_joined_over_files(place):
    ids = "1vN00A-00000001abC-0aBc"
    place.append(f"{stamp()}{ids} <= u@here.example H=(pc) [198.51.100.7]:5 P=esmtpsa "
                 "A=dovecot_login:u@here.example S=1 for r@far.example\n")
    place.look()
    place.rotate(pack=True)
    place.append(f"{stamp()}{ids} ** r@far.example R=lookuphost T=remote_smtp H=mx.far.example "
                 "[192.0.2.9]: SMTP error from remote mail server after RCPT TO:<r@far.example>: "
                 f"550 5.1.1 User unknown\n{stamp()}{ids} Completed\n")
    assert [n["name"] for n in place.look()["accounts"]["names"]] == ["u@here.example"]
    with sqlite3.connect(place.state / "logs.sqlite") as db:
        assert db.execute("SELECT count(*) FROM open").fetchone() == (0,)


def test_a_login_that_failed_before_a_look_explains_a_refusal_after_it(place):
    failed = (f"{stamp()}dovecot_login authenticator failed for H=(x1) [203.0.0.1]:5: 535 Incorrect "
              "authentication data (set_id=u@here.example)\n")
    place.append(failed)
    place.look()
    place.rotate(pack=True)
    place.append(refused(1) + refused(2))
    place.look()
    with sqlite3.connect(place.state / "logs.sqlite") as db:
        assert set(db.execute("SELECT ip, rule FROM rows WHERE class = 'relay_unauth'")) == {
            ("203.0.0.1", "A04"), ("203.0.0.2", "A01")}


def test_names_without_end_are_bounded_and_the_frequent_one_stays(place):
    lines = [f"{stamp()}H=(x) [10.{n % 256}.{n // 256 % 256}.7]:5 F=<s@b{n}.example> rejected RCPT "
             f"<r@d{n}.example>: relay not permitted\n" for n in range(30_000)]
    for part in lines[::2], lines[1::2]:
        place.append("".join(part + [refused(1)] * 2500))
        found = place.look()
    assert found["domains"]["names"][0]["name"] == "d.example"
    assert not found["domains"]["exact"]
    assert {c["class"]: c["count"] for c in found["classes"]}["relay_unauth"] == 35_000
    with sqlite3.connect(place.state / "logs.sqlite") as db:
        assert db.execute("SELECT count(*) FROM names").fetchone() == (2000,)   # domains, clients
        assert db.execute("SELECT count(*) FROM rows").fetchone() == (1000,)
    assert (place.state / "logs.sqlite").stat().st_size < 2 << 20


def test_days_before_the_last_thirty_are_no_part(place):
    place.append(refused(1, days_ago=40) + refused(2, days_ago=29) + refused(3))
    assert place.counted() == 2
    assert place.look(since=("--since", "2d"))["lines"] == 1


@pytest.mark.parametrize("damage", [b"no database at all" * 400, b""], ids=["damaged", "empty"])
def test_what_is_no_database_is_begun_anew(place, damage):
    place.append(refused(1))
    assert place.counted() == 1
    (place.state / "logs.sqlite").write_bytes(damage)
    assert place.counted() == 1


def test_names_that_somebody_wrote_into_the_database_reach_nobody(place):
    place.append(refused(1))
    place.counted()
    with sqlite3.connect(place.state / "logs.sqlite") as db:
        db.execute("UPDATE names SET name = '\x1b[31m<script>' || char(10)")
    found = place.look()
    assert found["domains"]["names"] == found["clients"]["names"] == []


class Torture:
    """Writes, rotates, looks and kills at random; `written` lines are there to be counted."""

    def __init__(self, place, seed):
        self.place, self.rng, self.written = place, random.Random(seed), 0
        self.left = ""                  # of a line begun
        place.main.touch()

    def write(self):
        lines = [refused(self.written + n) for n in range(self.rng.randrange(1, 400))]
        text = self.left + "".join(lines)
        self.written += len(lines)
        cut = self.rng.choice((0, 0, 7))
        self.left = text[len(text) - cut:]
        self.place.append(text[:len(text) - cut])

    def finish_line(self):
        self.place.append(self.left)
        self.left = ""

    def rotate(self):
        self.finish_line()
        if self.place.main.stat().st_size:
            self.place.rotate(self.rng.random() < 0.5)

    def copy_and_truncate(self):
        self.finish_line()
        if self.place.main.stat().st_size:
            self.place.copy_and_truncate()

    def pack_old(self):
        old = [p for p in self.place.files() if p.suffix != ".gz" and p != self.place.main]
        if old:
            self.place.pack(self.rng.choice(old))

    def look(self):
        assert self.place.counted() <= self.written

    def kill(self):
        process = self.place.start()
        time.sleep(self.rng.random() * 0.02)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.communicate()

    def run(self, steps):
        doings = [self.write] * 6 + [self.look] * 2 + [self.kill] * 3 + [
            self.rotate, self.copy_and_truncate, self.pack_old]
        for _ in range(steps):
            self.rng.choice(doings)()
        self.finish_line()


@pytest.mark.parametrize("seed", range(6))
def test_no_line_is_lost_or_counted_twice_whatever_happens_between(place, seed):
    torture = Torture(place, seed)
    torture.run(60)
    assert place.counted() == torture.written
    assert place.counted() == torture.written


def test_two_looks_at_once_count_nothing_twice(place):
    place.append("".join(map(refused, range(3000))))
    both = [place.start() for _ in range(2)]
    for process in both:
        process.communicate(timeout=60)
    assert place.counted() == 3000


def test_nothing_new_takes_no_time(place):
    place.append("".join(map(refused, range(20_000))))
    place.look()
    shutil.copy(place.main, place.logs / "unrelated")
    def took():
        start = time.monotonic()
        place.look()
        return time.monotonic() - start
    assert min(took() for _ in range(5)) < (0.5 if os.environ.get("RD_SANITIZE") else 0.1)
