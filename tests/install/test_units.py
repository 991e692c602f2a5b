"""How much the shipped units leave open, by systemd's own reckoning (0 to 10, less is better)."""

import glob
import os
import re
import subprocess

import pytest

from lab import REPOSITORY

UNITS = f"{REPOSITORY}/whm-plugin/systemd"
# The helper and the repair run cPanel's own programs, which write where they like.
AT_MOST = {"relaydoctor-admin.service": 0.7, "relaydoctor-user.service": 0.7,
           "relaydoctor-scan@.service": 1.6, "relaydoctor-helper@.service": 7.0,
           "relaydoctor-repair.service": 9.6}


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.fixture(scope="module", autouse=True)
def _reckons():
    if "--offline" not in analyze("--help").stdout:
        pytest.skip("needs systemd-analyze security --offline (systemd 250)")


def test_each_service_has_a_limit():
    assert {os.path.basename(path) for path in glob.glob(f"{UNITS}/*.service")} == set(AT_MOST)


@pytest.mark.parametrize("unit", AT_MOST)
def test_a_service_leaves_no_more_open_than_it_did(unit):
    done = analyze("security", "--offline=yes", "--no-pager", f"{UNITS}/{unit}")
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+) ", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= AT_MOST[unit]
    assert "Unknown key" not in done.stderr and "Failed to parse" not in done.stderr
