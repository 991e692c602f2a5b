"""core, mail, checks and fixes compute: no I/O, clock, locale, environment or state of their own.

Each of their files is compiled apart, without what a compiler adds for safety, and what
it calls is held against what is allowed."""

import os

from lint.tree import symbols

PURE = ("core", "mail", "checks", "fixes")
BASE = ("err", "arena", "text", "ip", "map", "buf", "mx_text")

ALLOWED = set("""
    memchr memcmp memcpy memmem memmove memrchr memset
    strcasecmp strchr strchrnul strcmp strcspn strlen strncasecmp strncmp
    strnlen strpbrk strrchr strspn strstr strcasestr
    snprintf vsnprintf strtoul strtoull strtol strtoll
    __isoc23_strtoul __isoc23_strtoull __isoc23_strtol __isoc23_strtoll
    qsort bsearch abort
    _GLOBAL_OFFSET_TABLE_
""".split())

FLAGS = ("-O0", "-U_FORTIFY_SOURCE", "-fno-stack-protector", "-fno-pic", "-w")

WORDS = (r"\b(__asm__|__asm|asm)\b|\b(getenv|secure_getenv|environ|time|clock|clock_gettime"
         r"|gettimeofday|localtime|localtime_r|setlocale|localeconv|nl_langinfo|toupper|tolower"
         r"|isalpha|isalnum|isspace|strcoll)\s*\(|#\s*include\s*<(time|locale|ctype)\.h>")


def _sources(tree):
    return [p for layer in PURE for p in tree.files(f"cgi/{layer}/", ".c")]


def _objects(tree, paths, faults):
    """{path: (defined, wanted, state)}: sets of symbol names."""
    found = {}
    for path in paths:
        with tree.compile(path, *FLAGS) as made:
            if not made.ok:
                faults.append(f"{path}: does not compile apart: {made.errors.strip()}")
                continue
            all_symbols = set(symbols(made.path))
        found[path] = ({name for letter, name in all_symbols if letter not in "Uw"},
                       {name for letter, name in all_symbols if letter in "Uw"},
                       {name for letter, name in all_symbols if letter in "bBdDC"})
    return found


def check(tree):
    faults = []
    base = [f"cgi/base/{name}.c" for name in BASE if tree.exists(f"cgi/base/{name}.c")]
    pure = _objects(tree, _sources(tree), faults)
    below = _objects(tree, base, faults)
    defined = ALLOWED.union(*(o[0] for o in pure.values()), *(o[0] for o in below.values()))
    yield from faults
    for path, (_, wanted, state) in pure.items():
        for name in sorted(wanted - defined):
            yield f"{path}: calls {name}()"
        for name in sorted(state):
            yield f"{path}: {name} can be written: no state"
    for path in (p for layer in PURE for p in tree.files(f"cgi/{layer}/", ".c", ".h")):
        for line, what in tree.lines_with(WORDS, tree.code(path)):
            yield f"{path}:{line}: {what.rstrip('(')} is not for {os.path.dirname(path)}"
