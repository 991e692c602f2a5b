"""A whole scan against dnsperf asking the same names and types of the same nsd.

    bench_scan.py [N...]        domains; 1,000, 10,000 and 100,000 unless given

In turns, ROUNDS each: `relaydoctor scan --root` with its JSON, the DNS part of
it alone (dns_ask), dnsperf and, where it is installed, massdns with 512 in flight,
and raw sendmmsg (the floor). Only ratios within one run count. dnsperf's and the
floor's time is what they print themselves, so that starting them is not held against us.
"""

import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import scene

REPO = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))


# A virtual machine may have handed free memory to its host, from which it comes back
# more slowly than anything here works: each program finds more than it needs at hand.
TOUCH_MEMORY = """
import mmap
with mmap.mmap(-1, 256 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as m:
    m.madvise(mmap.MADV_HUGEPAGE)
    for i in range(0, len(m), mmap.PAGESIZE):
        m[i] = 1
"""


def measured(command, stdin=os.devnull, wanted=False):
    """(output if wanted, wall s, CPU s, peak MiB)"""
    subprocess.run([sys.executable, "-c", TOUCH_MEMORY], check=True)
    with open(stdin, "rb") as source, tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=source, stdout=out,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return (out.read().decode() if wanted else "", wall,
                usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def dnsperf_time(text):
    return float(re.search(r"Run time \(s\):\s*([\d.]+)", text)[1])


def floor_time(text):
    return float(text.split()[2])


def scan(root, address, *options):
    return [BUILD / "relaydoctor", "scan", "--root", root, "--resolver", address,
            "--json", *options]


def programs_for(address, place):
    """name → (command, standard input, its own idea of its time)"""
    host, port = address.split(":")
    names, questions = place / "names", place / "questions"
    found = {
        "scan": (scan(place / "root", address), os.devnull, None),
        "dns_ask": ([BUILD / "tests/dns_ask", "-q", address], names, None),
        "dnsperf": (["dnsperf", "-s", host, "-p", port, "-d", questions, "-q", "512",
                     "-c", "1", "-n", "1"], os.devnull, dnsperf_time),
        "floor": ([BUILD / "tests/dns_floor", host, port], questions, floor_time),
    }
    if shutil.which("massdns"):
        (place / "resolvers").write_text(f"{address}\n")
        found["massdns"] = (["massdns", "-q", "-s", "512", "-r", place / "resolvers", "-o", "J",
                             "-w", os.devnull, questions], os.devnull, None)
    return found


def in_turns(programs):
    results = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, (command, stdin, own_time) in programs.items():
            text, wall, cpu, peak = measured(command, stdin, bool(own_time))
            results[name].append({"wall": own_time(text) if own_time else wall,
                                  "cpu": cpu, "peak": peak})
    return results


def median(results, name, what="wall"):
    return statistics.median(r[what] for r in results[name])


def spread(rounds, what, scale=1.0):
    values = [r[what] * scale for r in rounds]
    return " / ".join(f"{v:8.2f}" for v in (min(values), statistics.median(values), max(values)))


def table(title, results, over, asked):
    print(f"\n{title}\n{'':8}  wall ms (min / median / max)   CPU us a question (same)"
          f"        MiB   wall : {over}")
    for name, rounds in results.items():
        print(f"{name:8}  {spread(rounds, 'wall', 1e3)}  {spread(rounds, 'cpu', 1e6 / asked)}"
              f"  {max(r['peak'] for r in rounds):6.1f}"
              f"  {median(results, name) / median(results, over):8.3f}", flush=True)


def write_files(place, s):
    s.write(place / "root")
    with open(place / "names", "w", encoding="ascii") as f:
        f.writelines(f"{n}.{scene.ZONE}\n" for n in s.names())
    with open(place / "questions", "w", encoding="ascii") as f:
        f.writelines(s.questions())


def against_the_peer(n):
    """One size; us a domain, wall : dnsperf, MiB."""
    s = scene.Scene(n)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        write_files(place, s)
        asked = sum(1 for _ in s.questions())
        with scene.public_dns(place / "nsd", s) as address:
            results = in_turns(programs_for(address, place))
    table(f"{n:,} domains, {asked:,} questions, {ROUNDS} rounds in turns", results, "dnsperf", asked)
    return (median(results, "scan") / n * 1e6,
            median(results, "scan") / median(results, "dnsperf"),
            max(r["peak"] for r in results["scan"]))


class State:
    """A directory in which scans keep what they know; scans give up root."""

    def __init__(self, place):
        self.dir = place / "state"
        self.dir.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.dir, *scan_account())

    def clear(self):
        for path in self.dir.iterdir():
            path.unlink()


def scan_account():
    try:
        found = pwd.getpwnam("relaydoctor-scan")
        return found.pw_uid, found.pw_gid
    except KeyError:
        return 65534, 65534


def second_scan(n, rounds, recursive=False):
    """A scan without anything kept, then one after half a percent of the domains
    gave way to new ones and half a percent of the answers ran out. Recursive: by a
    resolver that knew nothing before the first, as servers have one; else by the name
    server itself, which has each answer in memory."""
    part = n // 200
    before, after = scene.Scene(n), scene.Scene(n, moved=part)
    results = {"first": [], "second": []}
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        place.chmod(0o755)
        state = State(place)
        before.write(place / "root")
        after.write(place / "changed")
        with scene.public_dns(place / "nsd", before, short=part, more=part) as address:
            for i in range(rounds):
                state.clear()
                with (scene.resolver(place / f"resolver{i}", address) if recursive
                      else contextlib.nullcontext(address)) as asked:
                    _first_and_second(place, asked, state, results)
    table(f"{n:,} domains, then the same with 1% changed"
          f"{', by a resolver' if recursive else ''}", results, "first", n)
    return median(results, "second") / median(results, "first")


def _first_and_second(place, address, state, results):
    for name, root in (("first", "root"), ("second", "changed")):
        _, wall, cpu, peak = measured(scan(place / root, address, "--state", state.dir))
        results[name].append({"wall": wall, "cpu": cpu, "peak": peak})
        time.sleep(1.1)     # what holds for a second is over


def first_finding(n):
    """Seconds from the start of a cold scan to the first finding on stderr."""
    s = scene.Scene(n)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        s.write(place / "root")
        with scene.public_dns(place / "nsd", s) as address:
            taken = [_until_first_finding(scan(place / "root", address, "--progress"))
                     for _ in range(ROUNDS)]
    print(f"\n{n:,} domains, first finding after (min / median / max) "
          f"{min(taken):.2f} / {statistics.median(taken):.2f} / {max(taken):.2f} s")
    return statistics.median(taken)


def _until_first_finding(command):
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        taken = next((time.monotonic() - start for line in process.stderr
                      if re.match(" +(CRITICAL|WARNING)", line)), float("inf"))
        process.stderr.read()
    return taken


def dead_zones(n):
    """The same names of a resolver that answers all, and of one that is silent about
    one in twenty; and how long a scan of one silent name alone takes."""
    s = scene.Scene(n)
    dead = [f"{name}.{scene.ZONE}" for name in s.names() if int(name[1:]) % 20 == 7]
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        s.write(place / "root")
        for name, lines in (("one", dead[:1]), ("root", None)):
            if lines:
                scene.Scene(0).write(place / name)
                (place / name / "etc/localdomains").write_text(f"{lines[0]}\n")
        with scene.public_dns(place / "nsd", s) as address, \
                scene.resolver(place / "all", address) as all_answer, \
                scene.resolver(place / "some", address, dead) as some_do:
            without, one, within = [], [], []
            for _ in range(ROUNDS):
                without.append(measured(scan(place / "root", all_answer))[1])
                one.append(measured(scan(place / "one", some_do))[1])
                text, wall, _, _ = measured(scan(place / "root", some_do), wanted=True)
                within.append(wall)
                _check_dead(json.loads(text), dead)
    print(f"\n{n:,} domains, {len(dead)} of them silent: {statistics.median(within):.2f} s;"
          f" one silent name {statistics.median(one):.2f} s, all answered"
          f" {statistics.median(without):.2f} s")
    return statistics.median(within) / (statistics.median(one) + 2 * statistics.median(without))


def _check_dead(result, dead):
    unknown = {f["subject"]["name"] for f in result["findings"]
               if f["severity"] == "unknown" and f["check"] == "dns_unanswered"}
    if unknown != set(dead):
        sys.exit(f"{len(unknown)} domains are unknown, and {len(dead)} were silent")


def bar(what, value, most, unit=""):
    print(f"{'reached' if value <= most else 'MISSED ':8} {what}: {value:.3g}{unit}, bar {most:g}{unit}")


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [1000, 10000, 100000]
    results = {n: against_the_peer(n) for n in sizes}
    again = second_scan(max(sizes), 2 * ROUNDS + 1)     # short, so that noise tells most
    resolved = second_scan(max(sizes), min(ROUNDS, 3), recursive=True)
    early = first_finding(max(sizes))
    silent = dead_zones(min(10000, max(sizes)))
    print()
    for n, (cost, ratio, peak) in results.items():
        print(f"{n:,} domains: {cost:.1f} us a domain")
        bar(f"scan of {n:,} : dnsperf", ratio, 2.0)
        bar(f"peak memory at {n:,}", peak, 150, " MiB")
    bar(f"cost a domain at {max(sizes):,} : at {min(sizes):,}",
        results[max(sizes)][0] / results[min(sizes)][0], 1.2)
    bar("second scan : first", again, 0.05)
    bar("second scan : first, by a resolver", resolved, 0.05)
    bar("first finding", early, 1.0, " s")
    bar("5% silent : slowest domain + 2 x all answered", silent, 1.0)


main()
