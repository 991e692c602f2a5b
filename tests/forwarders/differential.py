"""Generated alias sets: for every address of them, our path against `exim -bt`.

    differential.py [SETS]          2,000 unless given

Two boxes work side by side, each on BATCH sets at a time. Ends with 1 when the two differ
for any address; the first ones are printed.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from lab import alias_sets, seed
from lab.box import Box

REPO = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("RD_BUILD", REPO / "build"))
BATCH, LANES, SHOWN = 25, 2, 20


def walk_in(place):
    """A copy of the files, for our program: what writes into it, and what asks."""
    def write(path, text):
        at = place / path[1:]
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text, encoding="ascii")

    def walk(text):
        return subprocess.run([BUILD / "tests/forward_walk", place], input=text, text=True,
                              capture_output=True, check=True, timeout=300).stdout
    return write, walk


def compare(box, first, n):
    """[(address, ours, Exim's)], how many were asked, how many paths were cut."""
    names, texts = alias_sets.many(first, n)
    with tempfile.TemporaryDirectory() as place:
        write, walk = walk_in(pathlib.Path(place))
        for to in (write, box.write):
            alias_sets.write(to, texts)
        ours = alias_sets.ask_ours(walk, names)
        # Exim follows what we cut for as long as it takes: minutes for a single one.
        whole = [name for name in names if ours[name] is not None]
        exims = alias_sets.ask_exim(box.run, whole)
    differ = [(name, ours[name], exims.get(name)) for name in whole
              if ours[name] != exims.get(name)]
    return differ, len(whole), len(names) - len(whole)


def lane(starts, sets):
    with Box(world=seed.small()) as box:
        return [compare(box, first, min(BATCH, sets - first)) for first in starts]


def main():
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        work = [range(i * BATCH, sets, LANES * BATCH) for i in range(LANES)]
        done = [one for batches in lanes.map(lane, work, [sets] * LANES) for one in batches]
    differ = [one for found, _, _ in done for one in found]
    for name, ours, exims in differ[:SHOWN]:
        print(f"{name}: ours {sorted(ours)}, Exim's {sorted(exims or [])}")
    print(f"{sets:,} alias sets, {sum(n for _, n, _ in done):,} addresses: "
          f"{len(differ)} differ ({sum(cut for _, _, cut in done):,} more not asked: their paths "
          f"are too long to be shown whole); {time.monotonic() - began:.0f} s")
    sys.exit(bool(differ))


main()
