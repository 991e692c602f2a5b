"""Damaged servers as their panel tells of them: tests/cases/*/panel.json, with the
public DNS in zone beside it. Domains are name, account, mxcheck, detected, kind."""

import json

import pytest

from conftest import TESTS
from whm import Domain, Whm

CASES = sorted(p.parent for p in (TESTS / "cases").glob("*/panel.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_what_is_found_is_what_the_panel_tells(doctor, certificates, case):
    expect = json.loads((case / "panel.json").read_text())
    domains = [Domain(*words) for words in expect["domains"]]
    with Whm(certificates.get("good"), domains) as server:
        server.fails.update(expect["fails"])
        report = doctor.scan(server, status=expect["exit"])
    assert [{"check": f["check"], "severity": f["severity"], "subject": f["subject"]["name"]}
            for f in report["findings"]] == expect["findings"]
    assert all(f["evidence"] for f in report["findings"])
