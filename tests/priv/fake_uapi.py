#!/usr/bin/python3 -IS
"""Stands in for /usr/local/cpanel/bin/uapi: the few functions that the helper
calls, on a state file, with the quirks of real servers as switches."""
import fcntl
import json
import sys
import time
from urllib.parse import unquote_plus

sys.path.insert(0, "/usr/local/cpanel/bin")
from fake_filters import functions as filters  # noqa: E402
from fake_forwards import FUNCTIONS  # noqa: E402
from fake_zones import functions  # noqa: E402

STATE = "/var/cpanel/box.json"
CALLS = "/var/cpanel/calls"


def load():
    with open(STATE) as f:
        return json.load(f)


def update(change):
    with open(STATE, "r+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        state = json.load(f)
        change(state)
        f.seek(0)
        json.dump(state, f)
        f.truncate()


def say(inner, state):
    inner = {"errors": None, "messages": None, "metadata": {}, **inner}
    inner["status"] = {"int": int, "text": str, "flag": bool}[
        state.get("status_as", "int")](inner["status"])
    shape = state.get("shape", "wrapped")
    out = {"bare": inner,
           "wrapped": {"apiversion": 3, "result": inner},
           "whm": {"metadata": {"result": state.get("outer", 1), "reason": "OK"},
                   "data": {"uapi": inner}}}[shape]
    text = json.dumps(out, ensure_ascii=False)
    print(text[:len(text) // 2] if state.get("cut") else text)


LISTS = {"/etc/localdomains": ("local", "auto"), "/etc/remotedomains": ("remote",),
         "/etc/secondarymx": ("secondary",)}


def write_lists(state):
    """Exim's lists as the settings want them, but for those that `frozen` names."""
    for path, words in LISTS.items():
        if path not in state.get("frozen", []):
            with open(path, "w") as f:
                f.writelines(n + "\n" for n, d in state["domains"].items()
                             if d["mxcheck"] in words)


def row(domain, d):
    return {"domain": domain, "mxcheck": d["mxcheck"],
            "detected": "local" if d["mxcheck"] == "auto" else d["mxcheck"],
            "alwaysaccept": int(d["mxcheck"] == "local"), "entries": []}


def list_mxs(state, user, args):
    time.sleep(state.get("sleep_read", 0))
    domains = state["domains"]
    if state.get("stale_reads", 0) > 0 and "old" in state:
        domains = state["old"]
        update(lambda s: s.update(stale_reads=s["stale_reads"] - 1))
    rows = [row(n, d) for n, d in domains.items() if d["account"] == user and
            args.get("domain") in (None, n)]
    return {"status": 1, "data": rows or None}


def set_always_accept(state, user, args):
    value = args.get("mxcheck", "auto")

    def apply(s):
        s["old"] = json.loads(json.dumps(s["domains"]))
        s["domains"][args["domain"]]["mxcheck"] = value
        write_lists(s)

    if state["domains"][args["domain"]]["account"] != user:
        return {"status": 0, "data": None, "errors": ["not yours"]}
    time.sleep(state.get("sleep_before", 0))
    if not state.get("ignore") and not state.get("refuse"):
        update(apply)
    time.sleep(state.get("sleep_after", 0))
    if state.get("drop"):
        sys.exit(1)
    if state.get("refuse") == "inner":
        return {"status": 0, "data": None, "errors": ["The “domain” is locked."]}
    third = 0 if state.get("refuse") == "data" else 1
    return {"status": 1, "data": {"status": third, "mxcheck": value,
                                  "statusmsg": "Set Always Accept Status to: " + value,
                                  "checkmx": {"changed": 1}}}


def has_feature(state, user, args):
    on = user in state["features"] and args["name"] == "relaydoctor"
    if state.get("feature_by_status"):
        return {"status": int(on), "data": None,
                "errors": None if on else ["The feature is not enabled."]}
    return {"status": 1, "data": int(on)}


def answer(state, user, function, args):
    table = {"list_mxs": list_mxs, "set_always_accept": set_always_accept,
             "has_feature": has_feature, **functions(update), **filters(update), **FUNCTIONS}
    if function in table:
        return table[function](state, user, args)
    return {"status": 1, "data": [{"function": function, "args": args}]}


def main():
    assert sys.argv[1] == "--output=json" and sys.argv[2].startswith("--user=")
    with open(CALLS, "a") as f:
        f.write(" ".join(sys.argv[2:]) + "\n")
    args = dict(a.split("=", 1) for a in sys.argv[5:])
    args = {k: unquote_plus(v) for k, v in args.items()}
    state = load()
    if state.get("fail") in (True, sys.argv[2][7:]):
        sys.exit("uapi is out of order")
    reply = answer(state, sys.argv[2][7:], sys.argv[4], args)
    if state.get("drop") and sys.argv[4] == "mass_edit_zone":
        sys.exit(1)
    say(reply, state)


main()
