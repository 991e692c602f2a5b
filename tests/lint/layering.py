"""A layer includes only what stands below it, and only its own libraries."""

import os

# What a file may include: of its folder, or for one file by its name.
LAYERS = {
    "base": "base",
    "priv": "base priv",
    "core": "base core",
    "mail": "base core mail",
    "checks": "base core mail",
    "fixes": "base core mail",
    "sources": "base core mail sources priv/client.h priv/proto.h",
    "engine": "base core mail sources engine priv/client.h priv/proto.h",
    "render": "base core mail render",
    "http": "base core mail engine render http priv/client.h priv/proto.h",
    "cli": "base core mail sources engine render cli priv/client.h priv/proto.h",
    "main_cli.c": "base cli",
    "main_front.c": "base http",
    "main_helper.c": "base priv",
    "door": "door",
    "main_door.c": "base/paths.h priv/proto.h door",
}

# The helper reads JSON in one child only, which reply.c is made for.
JSON = "base sources engine render http cli priv/reply.c priv/reply_zone.c priv/reply_filters.c priv/reply_child.c"
LIBRARIES = {
    "json-c/": JSON,
    "ares": "sources",
    "libpsl.h": "sources",
    "curl/": "sources",
    "dlfcn.h": "sources",
    "sqlite3.h": "sources engine",
    "fcgi": "http/fcgi.c main_front.c",
    "fastcgi": "http/fcgi.c main_front.c",
    "openssl/": "sources engine http",
    "zlib.h": "sources",
    "gmime/": "sources/mime.c",
}
# json-c by another name.
FORBIDDEN = {"base/json.h": JSON}


def _covers(words, path):
    return any(path == word or path.startswith(word + "/") for word in words.split())


def _fault(inside, name, quoted):
    layer = inside.split("/")[0]
    if not quoted:
        for prefix, where in LIBRARIES.items():
            if name.startswith(prefix) and not _covers(where, inside):
                return f"<{name}> belongs to {where} only"
        return None
    if name.endswith(".inc") and "/" not in name:   # made by make for this file alone
        return None
    if name in FORBIDDEN and not _covers(FORBIDDEN[name], inside):
        return f'"{name}" belongs to {FORBIDDEN[name]} only'
    if layer not in LAYERS:
        return f"{layer} is no layer"
    if not _covers(LAYERS[layer], name):
        return f'{layer} may not include "{name}"'
    return None


def check(tree):
    for path in tree.files("cgi/", ".c", ".h"):
        for line, name, quoted in tree.includes(path):
            fault = _fault(os.path.relpath(path, "cgi"), name, quoted)
            if fault:
                yield f"{path}:{line}: {fault}"
