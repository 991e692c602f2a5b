"""Scans on a disk that is full or broken from each write on: what is found is the same, what could
not be kept is told with the file's name, and the next scan finds whole databases."""

import contextlib
import errno
import os
import sqlite3
import subprocess

import pytest

from conftest import REPO
from test_history import ids, resolver, wrong

# `make kills` tries every write.
EACH = 1 if os.environ.get("RD_EVERY_VERB") else 7
KEPT = ("dns.sqlite", "logs.sqlite", "history.sqlite")


@pytest.fixture(scope="module")
def fail_at(tmp_path_factory):
    place = tmp_path_factory.mktemp("preload")
    for path in (place, *list(place.parents)[:2]):
        path.chmod(0o755)       # the scan's account loads it
    out = place / "fail_at.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-DOF_SQLITE", "-O1", "-o", out,
                    REPO / "tests/priv/fail_at.c", "-ldl"], check=True)
    return lambda n, code: ["env", f"LD_PRELOAD={out}", f"FAIL_AT={n}", f"FAIL_WITH={code}",
                            "ASAN_OPTIONS=verify_asan_link_order=0"]


def check_databases(server):
    for name in KEPT:
        with contextlib.closing(sqlite3.connect(server.state / name)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name
    assert not list(server.state.glob("*.broken"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_a_scan_finds_the_same_and_tells_what_it_could_not_keep(server, fail_at, code):
    server.has("one.test", "two.test")
    with resolver() as dns:
        for n in range(1, 1000, EACH):
            for name in os.listdir(server.state):
                (server.state / name).unlink()
            assert ids(server.scan(dns.address, prefix=fail_at(n, code))) == wrong("one.test", "two.test")
            told = server.said
            assert all("/state/" in line and " is not k" in line.replace("are", "is")
                       for line in told.splitlines()), told
            assert ids(server.scan(dns.address)) == wrong("one.test", "two.test")
            assert not server.said
            check_databases(server)
            if not told:
                assert n > 50
                return
