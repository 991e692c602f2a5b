"""The product's programs in the box under what looks on: another program, whose words
(LAB_UNDER) are put before theirs, or the sanitizers that they are built with (RD_SANITIZE).
What it sees of each process is a file of its own in WATCHED."""

import glob
import json
import os
import re
import secrets
from collections import Counter

PATH = "/run/lab/under.json"
WATCHED = "/run/lab/watched"
# Where processes speak that may open no file of their own, and whatever they started.
SPOKEN = ("/var/log/lab/*.log", "/usr/local/cpanel/logs/error_log")
OURS = re.compile(r".*/relaydoctor(-front|-helper)?$|.*/relaydoctor/[a-z.]+\.cgi$")
# What stands in LAB_UNDER for the file's path.
FILE = "{file}"
# What a sanitizer or valgrind says of a fault.
FAULT = re.compile(r"runtime error: |ERROR: AddressSanitizer|ERROR: LeakSanitizer: detected|"
                   r"AddressSanitizer:DEADLYSIGNAL|ERROR: Can't open file: /run/lab/watched|"
                   r"==\d+== +(Invalid |Conditional jump|Use of |Syscall param|Mismatched|"
                   r"Source and destination|Argument |Process terminating with default action of "
                   r"signal (4|6|8|11) |.* definitely lost in|ERROR SUMMARY: [1-9])")


def asked():
    """What the environment asks for; all of it is empty when nothing looks on. What is
    confined opens no file, and may not look into itself for leaks, which valgrind finds."""
    said = {"words": os.environ.get("LAB_UNDER", "").split(), "environment": {}, "confined": {}}
    if os.environ.get("RD_SANITIZE"):
        said["environment"] = dict.fromkeys(
            ("ASAN_OPTIONS", "UBSAN_OPTIONS"),
            f"log_path={WATCHED}/sanitizer:print_stacktrace=1")
        said["confined"] = {"ASAN_OPTIONS": "detect_leaks=0"}
    return said


def slower():
    """How many times as long as usual everything may take. Programs under valgrind are
    twenty times as slow; sanitized ones twice, and the fork of one far more."""
    return 20 if os.environ.get("LAB_UNDER") else 4 if os.environ.get("RD_SANITIZE") else 1


def prepare(what):
    """In the box, before the first program starts: any account's processes write there."""
    if any(what.values()):
        os.mkdir(WATCHED)
        os.chmod(WATCHED, 0o1777)
    with open(PATH, "w", encoding="utf-8") as f:
        json.dump(what, f)


def inside():
    """In the box: what was prepared."""
    with open(PATH, encoding="utf-8") as f:
        return json.load(f)


def before(argv, what):
    """argv, with the words before it if that is a program of the product."""
    if not what["words"] or not OURS.match(argv[0]):
        return argv
    file = f"{WATCHED}/{os.path.basename(argv[0])}-{secrets.token_hex(8)}"
    return [*(w.replace(FILE, file) for w in what["words"]), *argv]


class Seen:
    """What was seen in boxes: how often a program was started (.starts), in how many
    processes (.processes), how many of them valgrind saw the end of (.ends), and what is
    wrong with them (.faults)."""

    def __init__(self):
        self.starts, self.processes, self.ends = Counter(), Counter(), Counter()
        self.faults = []

    def look(self, box):
        """At what every program of this box has said until now."""
        for pattern in (f"{WATCHED}/*", *SPOKEN):
            for path in glob.glob(box.path(pattern)):
                self.read(path)

    def read(self, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        command = re.search(r"^==\d+== Command: \S*/(\S+(?: (?:admin|user|scan-service)\b)?)", text, re.M)
        if command:
            self.starts[command[1]] += 1
            self.processes[command[1]] += len(set(re.findall(r"^==(\d+)==", text, re.M)))
            self.ends[command[1]] += len(re.findall(r"^==\d+== ERROR SUMMARY:", text, re.M))
        fault = FAULT.search(text)
        if fault:
            start = text.rfind("\n", 0, fault.start()) + 1
            self.faults.append(f"{os.path.basename(path)}: {text[start:start + 4000]}")

    def lines(self):
        return [f"{name}: {n} started, {self.processes[name]} processes, {self.ends[name]} of them "
                "seen to their end" for name, n in sorted(self.starts.items())]
