"""The root helper as it was linked: base and priv, libc and json-c, nothing else."""

import glob
import os
import re
import subprocess

from lint.layering import LAYERS
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
    for layer in set(LAYERS) - {"base", "priv"}:
        for path in glob.glob(f"{tree.build}/{layer}/*.o"):
            common = sorted(_defined(path) & inside)
            if common:
                yield f"the helper links {layer}/{os.path.basename(path)}: {common[0]}"
    needed = subprocess.run(["readelf", "-d", program], capture_output=True, text=True,
                            check=True).stdout
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", needed):
        if not LIBRARIES.match(library):
            yield f"the helper needs {library}"
