"""Files speak of the product: no paths of the machine it was written on, no notes to self."""

import re

# Written so that this file does not match itself.
PATTERNS = (
    (r"(?<![\w.$}/])/(work|workspace|Users|root/\.)/", "a path of one machine"),
    (r"/tmp/(b|rd)[-/]\w", "a path of one machine"),
    (r"\.\./shared\b", "a path outside the repository"),
    (r"\b(T[O]DO|FIX[M]E|X[X]X|HA[C]K)\b(?!X)", "a note to self"),
    (r"^(<{7}|>{7}|={7})( |$)", "a conflict mark"),
    (r"(?i)\b(co-authored|generated) (by|with):? [A-Z]\w+ [A-Z]\w+", "a trailer"),
)
TEXT = (".c", ".h", ".py", ".md", ".mk", ".sh", ".html", ".css", ".js", ".conf", ".json",
        ".service", ".socket", "Makefile", "run", ".yaml", ".yml")


def check(tree):
    for path in tree.files("", *TEXT):
        if path.startswith("tests/fuzz/corpus/"):
            continue
        for pattern, why in PATTERNS:
            for line, what in tree.lines_with(pattern, tree.read(path)):
                yield f"{path}:{line}: {why}: {what}"
