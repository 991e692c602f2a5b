"""All forwarders of a server read, made a graph and searched for circles, and how that grows.

    bench_forwarders.py [ALIASES...]        10,000 100,000 1,000,000 unless given

In turns, ROUNDS each, for each size: `relaydoctor scan --root` with the checks of forwarders
alone, and `cat` of the same files (into a pipe), which is the floor. Ten addresses a domain;
chains, default addresses, one circle in a hundred domains. Linear is: the time an alias
takes stays the same while the size grows.
"""

import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
A_DOMAIN = 10
CHECKS = ("forward_loop_here", "forward_self", "catchall_loop")


def lines(d, domains, dice):
    mine = f"domain{d}.example"
    for i in range(A_DOMAIN - 1):
        to = dice.choice((f"user{i + 1}@{mine}", f"somebody{dice.randrange(10 ** 6)}@far.example",
                          f"user{i}@domain{dice.randrange(d, domains)}.example"))
        if d % 100 == 0 and i == 1:
            to = f"user0@{mine}"
        yield f"user{i}@{mine}: {to if d % 100 or i else f'user1@{mine}'}\n"
    yield '*: ":fail: No Such User Here"\n'


def write(root, aliases):
    dice, domains = random.Random(7), aliases // A_DOMAIN
    (root / "etc/valiases").mkdir(parents=True)
    (root / "var/cpanel").mkdir(parents=True)
    for d in range(domains):
        with open(root / f"etc/valiases/domain{d}.example", "w", encoding="ascii") as f:
            f.writelines(lines(d, domains, dice))
    names = [f"domain{d}.example" for d in range(domains)]
    (root / "etc/localdomains").write_text("".join(f"{n}\n" for n in names))
    (root / "etc/userdomains").write_text(
        "".join(f"{n}: acct{i // 10}\n" for i, n in enumerate(names)))
    (root / "etc/wwwacct.conf").write_text("HOST host.example\n")
    (root / "var/cpanel/mainip").write_text("192.0.2.1\n")


def measured(command):
    """(wall s, peak MiB of it and its children)"""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while process.stdout.read(1 << 20):
        pass
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{command} ended with {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def bench(sizes, place):
    place.chmod(0o755)
    commands = {}
    for n in sizes:
        root = place / str(n)
        write(root, n)
        scan = [BUILD / "relaydoctor", "scan", "--root", root, "--json"]
        for check in CHECKS:
            scan += ["--check", check]
        commands[n, "scan"] = scan
        commands[n, "cat"] = ["sh", "-c", f"find {root}/etc/valiases -type f -print0 | xargs -0 cat"]
    results = {key: [] for key in commands}
    for _ in range(ROUNDS):
        for key, command in commands.items():
            results[key].append(measured(command))
    print(f"{'aliases':>9}       wall ms (min / median / max)        MiB   us/alias  bytes/alias")
    first = {}
    for (n, what), rounds in results.items():
        walls = [wall for wall, _ in rounds]
        middle, peak = statistics.median(walls), max(peak for _, peak in rounds)
        first.setdefault(what, middle / n)
        print(f"{n:9,} {what:4}  {min(walls) * 1e3:8.1f} / {middle * 1e3:8.1f} / "
              f"{max(walls) * 1e3:8.1f}  {peak:8.1f}  {middle / n * 1e6:9.2f}  "
              f"{peak * 2 ** 20 / n:11.0f}  x{middle / n / first[what]:.2f} of the first size")


def main():
    with tempfile.TemporaryDirectory() as place:
        bench([int(a) for a in sys.argv[1:]] or [10_000, 100_000, 1_000_000], pathlib.Path(place))


main()
