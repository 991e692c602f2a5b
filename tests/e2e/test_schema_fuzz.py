"""Some hundred requests out of the API's description, always the same; make fuzz-api sends
as many as one likes."""

import pytest

import schema_fuzz
from conftest import BUILD

REQUESTS = 300


@pytest.fixture(scope="module")
def place():
    box, findings = schema_fuzz.scanned_box(BUILD)
    yield box, findings
    box.__exit__(None, None, None)


def test_no_request_breaks_a_front_or_is_told_what_is_not_its(place):
    box, findings = place
    before, pids = box.state(), box.pids("relaydoctor-admin.service")
    fuzz = schema_fuzz.Fuzz(box, findings)
    assert fuzz.run(1, REQUESTS) == []
    assert fuzz.statuses[200] > REQUESTS // 10 and fuzz.statuses[400] > REQUESTS // 10
    assert len(fuzz.calls) >= len(schema_fuzz.described.DESCRIPTION["paths"])
    assert box.pids("relaydoctor-admin.service") == pids and box.state() == before
