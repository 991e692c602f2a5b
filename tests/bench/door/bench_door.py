"""An empty page through door and front against a static hello-world CGI: process
start to process end, the two in turns. usage: bench_door.py [PAIRS]"""

import os
import pathlib
import statistics
import subprocess
import sys
import time

from front import place

HERE = pathlib.Path(__file__).resolve().parent


def once(program, environment, null):
    start = time.perf_counter_ns()
    pid = os.posix_spawn(program, [program], environment,
                         file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, word = os.waitpid(pid, 0)
    taken = time.perf_counter_ns() - start
    if word != 0:
        sys.exit(f"{program}: status {word}")
    return taken / 1000


def in_turns(hello, door, pairs):
    environment = {"REQUEST_METHOD": "GET", "QUERY_STRING": "empty",
                   "REMOTE_USER": "root", "REMOTE_ADDR": "192.0.2.7"}
    with open("/dev/null", "wb") as null:
        taken = [[once(program, environment, null.fileno()) for program in (hello, door)]
                 for _ in range(pairs + 20)]
    return zip(*taken[20:])  # the first ones warm caches


def line(name, values):
    print(f"{name:28} {min(values):7.0f} {statistics.median(values):7.0f} "
          f"{max(values):7.0f}")


def compare(name, door, hello, pairs):
    ours, theirs = [], []
    for base, page in [tuple(p) for p in zip(*in_turns(hello, door, pairs))]:
        theirs.append(base)
        ours.append(page)
    line("hello-world CGI, static", theirs)
    line(name, ours)
    print(f"ratio of medians {statistics.median(ours) / statistics.median(theirs):.2f}")


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with place.own_machine() as scratch:
        hello = str(scratch / "hello.cgi")
        subprocess.run(["cc", "-O2", "-static", "-o", hello, HERE / "hello.c"], check=True)
        echo = place.build_echo_front(scratch / "relaydoctor-front")
        print(f"{pairs} pairs, microseconds       min  median     max")
        for side, door, uid in (("admin", place.ADMIN_DOOR, 0),
                                ("user", place.USER_DOOR, place.ALICE)):
            front = place.Front(echo, side)
            try:
                while not place.run_door(door, uid=uid).stdout.startswith(b"Status: 200"):
                    time.sleep(0.01)
                as_uid(uid, lambda d=door, s=side: compare(
                    f"door and front ({s})", d, hello, pairs))
            finally:
                front.kill()


def as_uid(uid, action):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.setgid(uid)
        os.setuid(uid)
        action()
        sys.stdout.flush()
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit("the measurement failed")


if __name__ == "__main__":
    main()
