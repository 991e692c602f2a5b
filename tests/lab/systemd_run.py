#!/usr/bin/python3 -sS
"""systemd-run as far as the helper asks it: a command that is waited for, with a
limit, and a timer that nothing but the box's end stops. Timers are noted in /run/timers;
/run/timer.factor says how much faster than its seconds they come, 0 that none comes."""
import os
import subprocess
import sys
import time

options, command = {}, []
for word in sys.argv[1:]:
    if command or not word.startswith("--"):
        command.append(word)
    else:
        key, _, value = word[2:].partition("=")
        options.setdefault(key, value)

try:
    with open("/run/timer.factor", encoding="ascii") as f:
        factor = float(f.read())
except FileNotFoundError:
    factor = 1.0
if os.path.exists("/run/systemd-run.fails"):
    sys.exit("Failed to connect to bus")
if "wait" in options:
    limit = float(options["property"].partition("=")[2]) * (factor or 1)
    try:
        sys.exit(subprocess.run(command, timeout=limit).returncode)
    except subprocess.TimeoutExpired:
        sys.exit(1)
with open("/run/timers", "a", encoding="utf-8") as f:
    f.write(" ".join([options["on-active"], options["unit"], *command]) + "\n")
if factor and not os.fork():
    os.setsid()
    os.closerange(0, 64)
    os.open("/dev/null", os.O_RDWR)
    os.dup(0)
    os.dup(0)
    time.sleep(float(options["on-active"]) * factor)
    os.execve(command[0], command, {})
