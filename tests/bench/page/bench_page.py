"""Pages through door and front, warm, against a static hello-world CGI: the front holds a
scan of DOMAINS domains with FINDINGS findings. One at a time in turns (the median), and 50
at a time (the 99th percentile of each, by itself).
usage: bench_page.py [DOMAINS [FINDINGS [PAIRS]]]"""

import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from front import place

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parents[2]
STATE = "/var/lib/relaydoctor/admin"
AT_ONCE, ROUND = 50, 1000
QUERIES = {
    "overview": "page=overview",
    "overview, searched": "page=overview&q=d0499",
    "domains": "page=domains",
    "domains, last page": "page=domains&sort=name&n={last}",
    "domains, searched": "page=domains&q=999&verdict=critical",
    "domains of an account": "page=domains&account=acct42&sort=name",
}


def finding(i):
    return {"id": f"mx_missing:d{i:06}.example", "check": "mx_missing", "rule": "C11",
            "severity": ("critical", "warning", "unknown", "info")[i % 4],
            "subject": {"kind": "domain", "name": f"d{i:06}.example"},
            "text": f"d{i:06}.example has no MX record, and mail for it goes to its own address",
            "evidence": [{"source": "DNS", "text": f"d{i:06}.example MX: no such record"}],
            "impact": None, "fix": None, "advice": "Give the domain an MX record.",
            "letter": None, "owner": f"acct{i % 500}", "reseller": "northweb",
            "first_seen": None, "since": None, "new": i % 50 == 0}


def snapshot(domains, findings):
    rows = "".join(f"d{i:06}.example\tacct{i % 500}\tnorthweb\tlocal\there\t"
                   f"mail.d{i:06}.example\t\tjudged\n" for i in range(domains))
    counts = {word: 0 for word in ("critical", "warning", "unknown", "info")}
    return {"schema": "relaydoctor/1",
            "server": {"hostname": "server1.hosting.example",
                       "scanned_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                       "duration_ms": 1000, "world": "live", "panel": None, "exim": "4.96",
                       "addresses": [], "scan_every": 0, "scan_on_change": 0,
                       "probe_every": 0, "domains": domains, "api_rate": 60000},
            "sources": [{"name": "dns", "ok": True, "absent": False, "why": None}],
            "summary": {**counts, "domains": domains, "not_asked": []},
            "findings": [finding(i) for i in range(findings)], "gone": [],
            "domain_rows": rows}


def prepare(domains, findings):
    os.makedirs(STATE)
    with open(f"{STATE}/last-scan.json", "w", encoding="utf-8") as out:
        json.dump(snapshot(domains, findings), out)
    uid = place.FRONTS["admin"]
    os.chmod(f"{STATE}/last-scan.json", 0o600)
    for path in (STATE, f"{STATE}/last-scan.json"):
        os.chown(path, uid, uid)


def once(program, query, null):
    environment = {"REQUEST_METHOD": "GET", "QUERY_STRING": query,
                   "REMOTE_USER": "root", "REMOTE_ADDR": "192.0.2.7"}
    start = time.perf_counter_ns()
    pid = os.posix_spawn(program, [program], environment,
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, word = os.waitpid(pid, 0)
    taken = (time.perf_counter_ns() - start) / 1000
    if word != 0:
        sys.exit(f"{program} {query}: status {word}")
    return taken


def crowd(program, query, null):
    """Microseconds of each of ROUND, AT_ONCE of them under way."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _: once(program, query, null), range(ROUND)))


def p99(values):
    return sorted(values)[len(values) * 99 // 100]


def compare(name, query, hello, pairs, null):
    said = place.run_door(place.ADMIN_DOOR, {"QUERY_STRING": query}).stdout
    if not said.startswith(b"Status: 200"):
        sys.exit(f"{query}: {said[:300]!r}")
    both = [(once(hello, "", null), once(place.ADMIN_DOOR, query, null))
            for _ in range(pairs + 20)][20:]
    base, ours = (statistics.median(v) for v in zip(*both))
    base99, ours99 = (p99(crowd(p, q, null)) for p, q in
                      ((hello, ""), (place.ADMIN_DOOR, query)))
    print(f"{name:24}{len(said):8}{base:9.0f}{ours:9.0f}{ours / base:7.2f}"
          f"{base99:11.0f}{ours99:9.0f}{ours99 / base99:7.2f}", flush=True)


def main():
    numbers = [int(word) for word in sys.argv[1:]]
    domains, findings, pairs = numbers + [100000, 5000, 300][len(numbers):]
    with place.own_machine() as scratch:
        hello = str(scratch / "hello.cgi")
        subprocess.run(["cc", "-O2", "-static", "-o", hello,
                        HERE.parent / "door/hello.c"], check=True)
        place.share(REPO / "templates", scratch)
        prepare(domains, findings)
        front = place.Front(str(place.BUILD / "relaydoctor-front"), "admin")
        try:
            while not place.run_door(place.ADMIN_DOOR, {
                    "QUERY_STRING": "page=overview"}).stdout.startswith(b"Status: 200"):
                time.sleep(0.1)
            print(f"{domains} domains, {findings} findings; microseconds, hello-world CGI, page, ratio")
            print(f"{'':24}{'bytes':>8}{'hello':>9}{'median':>9}{'':7}"
                  f"{'hello p99':>11}{'p99':>9}   {AT_ONCE} at a time")
            with open("/dev/null", "wb") as null:
                for name, query in QUERIES.items():
                    compare(name, query.format(last=(domains + 49) // 50), hello, pairs,
                            null.fileno())
        finally:
            front.kill()


if __name__ == "__main__":
    main()
