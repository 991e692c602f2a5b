"""A whole log parsed, classified and counted, against grep and exigrep on the same file.

    bench_log.py [LINES...]         1,000,000 unless given (about 127 MB)

In turns, ROUNDS each: `relaydoctor log summary` of the whole file (summary), the same kept
in a directory (kept: parsed, classified and counted into the database), once more when
nothing new was written (unchanged), `grep -aEc` with seven symptoms (into a
pipe: GNU grep stops at the first match when its output is /dev/null) and Exim's own exigrep
with one of them. Only ratios within one run count.
"""

import os
import pathlib
import pwd
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SYMPTOMS = ("relay not permitted|Rejected relay attempt|authenticator failed|Sender verify failed"
            "|Unrouteable address|retry timeout exceeded|No Such User Here")

# Kind, how often in a hundred lines, text; {i} an id, {a} an address, {d} a domain, {u} a user.
KINDS = (
    (20, "{i} <= {u}@{d} H=mail.{d} [{a}]:{p} P=esmtps S=4711 id=x.{p}@{d} for {u}@hosted.example"),
    (18, "{i} => {u} <{u}@hosted.example> R=virtual_user T=dovecot_virtual_delivery"),
    (20, "{i} Completed"),
    (9, "SMTP connection from (host.{d}) [{a}]:{p} closed by QUIT"),
    (9, "H=(host.{d}) [{a}]:{p} F=<{u}@{d}> rejected RCPT <{u}@other.example>: Rejected relay attempt: '{a}' From: '{u}@{d}' To: '{u}@other.example'"),
    (6, "dovecot_login authenticator failed for (User) [{a}]:{p}: 535 Incorrect authentication data (set_id={u}@hosted.example)"),
    (5, "H=(host.{d}) [{a}]:{p} sender verify fail for <{u}@{d}>: all relevant MX records point to non-existent hosts"),
    (5, "H=(host.{d}) [{a}]:{p} F=<{u}@{d}> rejected RCPT <{u}@hosted.example>: Sender verify failed"),
    (3, "{i} ** {u}@{d} R=lookuphost T=remote_smtp H=mx.{d} [{a}]: SMTP error from remote mail server after RCPT TO:<{u}@{d}>: 550 5.1.1 User unknown"),
    (2, "{i} == {u}@{d} R=lookuphost T=remote_smtp defer (110): Connection timed out"),
    (2, "no host name found for IP address {a}"),
    (1, "cwd=/home/{u}/public_html 4 args: /usr/sbin/sendmail -t -i -f{u}@hosted.example"),
)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def write_log(path, lines):
    rng = random.Random(5)
    today = time.strftime("%Y-%m-%d")
    texts, weights = [k[1] for k in KINDS], [k[0] for k in KINDS]
    with open(path, "w", encoding="ascii") as out:
        for n in range(lines):
            second = n * 86400 // lines
            message = "1x" + "".join(rng.choices(ALPHABET, k=4)) + "-" + "".join(rng.choices(ALPHABET, k=6)) + "-0N"
            text = rng.choices(texts, weights)[0].format(
                i=message, p=rng.randrange(1024, 65536), u=f"user{rng.randrange(900)}",
                a=f"{rng.randrange(1, 223)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}",
                d=f"d{int(rng.paretovariate(0.6)) % 50000}.example")
            out.write(f"{today} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} {text}\n")


def empty(state):
    """A directory of the account that root's commands become."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(mode=0o700)
    if os.geteuid() == 0:
        names = {p.pw_name: (p.pw_uid, p.pw_gid) for p in pwd.getpwall()}
        os.chown(state, *names.get("relaydoctor-scan", (65534, 65534)))


def measured(command, path):
    """(wall s, peak MiB)"""
    with open(path, "rb") as source:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE)
        process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        return time.monotonic() - start, usage.ru_maxrss / 1024


def bench(lines, place):
    place.chmod(0o755)
    log = place / "exim_mainlog"
    write_log(log, lines)
    state = place / "state"
    kept = [BUILD / "relaydoctor", "log", "summary", "--state", state, log]
    programs = {"grep": ["grep", "-aEc", SYMPTOMS], "summary": [BUILD / "relaydoctor", "log", "summary"],
                "kept": kept, "unchanged": kept, "exigrep": ["exigrep", "relay not permitted"]}
    results = {name: [] for name in programs}
    for _ in range(ROUNDS):
        for name, command in programs.items():
            if name == "kept":
                empty(state)
            results[name].append(measured(command, log))
    peer = statistics.median(wall for wall, _ in results["grep"])
    print(f"\n{lines:,} lines, {log.stat().st_size / 1e6:.1f} MB, {ROUNDS} rounds in turns\n"
          f"{'':9}  wall ms (min / median / max)        MiB   wall : grep")
    for name, rounds in results.items():
        walls = [wall for wall, _ in rounds]
        print(f"{name:9}  {min(walls) * 1e3:8.1f} / {statistics.median(walls) * 1e3:8.1f} / "
              f"{max(walls) * 1e3:8.1f}  {max(peak for _, peak in rounds):8.1f}"
              f"  {statistics.median(walls) / peer:8.2f}")


def main():
    with tempfile.TemporaryDirectory() as place:
        for lines in [int(a) for a in sys.argv[1:]] or [1_000_000]:
            bench(lines, pathlib.Path(place))
    print("\nbars: kept <= 3.0 x grep, 16 MiB; unchanged <= 20 ms")


main()
