"""The same story by automation: HTTP with an API token, through the doors."""

import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from conftest import FINDING, Api, relaydoctor
from lab.box import wait_for


@pytest.fixture(autouse=True, scope="module")
def scanned(box):
    """The admin front has looked at the server once."""
    api = Api(box)
    api.post("scan")
    wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")


def consent(plan):
    """What apply is sent for a plan that was looked at."""
    return {"finding": plan["finding"], "params": {}, "digest": plan["digest"],
            "typed": "shop.example"}


def plan_and_apply(api):
    return api.post("apply", **consent(api.post("plan", finding=FINDING)))


def test_findings_are_the_command_lines_object(box, api):
    report = api.get("findings")
    assert report["schema"] == "relaydoctor/1"
    assert any(f["id"] == FINDING for f in report["findings"])


def test_fix_and_undo_leave_every_file_as_it_was(box, api):
    before = box.state()
    change = plan_and_apply(api)
    assert change["state"] == "KEPT"
    assert change["proof"]["after"]["route"]["kind"] == "remote"
    assert "shop.example" in box.read("/etc/remotedomains").split()
    entry = next(c for c in api.get("changes")["changes"] if c["id"] == change["id"])
    assert entry["by"] == "root" and entry["door"] == "admin.cgi"
    assert api.post("undo", id=change["id"])["state"] == "UNDONE"
    assert box.state() == before


def test_an_apply_whose_server_changed_since_the_plan_is_refused(box, api):
    plan = api.post("plan", finding=FINDING)
    change = plan_and_apply(api)
    status, reply = api.request("apply", body=consent(plan))
    assert status in (409, 404, 403) and reply["metadata"]["result"] == 0
    api.post("undo", id=change["id"])


def test_a_token_without_the_acl_is_refused_by_the_door(box):
    api = Api(box, "northweb", ["edit-mx"])
    status, reply = api.request("findings")
    assert status == 403 and "schema" not in str(reply)
    limited_root = Api(box, "root", ["list-accts"])
    assert limited_root.request("findings")[0] == 403


def test_a_reseller_sees_and_changes_its_own_accounts_only(box):
    api = Api(box, "northweb", ["edit-mx"], door="reseller.cgi")
    names = {f["subject"]["name"] for f in api.get("findings")["findings"]}
    assert names == {"shop.example"}
    change = plan_and_apply(api)
    assert change["state"] == "KEPT" and change["by"] == "northweb"
    api.post("undo", id=change["id"])


def test_root_at_the_resellers_door_is_what_root_owns(box):
    api = Api(box, "root", ["all"], door="reseller.cgi")
    assert not any(f["id"] == FINDING for f in api.get("findings")["findings"])
    foreign, reply = api.request("plan", body={"finding": FINDING})
    unknown, other = api.request("plan", body={
        "finding": FINDING.replace("shop", "nobody")})
    assert (foreign, unknown) == (404, 404)
    assert reply["metadata"]["reason"].replace("shop", "") == \
        other["metadata"]["reason"].replace("nobody", "")


def test_a_resellers_undo_of_a_foreign_change_is_refused(box, api):
    root_change = plan_and_apply(api)
    other = Api(box, "root", ["all"], door="reseller.cgi")
    before = box.state()
    status, _ = other.request("undo", body={"id": root_change["id"]})
    assert status in (403, 404)
    assert box.state() == before
    api.post("undo", id=root_change["id"])


@pytest.mark.parametrize("headers,raw", [
    ({"Content-Type": "text/plain"}, b'{"finding":"x"}'),
    ({"Content-Type": "application/x-www-form-urlencoded"}, b"finding=x"),
    ({"Content-Type": "application/json", "Origin": "https://evil.example"}, b"{}"),
    ({"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, b"{}"),
], ids=["text", "form", "origin", "fetch-site"])
def test_a_cross_site_request_is_refused_whatever_the_credentials(box, api, headers, raw):
    before = box.state()
    assert api.request("apply", raw=raw, headers=headers)[0] == 403
    assert box.state() == before


def test_two_admins_at_once_one_wins(box, api):
    plans = [api.post("plan", finding=FINDING) for _ in range(2)]
    replies = [api.request("apply", body=consent(p)) for p in plans]
    assert [status for status, _ in replies][0] == 200
    assert replies[1][0] != 200
    api.post("undo", id=replies[0][1]["data"]["id"])


def families(text):
    """By a reader of the format that is not ours."""
    return {f.name: f for f in text_string_to_metric_families(text)}


def test_the_last_scan_is_told_to_prometheus_as_it_was(box, api):
    summary = api.get("findings")["summary"]
    data = api.get("metrics")
    status, text = api.request("metrics", format="text")
    assert status == 200 and text == data["text"] and "openmetrics-text" in data["type"]
    found = families(text)
    assert {s.labels["severity"]: s.value for s in
            found["relaydoctor_severity_findings"].samples} == {
                k: summary[k] for k in ("critical", "warning", "unknown", "info")}
    assert any(s.labels == {"check": FINDING.split(":")[0], "severity": "critical"}
               for s in found["relaydoctor_findings"].samples)
    age = time.time() - found["relaydoctor_scan_timestamp_seconds"].samples[0].value
    assert 0 <= age < 3600
    assert relaydoctor(box, "metrics", status=0)[1] == text
    reseller = Api(box, "northweb", ["edit-mx"], door="reseller.cgi")
    assert reseller.request("metrics", format="text")[0] == 403


def test_whom_the_server_trusts_is_no_resellers_matter(box):
    api = Api(box, "northweb", ["edit-mx"], door="reseller.cgi")
    own = next(f["id"] for f in api.get("findings")["findings"] if f["subject"]["kind"] == "domain")
    assert api.request("plan", body={"finding": own})[0] != 404
    assert api.request("plan", body={"finding": own, "params": {"address": "198.51.100.7"}})[0] == 404
