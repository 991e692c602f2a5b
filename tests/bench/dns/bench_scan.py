"""A whole scan against dnsperf asking the same names and types of the same nsd.

    bench_scan.py [N...]        domains; 1,000 and 10,000 unless given

In turns, ROUNDS each: `relaydoctor scan --root` with its JSON, the DNS part of
it alone (dns_ask), dnsperf with 512 in flight, and raw sendmmsg (the floor). Only
ratios within one run count. dnsperf's and the floor's time is what they print
themselves, so starting them is not held against us.
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))

sys.path.insert(0, str(REPO / "tests/dns"))
from name_servers import nsd    # noqa: E402


def zone(domains, hosts):
    """Every tenth host is the server itself; all have both families."""
    for h in range(hosts):
        yield f"mx{h} A {'192.0.2.1' if h % 10 == 0 else f'198.51.100.{h % 250 + 1}'}\n"
        yield f"mx{h} AAAA 2001:db8::{h + 1:x}\n"
    for d in range(domains):
        yield f"d{d} MX 10 mx{d % hosts}\n"


def write_tree(root, domains, hosts):
    """Lists that fit the zone, but for one domain in a hundred."""
    lists = {"localdomains": [], "remotedomains": []}
    for d in range(domains):
        here = (d % hosts % 10 == 0) != (d % 100 == 99)
        lists["localdomains" if here else "remotedomains"].append(f"d{d}.bench.test\n")
    (root / "etc").mkdir(parents=True)
    (root / "var/cpanel").mkdir(parents=True)
    for name, lines in {
            **lists,
            "userdomains": [f"d{d}.bench.test: acct{d // 10}\n" for d in range(domains)],
            "trueuserowners": [f"acct{u}: root\n" for u in range(domains // 10 + 1)],
            "wwwacct.conf": ["HOST host.bench.test\n"]}.items():
        (root / "etc" / name).write_text("".join(lines))
    (root / "var/cpanel/mainip").write_text("192.0.2.1\n")


def measured(command, stdin):
    """(output, wall s, CPU s, peak MiB)"""
    with open(stdin, "rb") as source, tempfile.TemporaryFile() as out:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=source, stdout=out,
                                   stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return (out.read().decode(), wall, usage.ru_utime + usage.ru_stime,
                usage.ru_maxrss / 1024)


def one_round(programs, stdin):
    for name, (command, own_time) in programs.items():
        text, wall, cpu, peak = measured(command, stdin[name])
        yield name, {"wall": own_time(text) if own_time else wall, "cpu": cpu, "peak": peak}


def dnsperf_time(text):
    return float(re.search(r"Run time \(s\):\s*([\d.]+)", text)[1])


def programs_for(address, root, questions):
    host, port = address.split(":")
    return {
        "scan": ([BUILD / "relaydoctor", "scan", "--root", root, "--resolver", address,
                  "--json"], None),
        "dns_ask": ([BUILD / "tests/dns_ask", "-q", address], None),
        "dnsperf": (["dnsperf", "-s", host, "-p", port, "-d", questions, "-q", "512",
                     "-c", "1", "-n", "1"], dnsperf_time),
        "floor": ([BUILD / "tests/dns_floor", host, port], lambda t: float(t.split()[2])),
    }


def spread(values, scale=1.0):
    low, middle, high = min(values), statistics.median(values), max(values)
    return " / ".join(f"{v * scale:8.2f}" for v in (low, middle, high))


def report(domains, asked, results):
    peer = statistics.median(r["wall"] for r in results["dnsperf"])
    print(f"\n{domains:,} domains, {asked:,} questions, {ROUNDS} rounds in turns\n"
          f"{'':8}  wall ms (min / median / max)    CPU us a question (same)"
          f"       MiB   wall : dnsperf")
    for name, rounds in results.items():
        wall = [r["wall"] for r in rounds]
        print(f"{name:8}  {spread(wall, 1e3)}  {spread([r['cpu'] for r in rounds], 1e6 / asked)}"
              f"  {max(r['peak'] for r in rounds):6.1f}  {statistics.median(wall) / peer:8.2f}")
    return statistics.median(r["wall"] for r in results["scan"]) / domains * 1e6


def bench(domains):
    hosts = max(domains // 50, 1)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        write_tree(place / "root", domains, hosts)
        names, questions = place / "names", place / "questions"
        names.write_text("".join(f"d{d}.bench.test\n" for d in range(domains)))
        questions.write_text("".join(
            [f"d{d}.bench.test MX\n" for d in range(domains)] +
            [f"mx{h}.bench.test {t}\n" for h in range(hosts) for t in ("A", "AAAA")]))
        (place / "nsd").mkdir()
        with nsd(place / "nsd", {"bench.test": "".join(zone(domains, hosts))}) as address:
            programs = programs_for(address, place / "root", questions)
            stdin = {"scan": os.devnull, "dns_ask": names, "dnsperf": os.devnull,
                     "floor": questions}
            results = {name: [] for name in programs}
            for _ in range(ROUNDS):
                for name, result in one_round(programs, stdin):
                    results[name].append(result)
    return report(domains, domains + 2 * hosts, results)


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [1000, 10000]
    cost = {n: bench(n) for n in sizes}
    print("\nscan, us a domain: " + ", ".join(f"{c:.1f} at {n:,}" for n, c in cost.items()))
    print("bars at 100,000: wall : dnsperf <= 2.0, 150 MiB, us a domain <= 1.2 x that at 1,000")


main()
