"""A header compiles alone and is guarded by its own name."""

import os
import re

FLAGS = ("-Wall", "-Wextra", "-Wstrict-prototypes", "-Werror")


def check(tree):
    for path in tree.files("cgi/", ".h"):
        guard = re.sub(r"\W", "_", os.path.relpath(path, "cgi")).upper()
        if not re.match(rf"(/\*.*?\*/\s*)?#ifndef {guard}\n#define {guard}\n", tree.read(path), re.S):
            yield f"{path}: does not begin with #ifndef {guard}"
        with tree.compile(path, *FLAGS, language="c") as made:
            if not made.ok:
                yield f"{path}: does not compile alone: {made.errors.strip()}"
