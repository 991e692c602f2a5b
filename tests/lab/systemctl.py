#!/usr/bin/python3 -sS
"""systemctl as far as an installer asks it. What is enabled, the real one keeps as the
links that it makes; what runs is the box's first process's business (lab.start), asked
through /run/lab/units.sock."""
import socket
import subprocess
import sys
import time

REAL = "/run/lab/systemctl"     # a copy of what this stands before
OFFLINE = ["--root=/", "--quiet", "--no-reload"]


def ask(verb, unit=""):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect("/run/lab/units.sock")
        s.sendall(f"{verb} {unit}\n".encode())
        return s.makefile().read().strip()


def start(unit):
    said = ask("start", unit)
    if said:
        sys.exit(f"Failed to start {unit}: {said}")


def stop(unit):
    ask("stop", unit)
    until = time.monotonic() + 10
    while ask("is-active", unit) == "active" and time.monotonic() < until:
        time.sleep(0.01)


def restart(unit):
    stop(unit)
    start(unit)


def main(argv):
    words = [w for w in argv if not w.startswith("--")]
    verb, units = words[0], words[1:]
    if verb in ("daemon-reload", "list-timers"):
        return 0
    if verb == "is-active":
        states = [ask(verb, unit) for unit in units]
        if "--quiet" not in argv:
            print("\n".join(states))
        return 0 if "active" in states else 3
    if verb in ("enable", "disable", "is-enabled"):
        options = OFFLINE if verb != "is-enabled" else [w for w in argv if w == "--quiet"] + ["--root=/"]
        status = subprocess.run([REAL, *options, verb, *units]).returncode
        if status or "--now" not in argv:
            return status
    act = {"enable": start, "disable": stop, "start": start, "stop": stop, "restart": restart}[verb]
    for unit in units:
        act(unit)
    return 0


sys.exit(main(sys.argv[1:]))
