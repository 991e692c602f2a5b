"""The root helper as it was linked: base and priv, libc and json-c, nothing else."""

import os
import re
import subprocess

from lint.tree import symbols

LIBRARIES = re.compile(r"lib(c|json-c|pthread)\.so|ld-linux|lib(asan|ubsan|m|gcc_s)\.so")


def _defined(path):
    return {name for letter, name in symbols(path, "-g", "--defined-only") if letter in "TDBRVW"}


def check(tree):
    program = f"{tree.build}/relaydoctor-helper"
    if not os.path.exists(program):
        yield f"{program} is not built"
        return
    inside = _defined(program)
    for source in tree.files("cgi/", ".c"):
        name = os.path.relpath(source, "cgi")[:-2] + ".o"
        if name.startswith(("base/", "priv/", "main_")) or not os.path.exists(f"{tree.build}/{name}"):
            continue
        common = sorted(_defined(f"{tree.build}/{name}") & inside)
        if common:
            yield f"the helper links {name}: {common[0]}"
    needed = subprocess.run(["readelf", "-d", program], capture_output=True, text=True,
                            check=True).stdout
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", needed):
        if not LIBRARIES.match(library):
            yield f"the helper needs {library}"
