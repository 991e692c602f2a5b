"""The panel's functions for forwarders, for fake_uapi.py: on the files themselves."""
import os

ALIASES, DOMAINS = "/etc/valiases/", "/etc/vdomainaliases/"


def lines(path):
    return open(path).read().splitlines() if os.path.exists(path) else []


def write(state, path, kept):
    if not state.get("ignore"):
        with open(path, "w") as f:
            f.write("".join(line + "\n" for line in kept))
    return {"status": 1, "data": None}


def forwarder(state, args, address, change):
    path = ALIASES + address.partition("@")[2]
    kept, targets = [], []
    for line in lines(path):
        key, _, value = line.partition(": ")
        if key == address:
            targets = value.split(",")
        else:
            kept.append(line)
    targets = change(targets)
    return write(state, path, ([f"{address}: {','.join(targets)}"] if targets else []) + kept)


def add_forwarder(state, user, args):
    assert args["fwdopt"] == "fwd" and args["email"].endswith("@" + args["domain"])
    return forwarder(state, args, args["email"], lambda old: old + [args["fwdemail"]])


def delete_forwarder(state, user, args):
    return forwarder(state, args, args["address"],
                     lambda old: [t for t in old if t != args["forwarder"]])


def set_default_address(state, user, args):
    path = ALIASES + args["domain"]
    value = '":fail: ' + args["failmsgs"] + '"' if args["fwdopt"] == "fail" else args["fwdemail"]
    return write(state, path, [line for line in lines(path) if line[0] != "*"] + ["*: " + value])


def domain_forwarder(state, user, args):
    path = DOMAINS + args["domain"]
    if "destdomain" in args:
        return write(state, path, [f"{args['domain']}: {args['destdomain']}"])
    if not state.get("ignore"):
        os.unlink(path)
    return {"status": 1, "data": None}


FUNCTIONS = {"add_forwarder": add_forwarder, "delete_forwarder": delete_forwarder,
             "set_default_address": set_default_address,
             "add_domain_forwarder": domain_forwarder, "delete_domain_forwarder": domain_forwarder}
