#!/usr/bin/python3 -IS
"""Stands in for whmapi1 where the helper asks about cPHulk or restarts Exim: what is
blocked stands in box.json under "hulk", the port that is served after a restart under
"serves", the file that is older than the daemon then under "renews"; "hulk_quirk" spoils its
answers."""
import json
import os
import socket
import sys
import time
from urllib.parse import unquote_plus

STATE = "/var/cpanel/box.json"


def main(function, args):
    with open(STATE) as f:
        state = json.load(f)
    hulk = state.setdefault("hulk", {})
    quirk = state.get("hulk_quirk")
    data, result, reason = None, 1, "OK"
    if quirk == "off":
        result, reason = 0, "cPHulk is disabled on the server."
    elif quirk == "refuses":
        result, reason = 0, "You do not have permission."
    elif function in ("get_cphulk_brutes", "get_cphulk_excessive_brutes"):
        kind = function[len("get_cphulk_"):]
        data = {kind: [{"ip": ip, "notes": "x"} for ip in hulk.get(kind, [])]}
    elif function == "read_cphulk_records":
        data = {"ips_in_list": {ip: "why" for ip in hulk.get(args["list_name"], [])}}
    elif function == "restartservice":
        assert args == {"service": "exim"}
        serve(state.get("serves"), state.get("serves_for", 5))
        renew(state.get("renews"))
        inherited()
        data = {"service": "exim", "output": "started ok"}
    elif quirk != "ignores":
        change(function, args, hulk)
    with open(STATE, "w") as f:
        json.dump(state, f)
    out = json.dumps({"metadata": {"version": 1, "command": function, "reason": reason,
                                   "result": result}, "data": data})
    print(out[:len(out) // 2] if quirk == "cut" else out)


def inherited():
    with open("/var/cpanel/inherited", "w") as out:
        for fd in os.listdir("/proc/self/fd"):
            try:
                out.write(os.readlink(f"/proc/self/fd/{fd}") + "\n")
            except OSError:
                pass


def serve(port, seconds):
    """A process that listens for a while, as a daemon that was started would."""
    if not port:
        return
    s = socket.create_server(("127.0.0.1", port))
    if os.fork() == 0:
        with open("/run/served", "w") as f:
            f.write(str(os.getpid()))
        os.setsid()
        for fd in (0, 1, 2):
            os.close(fd)
        time.sleep(seconds)
        os._exit(0)
    s.close()


def renew(path):
    """What a new daemon reads is older than it. The daemon stays the same one."""
    if path:
        os.utime(path, (1, 1))


def change(function, args, hulk):
    ip = args["ip"]
    if function == "flush_cphulk_login_history_for_ips":
        for kind in ("brutes", "excessive_brutes"):
            hulk[kind] = [one for one in hulk.get(kind, []) if one != ip]
    else:
        names = [one for one in hulk.get(args["list_name"], []) if one != ip]
        hulk[args["list_name"]] = names + ([ip] if function.startswith("create") else [])


assert sys.argv[1] == "--output=json"
main(sys.argv[2], dict(map(unquote_plus, a.split("=", 1)) for a in sys.argv[3:]))
