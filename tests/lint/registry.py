"""What is found by its file's name has that name; what is judged has its cases; what
strangers write is fuzzed."""

import os
import re

KINDS = {"cgi/checks/": ("check", "id"), "cgi/fixes/": ("fix", "id"),
         "cgi/priv/verbs/": ("verb", "name")}

# Headers whose functions read foreign text, but take it in another form than a slice.
PARSERS = ("cgi/sources/dns_packet.h", "cgi/sources/dns_kept.h", "cgi/priv/reply.h",
           "cgi/door/live.h")
# Headers that hand a slice on, or are read through another header.
NO_PARSERS = {
    "cgi/sources/world.h": "fills a slice",
    "cgi/sources/own_file.h": "fills a slice",
    "cgi/priv/lines.h": "fills a slice",
    "cgi/sources/log.h": "hands lines to mail/exim_log.h",
    "cgi/http/assets.h": "fills a slice",
    "cgi/http/snapshot.h": "reads what the engine wrote",
    "cgi/render/template_tree.h": "private to template.h",
}
PARSING_LAYERS = ("cgi/mail/", "cgi/sources/", "cgi/render/", "cgi/http/", "cgi/priv/",
                  "cgi/door/")
TAKES_TEXT = re.compile(r"^\w[\w\s*]*\([^;{]*\bstruct slice\b[^;{]*\);", re.M)


def names(tree):
    for folder, (kind, key) in KINDS.items():
        for path in tree.files(folder, ".c"):
            name = os.path.basename(path)[:-2]
            text = tree.read(path)
            if not re.search(rf"^const struct {kind} {kind}_{name} =", text, re.M):
                yield f"{path}: defines no const struct {kind} {kind}_{name}"
            if f'.{key} = "{name}"' not in text:
                yield f'{path}: has no .{key} = "{name}"'


def cases(tree):
    """A server that shows what the check is for, and a twin that must stay silent."""
    for path in tree.files("cgi/checks/", ".c"):
        name = os.path.basename(path)[:-2]
        for case in (f"tests/cases/{name}/", f"tests/cases/{name}_silent/"):
            if not tree.files(case):
                yield f"{path}: there is no {case}"


def fuzzed(tree):
    targets = {path: tree.read(path) for path in tree.files("tests/fuzz/fuzz_", ".c")}
    for path, text in targets.items():
        corpus = f"tests/fuzz/corpus/{os.path.basename(path)[len('fuzz_'):-2]}/"
        if not tree.files(corpus):
            yield f"{path}: {corpus} is empty"
        if "LLVMFuzzerTestOneInput" not in text:
            yield f"{path}: has no LLVMFuzzerTestOneInput"
    for path in (p for layer in PARSING_LAYERS for p in tree.files(layer, ".h")):
        reads = path in PARSERS or TAKES_TEXT.search(tree.code(path))
        if not reads or path in NO_PARSERS:
            continue
        include = f'#include "{os.path.relpath(path, "cgi")}"'
        if not any(include in text for text in targets.values()):
            yield f"{path}: reads foreign text and no tests/fuzz/fuzz_*.c includes it"
