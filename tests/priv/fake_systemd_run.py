#!/usr/bin/python3 -sS
"""systemd-run as far as the helper asks it: a command that is waited for, with a
limit, and a timer. The timer is only noted in /run/timers, unless /run/timer.factor
says how much faster than its seconds it shall come."""
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

if os.path.exists("/run/systemd-run.fails"):
    sys.exit("Failed to connect to bus")
if "wait" in options:
    limit = float(options["property"].partition("=")[2])
    if os.path.exists("/run/timer.factor"):
        limit *= float(open("/run/timer.factor").read())
    try:
        sys.exit(subprocess.run(command, timeout=limit).returncode)
    except subprocess.TimeoutExpired:
        sys.exit(1)
with open("/run/timers", "a") as f:
    f.write(" ".join([options["on-active"], options["unit"], *command]) + "\n")
if os.path.exists("/run/timer.factor") and not os.fork():
    os.setsid()
    os.closerange(0, 64)
    os.open("/dev/null", os.O_RDWR)
    os.dup(0)
    os.dup(0)
    time.sleep(float(options["on-active"]) * float(open("/run/timer.factor").read()))
    os.execve(command[0], command, {})
