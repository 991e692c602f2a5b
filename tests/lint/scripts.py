"""Shell scripts pass shellcheck."""

import re
import subprocess


def check(tree):
    scripts = [p for p in tree.tracked if re.match(r"#!/bin/(ba)?sh\b", tree.read(p)[:20])]
    if not scripts:
        return
    try:
        done = subprocess.run(["shellcheck", "--format=gcc", *scripts], cwd=tree.root,
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        yield "shellcheck is not installed"
        return
    yield from done.stdout.splitlines()
