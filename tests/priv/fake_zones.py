"""The zones and manual routes of fake_uapi.py. A zone in the state is {"serial": N,
"lines": [[name, ttl, type, [data]]]}; the manual routes are /etc/manualmx."""
import base64
import json
import time

MANUAL = "/etc/manualmx"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def item(i, line):
    name, ttl, kind, data = line
    return {"line_index": i, "type": "record", "dname_b64": b64(name), "ttl": ttl,
            "record_type": kind, "data_b64": [b64(d) for d in data]}


def parse_zone(state, user, args):
    zone = state.get("zones", {}).get(args["zone"])
    if not zone or state["domains"][args["zone"]]["account"] != user:
        return {"status": 0, "data": None, "errors": ["You do not own that zone."]}
    serial = str(zone["serial"])
    lines = [[args["zone"] + ".", 86400, "SOA", ["ns1.x.", "root.x.", serial, "1", "2", "3", "4"]],
             *zone["lines"]]
    return {"status": 1, "data": [{"line_index": 99, "type": "comment", "text_b64": b64("; " + serial)},
                                  *(item(i, line) for i, line in enumerate(lines))]}


def record(text):
    o = json.loads(text)
    assert o["dname"].endswith(".") and o["record_type"] == "MX", text
    return o.get("line_index"), [o["dname"], o["ttl"], "MX", o["data"]]


def edited(lines, args):
    new = {i + 1: line for i, line in enumerate(lines)}     # line 0 is the SOA
    for key, text in args.items():
        if key.startswith("edit-"):
            at, line = record(text)
            assert at in new
            new[at] = line
        elif key.startswith("remove-"):
            del new[int(text)]
    return [new[i] for i in sorted(new)] + [record(t)[1] for k, t in args.items()
                                            if k.startswith("add-")]


def mass_edit_zone(update):
    def call(state, user, args):
        name = args["zone"]
        zone = state["zones"][name]
        if state.get("meanwhile"):
            zone["serial"] += 1
        if args["serial"] != str(zone["serial"]):
            return {"status": 0, "data": None, "errors": [
                f"The given serial number ({args['serial']}) does not match the DNS zone’s "
                f"serial number ({zone['serial']}). Refresh your view of the DNS zone, then "
                "resubmit."]}
        lines = edited(zone["lines"], args)
        if state.get("spoil"):
            lines = [line for line in lines if line[2] != "TXT"]

        def apply(s):
            s["zones"][name] = {"serial": zone["serial"] + 1, "lines": lines}
            if state.get("moves"):
                s["domains"][name]["mxcheck"] = state["moves"]
        time.sleep(state.get("sleep_before", 0))
        if not state.get("ignore"):
            update(apply)
        return {"status": 1, "data": {"new_serial": str(zone["serial"] + 1)}}
    return call


def manual(state, user, args):
    lines = [line for line in open(MANUAL).read().splitlines()
             if line.partition(":")[0] != args["domain"]]
    if "mx_host" in args:
        lines.append(f"{args['domain']}: {args['mx_host']}")
    if not state.get("ignore"):
        with open(MANUAL, "w") as f:
            f.write("".join(line + "\n" for line in lines))
    return {"status": 1, "data": {args["domain"]: None}}


def functions(update):
    return {"parse_zone": parse_zone, "mass_edit_zone": mass_edit_zone(update),
            "set_manual_mx_redirects": manual, "unset_manual_mx_redirects": manual}
