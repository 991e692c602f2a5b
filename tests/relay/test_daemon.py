"""Since when Exim runs, asked of a real one."""

import json
import os
import signal
import time

from test_relay import probe


def told(box):
    """{pid: (parent, start)} and {path: mtime} of the helper's answer."""
    box.run(["rm", "-rf", "/root/recording"])
    box.run(["/usr/bin/relaydoctor", "record", "/root/recording"])
    world = json.loads(box.read("/root/recording/world.json"))
    lines = [x.split() for x in world["commands"]["exim_daemon"].splitlines()]
    return ({int(x[1]): (int(x[2]), int(x[3])) for x in lines if x[0] == "process"},
            {x[1]: int(x[2]) for x in lines if x[0] == "file"})


def test_the_daemon_is_told_with_its_start_and_a_hup_does_not_change_it(box):
    # One that is at work still when its daemon has gone is none.
    box.run(["/bin/sh", "-c", "(sleep 20 | /usr/sbin/exim -bs) >/dev/null 2>&1 &"])
    before = time.time()
    box.restart_unit("lab-exim.service")
    processes, files = told(box)
    (pid, (parent, start)), = [x for x in processes.items() if x[1][0] == 1]
    assert before - 2 <= start <= time.time() + 1
    assert files["/etc/exim4/exim4.conf"] == int(os.stat(box.path("/etc/exim.conf")).st_mtime)
    os.kill(box.pids("lab-exim")[0], signal.SIGHUP)
    time.sleep(1.5)
    assert told(box)[0][pid] == (parent, start)


def limits(box):
    said = probe(box, "192.0.2.70", 25, None, "a@stranger.example", ["x@nowhere.example"])
    return {x["id"] for x in said["limits"]}


def test_a_probe_says_that_the_daemon_has_not_read_the_file_until_it_has(box):
    assert "stale" not in limits(box)
    time.sleep(1.1)
    os.utime(box.path("/etc/exim.conf"))
    assert "stale" in limits(box)
    time.sleep(1.1)
    os.kill(box.pids("lab-exim")[0], signal.SIGHUP)
    time.sleep(1.5)
    assert "stale" not in limits(box)
