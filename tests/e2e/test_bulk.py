"""Two hundred domains fixed at once, stopped half-way and undone: by a browser, by the
command line, by automation; every file is byte-identical in the end."""

import json
import re
import subprocess
import time

import pytest
from selenium.webdriver.common.by import By

import described
from browser import NARROW, WIDE, button, chromium, go, link, log_in, look_at, text, wait, whole_page
from conftest import BUILD, Api, relaydoctor
from lab import seed
from lab.box import Box, wait_for
from test_interrupted import journal_files

N = 200
PATIENCE = 180      # of each row's three programs, on a machine that others use too
CHECK = "routing_remote_mx_here"


@pytest.fixture(scope="module")
def big():
    with Box(build=BUILD, world=seed.many(N)) as b:
        api = Api(b)
        api.post("scan")
        wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")
        yield b


@pytest.fixture(autouse=True)
def restored(big):
    """What a failed test has left is no other's matter."""
    before = big.state()
    yield
    api = Api(big)
    for change in api.get("changes")["changes"] if big.state() != before else []:
        if change["job"] and change["running"]:
            api.request("stop", body={"id": change["id"]})
            ended(api, change["id"])
        if change["undoable"] or change["job"]:
            api.request("undo", body={"id": change["id"]})
            ended(api, change["id"])


@pytest.fixture
def page(request, big):
    scripts = getattr(request, "param", True)
    with chromium(scripts=scripts) as driver:
        driver.scripts = scripts
        log_in(driver, big.whm(), "root", big.password)
        go(driver, link(driver, "Relay Doctor"))
        yield driver


def bulk_ids(api):
    return [f["id"] for f in api.get("findings")["findings"] if f["fix"] and f["fix"]["bulk"]]


def ended(api, job):
    return wait_for(lambda: (j := api.get("job", id=job)) and not j["running"] and j, PATIENCE, "the end")


def moved(box):
    """How many of the domains Exim's list says are local now."""
    return sum(line.startswith("d") and line.endswith(".example")
               for line in box.read("/etc/localdomains").split())


def shown(driver, selector):
    return driver.find_element(By.CSS_SELECTOR, selector).text


# ---- the browser --------------------------------------------------------

def progress(driver):
    """Rows that the job's bar shows done, or None when it has ended."""
    bars = driver.find_elements(By.CSS_SELECTOR, "#progress progress")
    return float(bars[0].get_attribute("value")) if bars else None


def follow(driver, until):
    """Until the bar has come so far; what it has shown."""
    seen = []

    def far_enough(d):
        try:
            seen.append(progress(d))
        except Exception:   # noqa: the page was just replaced
            return False
        return seen[-1] is None or seen[-1] >= until
    wait(driver, far_enough, PATIENCE)
    return seen


def test_all_of_two_hundred_stopped_half_way_and_undone(page, big):
    before = big.state()
    look_at(page, "choose")
    go(page, button(page, f"Preview the fix of all {N + 2}"))
    wait(page, lambda d: f"for {N + 1} domains" in d.page_source, PATIENCE)
    assert "Left out: 1" in text(page) and "shop.example" in shown(page, "[aria-labelledby=left]")
    assert len(page.find_elements(By.CSS_SELECTOR, "[aria-labelledby=ops] tbody tr")) == N + 1
    look_at(page, "bulk")
    assert big.state() == before

    go(page, button(page, f"Apply to {N + 1} domains"))
    wait(page, lambda d: "The changes are being made" in d.page_source, PATIENCE)
    seen = follow(page, N * 0.4)
    assert len({v for v in seen if v}) > 1, "it was seen to move"
    whole_page(page, NARROW, "at-work-narrow.png")
    whole_page(page, WIDE, "at-work-wide.png")
    go(page, button(page, "Stop"))
    wait(page, lambda d: "Stopped by root." in d.page_source)
    assert "not begun" in text(page) and 0.3 * N < moved(big) < N
    look_at(page, "stopped")
    rows = page.find_elements(By.CSS_SELECTOR, "#rows tr")
    assert len(rows) == moved(big) + 1          # and empty.example, which left

    go(page, button(page, "Undo all"))
    wait(page, lambda d: "The changes are being undone" not in d.page_source and "Undone" in d.page_source,
         PATIENCE)
    assert big.state() == before
    look_at(page, "undone")
    go(page, link(page, "History"))
    jobs = page.find_elements(By.PARTIAL_LINK_TEXT, f"Email Routing of {N + 1} domains")
    assert jobs and not page.find_elements(By.PARTIAL_LINK_TEXT, "d000.example")
    look_at(page, "history-of-jobs")
    go(page, jobs[0])
    assert "Undone" in text(page)


@pytest.mark.parametrize("page", [True, False], ids=["scripts", "no-scripts"], indirect=True)
def test_those_that_are_ticked_and_no_others(page, big):
    before = big.state()
    if page.scripts:
        link(page, "Select all shown").click()
    else:
        go(page, link(page, "Select all shown"))
    boxes = page.find_elements(By.NAME, "findings[]")
    assert boxes and all(box.is_selected() for box in boxes)
    wanted = [box for box in boxes if box.get_attribute("value").startswith(CHECK)][:3]
    for box in boxes:
        if box not in wanted:
            box.click()
    names = [box.get_attribute("value").split(":")[1] for box in wanted]
    go(page, button(page, "Preview the fix of those selected"))
    wait(page, lambda d: "for 3 domains" in d.page_source)
    go(page, button(page, "Apply to 3 domains"))
    wait(page, lambda d: "Undo all 3" in d.page_source)
    assert all(name in shown(page, "#rows") for name in names)
    wait(page, lambda d: d.refresh() or "nothing is found any more" in d.page_source)
    look_at(page, "done")
    page.get(page.current_url.split("?")[0])
    assert not any(name in text(page) for name in names), "the overview shows what was cured"
    go(page, link(page, "History"))
    go(page, link(page, "Email Routing of 3 domains"))
    go(page, button(page, "Undo all 3"))
    wait(page, lambda d: "3 undone" in text(d) and "being undone" not in d.page_source)
    assert big.state() == before


# ---- the command line ------------------------------------------------------

def job_of(out):
    return json.loads(out.strip().splitlines()[-1])


def test_by_the_command_line_interrupted_and_undone(big):
    before = big.state()
    ids = [f"{CHECK}:d{i:03}.example" for i in range(30)]
    _, out, _ = relaydoctor(big, "fix", *ids, status=0)
    assert "nothing has been changed" in out and out.count("from remote to local") == 30
    assert big.state() == before
    p = big.popen(["/usr/bin/relaydoctor", "fix", *ids, "--apply", "--json"], stdout=-1, stderr=-1,
                  text=True)
    wait_for(lambda: moved(big) > 5, PATIENCE, "some rows")
    interrupt(big)
    out, err = p.communicate(timeout=PATIENCE)
    job = job_of(out)
    assert p.returncode == 1 and "stopping after the domain" in err and "of 30 done" in err
    assert job["text"] == "Stopped by root." and 5 <= job["done"] < 30
    assert job["done"] + job["left"] == 30 and job["done"] == moved(big)
    assert job["still"] == 0 and {r["state"] for r in job["rows"]} == {"KEPT"}
    _, out, _ = relaydoctor(big, "history", status=0)
    assert f"KEPT: {job['done']} of 30 done" in out and "d000.example" not in out
    _, out, err = relaydoctor(big, "undo", job["id"], "--json", status=0)
    assert job_of(out)["state"] == "UNDONE" and "undone" in err
    assert big.state() == before


def interrupt(box):
    """SIGINT to the command line that applies, as a terminal sends it."""
    code = """
import os, signal
for name in os.listdir("/proc"):
    if name.isdigit():
        try:
            words = open(f"/proc/{name}/cmdline").read().split("\\0")
        except OSError:
            continue
        if words[0] == "/usr/bin/relaydoctor" and "--apply" in words:
            os.kill(int(name), signal.SIGINT)
"""
    box.python(code)


def test_options_of_one_finding_are_no_options_of_many(big):
    relaydoctor(big, "fix", f"{CHECK}:d000.example", f"{CHECK}:d001.example", "--set", "value=local",
                status=2)


# ---- automation -----------------------------------------------------------

def test_by_curl_with_a_token(big):
    before = big.state()
    token = big.token()
    where = big.whm("/cgi/relaydoctor/admin.cgi?api=v1/")

    def curl(name, body=None):
        words = ["curl", "-sk", "-H", f"Authorization: whm root:{token}", where + name]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "--data-binary", json.dumps(body)]
        reply = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        assert reply["metadata"]["result"] == 1, reply
        described.check(name.split("&")[0], "get" if body is None else "post", reply)
        return reply["data"]

    n = 40
    findings = wait_for(lambda: (ids := [f["id"] for f in curl("findings")["findings"]
                                         if not re.search(r":d(0[4-9]|[1-9])", f["id"])])
                        and len(ids) == n + 4 and ids, 30, "what was undone to be seen again")
    plan = curl("plan", {"findings": findings})
    assert plan["planned"] == n + 1
    left = {row["name"]: row["why"] for row in plan["left_out"]}
    assert set(left) == {"shop.example", "filtered.example", "silent.example"}
    assert "asks for the domain's name" in left["shop.example"]
    assert "no one-click fix" in left["filtered.example"]
    job = curl("apply", {"findings": findings, "digest": plan["digest"]})
    assert job["running"] and job["total"] == n + 1
    wait_for(lambda: curl(f"job&id={job['id']}")["done"] > 8, PATIENCE, "some rows")
    curl("stop", {"id": job["id"]})
    job = wait_for(lambda: (j := curl(f"job&id={job['id']}")) and not j["running"] and j, PATIENCE, "the stop")
    assert 8 < job["done"] < n and job["done"] + job["left"] == n + 1
    assert curl("undo", {"id": job["id"]})["undoing"]
    job = wait_for(lambda: (j := curl(f"job&id={job['id']}")) and not j["running"] and j, PATIENCE, "the undo")
    assert job["state"] == "UNDONE" and big.state() == before
    entry = next(c for c in curl("changes")["changes"] if c["id"] == job["id"])
    assert entry["job"] and entry["undone"] == job["undone"]


def test_what_changed_since_the_plan_is_refused_as_a_whole(big):
    api = Api(big)
    findings = [f"{CHECK}:d{i:03}.example" for i in range(5)]
    plan = api.post("plan", findings=findings)
    before = big.state()
    big.run(["/usr/local/cpanel/bin/uapi", "--user=site1", "Email", "set_always_accept",
             "domain=d001.example", "mxcheck=local"])
    status, reply = api.request("apply", body={"findings": findings, "digest": plan["digest"]})
    assert status == 409 and "new preview" in reply["metadata"]["reason"], reply
    fresh = api.post("plan", findings=findings)
    assert fresh["planned"] == 4 and fresh["left_out"][0]["name"] == "d001.example"
    big.run(["/usr/local/cpanel/bin/uapi", "--user=site1", "Email", "set_always_accept",
             "domain=d001.example", "mxcheck=remote"])
    assert big.state() == before


def test_a_resellers_job_is_of_own_accounts_and_nobody_elses_to_see(big):
    api = Api(big, "northweb", ["edit-mx"], door="reseller.cgi")
    own = wait_for(lambda: (ids := [i for i in bulk_ids(api) if i.startswith(CHECK)])
                   and len(ids) == N / 2 and ids, 30, "what was undone to be seen again")
    foreign = f"{CHECK}:d000.example"
    assert api.request("plan", body={"findings": [own[0], foreign]})[0] == 404
    before = big.state()
    plan = api.post("plan", findings=own[:4])
    job = api.post("apply", findings=own[:4], digest=plan["digest"])
    assert ended(api, job["id"])["done"] == 4
    other = Api(big, "root", ["all"], door="reseller.cgi")
    assert other.request("job", id=job["id"])[0] == 404
    assert other.request("stop", body={"id": job["id"]})[0] == 404
    assert other.request("undo", body={"id": job["id"]})[0] == 404
    api.post("undo", id=job["id"])
    assert ended(api, job["id"])["state"] == "UNDONE" and big.state() == before


HOLD = """
import socket, sys
held = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(5)]
for s in held:
    s.connect("/run/relaydoctor/helper.sock")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_helper_with_few_places_left_takes_no_domain_from_a_plan(big):
    """The panel was not asked then, which is no answer of the panel's."""
    findings = [f"{CHECK}:d{i:03}.example" for i in range(14)]
    holder = big.popen(["/usr/bin/python3", "-c", HOLD], stdin=subprocess.PIPE,
                       stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        _, out, _ = relaydoctor(big, "fix", *findings, "--json", status=0)
    finally:
        holder.communicate("")
    assert [(r["name"], r["why"]) for r in json.loads(out)["left_out"]] == []


# ---- death -------------------------------------------------------------------

def test_the_job_goes_on_when_the_front_is_killed(big):
    before = big.state()
    api = Api(big)
    findings = [f"{CHECK}:d{i:03}.example" for i in range(14)]
    plan = api.post("plan", findings=findings)
    job = api.post("apply", findings=findings, digest=plan["digest"])["id"]
    wait_for(lambda: moved(big) > 3, PATIENCE, "some rows")
    big.kill_unit("relaydoctor-admin")
    wait_for(lambda: Api(big).request("status")[0] == 200, 20, "the front")
    assert ended(api, job)["done"] == 14 and moved(big) == 14
    api.post("undo", id=job)
    ended(api, job)
    assert big.state() == before


def test_a_killed_helper_leaves_exact_counts_and_a_job_that_can_be_undone(big):
    before = big.state()
    api = Api(big)
    findings = [f"{CHECK}:d{i:03}.example" for i in range(14)]
    plan = api.post("plan", findings=findings)
    job = api.post("apply", findings=findings, digest=plan["digest"])["id"]
    wait_for(lambda: moved(big) > 3, PATIENCE, "some rows")
    big.kill_unit("relaydoctor-helper")
    time.sleep(1)
    state = ended(api, job)
    assert "interrupted" in state["text"] and state["done"] == moved(big) < 14
    assert state["done"] + state["failed"] + state["left"] == 14
    assert not any(c["state"] == "PREPARED" for c in journal_files(big))
    api.post("undo", id=job)
    assert ended(api, job)["done"] == 0 and big.state() == before
