"""Runs suites and adds up what they say: run.py [--build DIR] [SUITE...]

A suite is `build`, `clang`, `sanitized`, `unit`, `fuzz`, `lint`, or a directory of
tests/ with test_*.py in it, or one share of its files (e2e-1). The last line is
"N passed, N failed". A program that cannot run, ends early, leaves a process or a mount
behind, or takes too long, is a failure.

The directories' tests mostly wait, for daemons and deadlines: two directories are at work
at a time, each under a run.py of its own that knows what its tests left behind.
"""

import argparse
import concurrent.futures
import ctypes
import dataclasses
import glob
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

TESTS = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(TESTS)
PYTHON = "/usr/bin/python3"
SUITE_LIMIT = 900       # seconds
LANES = 2
LONGEST = ("e2e", "priv", "cases")      # so that no lane is left alone with one of these
SHARES = {"e2e": 3, "priv": 2}  # areas whose files are too much for one suite
WHOLE_LIMIT = 28 * 60
PR_SET_CHILD_SUBREAPER = 36


@dataclasses.dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    output: str = ""

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.output += other.output
        return self

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


class Runner:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.deadline = time.monotonic() + WHOLE_LIMIT
        self.environment = dict(os.environ, PYTHONPATH=TESTS, PYTHONDONTWRITEBYTECODE="1",
                                RD_BUILD=self.build, RD_SLOW="1", COLUMNS="300",
                                CMOCKA_MESSAGE_OUTPUT="TAP", MAKEFLAGS=_overrides())

    def run(self, argv):
        """(exit status, what it printed); the status is a word when it never ended."""
        limit = min(SUITE_LIMIT, self.deadline - time.monotonic())
        try:
            process = subprocess.Popen(argv, cwd=REPOSITORY, env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as e:
            return "could not start", f"{argv[0]}: {e.strerror}\n"
        until, status = time.monotonic() + limit, None
        while True:
            try:
                output, _ = process.communicate(timeout=0.2)
                return status or process.returncode, output.decode(errors="replace")
            except subprocess.TimeoutExpired:
                reap(process.pid)
            if time.monotonic() > until:
                kill_children()
                status = f"no end after {limit:.0f} s"

    def make(self, *words):
        status, output = self.run(["make", "-sk", f"-j{os.cpu_count()}", *words])
        return Result(int(status == 0), int(status != 0), 0, output)

    def tap(self, argv):
        """A program that prints "ok" and "not ok" lines, after "1..N" if it knows N."""
        status, output = self.run(argv)
        passed = len(re.findall(r"^ok\b", output, re.M))
        failed = len(re.findall(r"^not ok\b", output, re.M))
        planned = re.search(r"^1\.\.(\d+)$", output, re.M)
        if planned:
            failed = max(failed, int(planned[1]) - passed)
        if status != 0 or not passed + failed:
            failed = max(failed, 1)
            output += f"{argv[0]}: ended with {status}\n"
        return Result(passed, failed, 0, re.sub(r"^(ok|# ok|1\.\.).*\n", "", output, flags=re.M))

    def pytest(self, area, share=0, shares=1):
        files = sorted(glob.glob(f"{TESTS}/{area}/test_*.py"))[share::shares]
        with tempfile.TemporaryDirectory(prefix="rd-check-") as scratch:
            report = f"{scratch}/report.xml"
            status, output = self.run(
                [PYTHON, "-m", "pytest", "-q", "-rfEs", "-p", "no:cacheprovider",
                 "--durations=3", f"--junitxml={report}", *files])
            result = _counted(report)
        if status != 0 and not result.failed:
            result.failed = 1
            output += f"tests/{area}: pytest ended with {status}\n"
        result.output = output
        return result


def _overrides():
    """What the user said on make's command line, without its job server."""
    return re.sub(r"^.*?(-- |$)", r"\1", os.environ.get("MAKEFLAGS", ""), count=1)


def _counted(report):
    try:
        suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    except (OSError, xml.etree.ElementTree.ParseError):
        return Result(failed=1)
    total, failures, errors, skipped = (
        int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    return Result(total - failures - errors - skipped, failures + errors, skipped)


# ---- suites ------------------------------------------------------------


def build(runner):
    return runner.make(f"B={runner.build}", "DEVELOPER=1", "test-programs")


def clang(runner):
    return runner.make(f"B={runner.build}/clang", "CC=clang", "DEVELOPER=1", "CFLAGS=-O1",
                       "objects")


def sanitized(runner):
    where = f"{runner.build}/sanitized"
    result = runner.make(f"B={where}", "SANITIZE=address,undefined", "CFLAGS=-O1 -g -Werror",
                         "sanitized-programs")
    # At -O2 gcc warns of more. Of what all programs have is enough for the time it takes.
    base = [f"{where}/O2/base/{os.path.basename(path)[:-2]}.o"
            for path in glob.glob(f"{REPOSITORY}/cgi/base/*.c")]
    result += runner.make(f"B={where}/O2", "SANITIZE=address,undefined", "DEVELOPER=1", *base)
    return result


def unit(runner):
    result = Result()
    names = [os.path.basename(path)[:-2] for path in sorted(glob.glob(f"{TESTS}/unit/test_*.c"))]
    for where in (runner.build, f"{runner.build}/sanitized"):
        for name in names:
            result += runner.tap([f"{where}/tests/unit/{name}"])
    return result


def fuzz(runner):
    result = Result()
    for path in sorted(glob.glob(f"{TESTS}/fuzz/fuzz_*.c")):
        name = os.path.basename(path)[len("fuzz_"):-2]
        result += runner.tap([f"{runner.build}/sanitized/tests/fuzz/{name}",
                              f"{TESTS}/fuzz/corpus/{name}"])
    return result


def lint(runner):
    return runner.tap([PYTHON, "-m", "lint", "--build", runner.build])


SUITES = {"build": build, "clang": clang, "sanitized": sanitized, "unit": unit,
          "fuzz": fuzz, "lint": lint}


def suites():
    """By name, in the order in which a fault is cheapest to find."""
    areas = sorted({os.path.basename(os.path.dirname(path))
                    for path in glob.glob(f"{TESTS}/*/test_*.py")})
    found = dict(SUITES)
    for area in areas:
        shares = SHARES.get(area, 1)
        for i in range(shares):
            name = f"{area}-rules" if area in SUITES else area
            name += f"-{i + 1}" if shares > 1 else ""
            found[name] = lambda runner, a=area, i=i, n=shares: runner.pytest(a, i, n)
    return found


def named(known, name):
    """The suites of that name: an area in shares is asked for whole or by one of them."""
    area = [x for x in known if re.fullmatch(rf"{re.escape(name)}-\d+", x)]
    return [name] if name in known else area


# ---- what a suite left behind ------------------------------------------


def adopt_orphans():
    """From now on what a test leaves running becomes our child."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as f:
        return [int(pid) for pid in f.read().split()]


def kill_children():
    """What they leave becomes ours, and is ended by the next call."""
    for pid in _children():
        os.kill(pid, signal.SIGKILL)


def reap(but=None):
    """Buries orphans that have ended."""
    for pid in _children():
        if pid != but:
            os.waitpid(pid, os.WNOHANG)


def _command(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            return f.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "?"


def left_processes(grace=2):
    """One line for each process that outlived its suite; it is ended."""
    until = time.monotonic() + grace
    reap()
    while _children() and time.monotonic() < until:
        time.sleep(0.05)
        reap()
    lines = ""
    while _children():
        for pid in _children():
            lines += f"left behind: process {pid} {_command(pid)}\n"
        kill_children()
        time.sleep(0.1)
        reap()
    return lines


def mounts():
    with open("/proc/self/mounts", encoding="utf-8") as f:
        return set(f)


# ---- all of it -----------------------------------------------------------


def run_suite(runner, name, suite):
    before, start = mounts(), time.monotonic()
    result = suite(runner)
    left = left_processes() + "".join(f"left behind: mount {m}" for m in mounts() - before)
    if left:
        result += Result(failed=1, output=left)
    print(f"{name:<12} {result}  ({time.monotonic() - start:.0f} s)", flush=True)
    if result.failed or result.skipped:
        print("\n".join(f"    {line}" for line in result.output.splitlines()), flush=True)
    if not result.failed:
        result.output = ""
    return result


def run_apart(runner, name):
    """An area under a run.py of its own; what it printed is printed when it has ended.
    What another area mounts for a moment is not seen there."""
    limit = max(runner.deadline - time.monotonic(), 1)
    apart = ["unshare", "--mount"] if os.geteuid() == 0 else []
    try:
        done = subprocess.run([*apart, PYTHON, __file__, "--build", runner.build, name],
                              timeout=limit,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=runner.environment, check=False)
        output = done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        output = (e.stdout or b"").decode(errors="replace")
    *lines, last = output.splitlines() or [""]
    total = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", last)
    if total:
        print("\n".join(lines), flush=True)
        return Result(*(int(n or 0) for n in total.groups()), output="\n".join(lines) + "\n")
    output += f"{name:<12} no end within what was left of {WHOLE_LIMIT} s\n"
    print(output, end="", flush=True)
    return Result(failed=1, output=output)


def run_areas(runner, areas):
    total = Result()
    rank = {area: i for i, area in enumerate(LONGEST)}
    areas = sorted(areas, key=lambda a: (rank.get(re.sub(r"-\d+$", "", a), len(rank)), a))
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        for result in lanes.map(lambda area: run_apart(runner, area), areas):
            total += result
    left = left_processes()
    if left:
        print(left, end="", flush=True)
        total += Result(failed=1, output=left)
    return total


def faults(output):
    """What failed, once more: a reader of the log's end alone must know what to look at."""
    marks = (r"^ *(?:FAILED|ERROR|not ok|left behind:).*"
             r"|^.*(?: error: |: (?:pytest )?ended with |no end within ).*")
    return "".join(f"{line.strip()[:400]}\n" for line in re.findall(marks, output, re.M))


def main():
    known = suites()
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=f"{REPOSITORY}/build")
    parser.add_argument("suite", nargs="*", help=", ".join(known))
    options = parser.parse_args()
    unknown = [name for name in options.suite if not named(known, name)]
    if unknown:
        parser.error(f"no such suite: {', '.join(unknown)}")
    adopt_orphans()
    runner, total = Runner(options.build), Result()
    names = [x for name in options.suite or known for x in named(known, name)]
    areas = [name for name in names if name not in SUITES]
    if len(areas) < LANES:
        areas = []
    for name in names:
        if name not in areas:
            total += run_suite(runner, name, known[name])
    total += run_areas(runner, areas)
    print(faults(total.output), end="")
    print(total)
    return 1 if total.failed or not total.passed else 0


sys.exit(main())
