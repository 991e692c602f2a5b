"""whmapi1, uapi, cpapi2 and the registration programs of the box.

As on a server: values are form-decoded, YAML is the default output, a call that
failed still prints its reply.
"""

import json
import os
import shutil
import signal
import sys
import time

from lab import csf as firewall, panel, panel_dns, panel_filter, panel_forward

_FEATURES = "/var/cpanel/features"
_JUPITER = "/usr/local/cpanel/base/frontend/jupiter"
WRITES = {"set_always_accept"} | {
    name for _, name in [*panel_dns.WRITES, *panel_filter.WRITES, *panel_forward.WRITES]}


def _decode(value):
    if "%" not in value and "+" not in value:
        return value
    from urllib.parse import unquote_plus
    return unquote_plus(value)


def _arguments(argv):
    """(options, words, pairs)"""
    options, words, pairs = {}, [], {}
    for word in argv:
        key, equals, value = word.partition("=")
        if word.startswith("--"):
            options[key[2:]] = value
        elif equals:
            pairs[_decode(key)] = _decode(value)
        else:
            words.append(word)
    return options, words, pairs


def yaml(value, indent=0):
    """YAML as whmapi1 prints it, as far as our replies go."""
    pad = "  " * indent
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}:" + _yaml_below(item, indent)
                       for key, item in sorted(value.items()))
    if isinstance(value, list) and value:
        return "".join(f"{pad}-" + _yaml_below(item, indent) for item in value)
    return pad + _yaml_scalar(value) + "\n"


def _yaml_below(item, indent):
    if isinstance(item, (dict, list)) and item:
        return "\n" + yaml(item, indent + 1)
    return " " + _yaml_scalar(item) + "\n"


def _yaml_scalar(value):
    if value is None:
        return "~"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (str, dict, list)) \
        else str(value)


def _print(reply, options, quirk, failed, wrote):
    if wrote and quirk["die_after_write"]:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(quirk["slow"])
    if quirk["shuffle_keys"]:
        reply = panel.shuffled(reply)
    text = json.dumps(reply, ensure_ascii=False) if "json" in options.get("output", "yaml") \
        else "---\n" + yaml(reply)
    text = quirk["garbage"] or text
    if quirk["truncated"]:
        text = text[:len(text) // 2]
    sys.stdout.write(text)
    return quirk["exit_code"] if failed else 0


def whmapi1(argv):
    options, words, pairs = _arguments(argv)
    quirk = panel.quirks()
    login = options.get("user", "root")
    acls = panel.reseller_acls(login) or set()
    reply = panel.whm(login, acls, words[0] if words else "", pairs, quirk)
    return _print(reply, options, quirk, not int(reply["metadata"]["result"]), False)


def _as_user(argv, call):
    options, words, pairs = _arguments(argv)
    if len(words) < 2 or "user" not in options:
        sys.stderr.write("Usage: --user=USER MODULE FUNCTION [key=value]\n")
        return 2
    return call(options, words[0], words[1], pairs, panel.quirks())


def uapi(argv):
    def call(options, module, function, pairs, quirk):
        result = panel.uapi(options["user"], module, function, pairs, quirk)
        reply = {"apiversion": 3, "module": module, "func": function, "result": result}
        return _print(reply, options, quirk, not result["status"], function in WRITES)
    return _as_user(argv, call)


def cpapi2(argv):
    def call(options, module, function, pairs, quirk):
        reply = panel.api2(options["user"], module, function, pairs, quirk)
        return _print(reply, options, quirk, "error" in reply["cpanelresult"],
                      function in ("setmxcheck", "setalwaysaccept"))
    return _as_user(argv, call)


def csf(argv):
    return firewall.main(argv)


# ---- registration ------------------------------------------------------

def register_appconfig(argv):
    config = panel.read_appconfig(argv[0])
    name, url = config.get("name", ""), config.get("url", "")
    if not name or not url.startswith("/cgi/") or config.get("service") != "whostmgr":
        sys.stderr.write(f"{argv[0]}: name, service and url are needed\n")
        return 1
    shutil.copy(argv[0], f"/var/cpanel/apps/{name}.conf")
    names = panel.read_json("registered.json", [])
    panel.write_json("registered.json", sorted({*names, name}))
    print(f"{name} registered")
    return 0


def unregister_appconfig(argv):
    name = os.path.basename(argv[0])
    name = panel.read_appconfig(argv[0]).get("name", name) if os.path.exists(argv[0]) else name
    names = panel.read_json("registered.json", [])
    if name not in names:
        sys.stderr.write(f"{name} is not registered\n")
        return 1
    panel.write_json("registered.json", [n for n in names if n != name])
    os.unlink(f"/var/cpanel/apps/{name}.conf")
    print(f"{name} unregistered")
    return 0


def is_registered_with_appconfig(argv):
    print(int(len(argv) == 2 and argv[0] == "whostmgr"
              and argv[1] in panel.read_json("registered.json", [])))
    return 0


def manage_hooks(argv):
    hooks = panel.read_json("hooks.json", [])
    words = argv[1:]
    if argv[:1] == ["add"]:
        hooks.append(words)
    elif argv[:1] == ["delete"]:
        hooks = [h for h in hooks if h[:2] != words[:2]]
    else:
        print(json.dumps(hooks))
        return 0
    panel.write_json("hooks.json", hooks)
    return 0


def _set_feature(name, given):
    """A line of the default list of features, which goes when nothing is in it."""
    path = f"{_FEATURES}/default"
    lines = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            lines = [line for line in f if not line.startswith(f"{name}=")]
    lines += [f"{name}=1\n"] if given else []
    if lines:
        panel.replace(path, "".join(lines).encode())
    elif os.path.exists(path):
        os.unlink(path)


def _plugin(argv, register):
    """The icon and the feature; the program itself is copied by the installer."""
    with open(f"{argv[0]}/install.json", encoding="utf-8") as f:
        items = json.load(f)
    installed = panel.read_json("plugins.json", {})
    for item in items:
        icon = f"{_JUPITER}/dynamicui/dynamicui_{item['id']}.conf"
        if register:
            installed[item["id"]] = item
            with open(icon, "w", encoding="utf-8") as f:
                f.write(f"file=>{item['id']},url=>{item['uri']},feature=>{item['feature']}\n")
        else:
            installed.pop(item["id"], None)
            if os.path.exists(icon):
                os.unlink(icon)
        _set_feature(item["feature"], register)
    panel.write_json("plugins.json", installed)
    return 0


def install_plugin(argv):
    return _plugin(argv, True)


def uninstall_plugin(argv):
    return _plugin(argv, False)
