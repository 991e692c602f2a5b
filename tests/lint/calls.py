"""Calls that invite a shell or an overflow, and state outside main_*.c."""

import glob
import os
import re
import subprocess

BANNED = ("system popen execlp execvp execvpe wordexp strcpy stpcpy strcat sprintf vsprintf gets"
          " alloca strtok mktemp tmpnam tempnam").split()
# objdump -t: an object (O) in .data or .bss; .data.rel.ro is constant once relocated.
WRITABLE = re.compile(r"^.{17}.{6}O (?:\.data(?!\.rel\.ro)|\.bss|\.tbss|\.tdata|\*COM\*)\S*\t\w+ +(?:\.hidden )?(\S+)$",
                      re.M)


def banned(tree):
    pattern = r"\b(" + "|".join(BANNED) + r")\s*\("
    for path in tree.files("cgi/", ".c", ".h"):
        for line, what in tree.lines_with(pattern, tree.code(path)):
            yield f"{path}:{line}: {what})"


def state(tree):
    for path in sorted(glob.glob(f"{tree.build}/**/*.o", recursive=True)):
        source = os.path.relpath(path, tree.build)[:-2] + ".c"
        if source.startswith("main_") or not tree.exists(f"cgi/{source}"):
            continue
        listed = subprocess.run(["objdump", "-t", path], capture_output=True, text=True,
                                check=True).stdout
        for name in WRITABLE.findall(listed):
            yield f"cgi/{source}: {name} is global state"
