"""What needs a live server's own resolver stands as a recording: world/ is what
`relaydoctor record` kept, recorded.json what a replay must find, and nothing else."""

import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
# The server had neither CSF nor settings of WHM nor forwarders.
NOT_THERE = {"csf", "forwarders", "homes", "restrictions"}
CASES = sorted(p.parent for p in HERE.glob("*/recorded.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_replay_finds_what_it_must(case):
    expect = json.loads((case / "recorded.json").read_text())
    done = subprocess.run([BUILD / "relaydoctor", "scan", "--world", case / "world", "--json",
                           *expect.get("options", [])],
                          capture_output=True, text=True, timeout=30)
    report = json.loads(done.stdout)
    assert done.returncode == expect["exit"], done.stderr
    assert [{"check": f["check"], "severity": f["severity"], "subject": f["subject"]["name"]}
            for f in report["findings"]] == expect["findings"]
    assert all(s["ok"] or s["name"] in NOT_THERE or
               s["why"].startswith("the recording was made without") for s in report["sources"])
