"""The API as programs use it: the examples, keys that make nothing happen twice, fixes in
one call, limits."""

import re
import threading

import pytest

from conftest import BUILD, FINDING, TESTS, Api
from lab import seed
from lab.box import Box, wait_for

PLACE = "/usr/local/cpanel/stand-in/examples"
CONF = "/etc/relaydoctor/relaydoctor.conf"
WORD = "shop.example"


CALM = "routing_remote_mx_here:lawfirm.example"     # its fix takes no mail from anywhere


@pytest.fixture(scope="module")
def box():
    small, demo = seed.small(), seed.demo()
    small.accounts += [a for a in demo.accounts if a.name == "lawfirm"]
    small.domains.append(demo.domain("lawfirm.example"))
    with Box(build=BUILD, world=small) as b:
        yield b


def scanned(api):
    api.post("scan")
    wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")


@pytest.fixture(autouse=True, scope="module")
def settled(box):
    box.write(CONF, "api_rate = 6000\n")
    scanned(Api(box))


def consent(plan, **more):
    return {"finding": plan["finding"], "digest": plan["digest"], "typed": WORD, **more}


@pytest.mark.parametrize("argv", [("/bin/sh", "fix.sh"), ("/usr/bin/php", "fix.php"),
                                  ("/usr/bin/python3", "fix.py")], ids=["curl", "php", "python"])
def test_the_examples_change_and_put_back(box, argv):
    before, (program, name) = box.state(), argv
    with open(f"{TESTS}/examples/{name}", encoding="utf-8") as f:
        box.write(f"{PLACE}/{name}", f.read(), 0o755)
    host = box.run(["/bin/hostname"]).stdout.strip()
    asked = {"RD_URL": f"https://{host}:2087/cgi/relaydoctor/admin.cgi", "RD_USER": "root",
             "RD_TOKEN": box.token(), "RD_CA": "/var/cpanel/ssl/cert.pem"}
    done = box.run([program, f"{PLACE}/{name}", FINDING, WORD], env=asked, check=False)
    assert re.fullmatch(r"\d+\nchanged: [0-9a-f-]+\nUNDONE\n", done.stdout), (done.stdout, done.stderr)
    assert box.state() == before
    refused = box.run([program, f"{PLACE}/{name}", "no_such:finding", WORD], env=asked, check=False)
    assert refused.returncode != 0 and "not_found: " in refused.stderr + refused.stdout


def test_a_key_makes_one_change_however_often_and_by_how_many_it_is_sent(box):
    api, before = Api(box), box.state()
    body = consent(api.post("plan", finding=FINDING), idempotency_key="at-once")
    said, answers = [], []

    def send():
        said.append(api.request("apply", body=body))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    answers = [reply["data"]["id"] for status, reply in said if status == 200]
    assert {status for status, _ in said} <= {200, 503} and len(set(answers)) == 1
    assert api.request("apply", body=body)[1]["data"]["id"] == answers[0]
    assert api.request("apply", body={**body, "typed": "other"})[0] == 422
    matching = [c for c in api.get("changes", q=answers[0])["changes"]]
    assert [c["id"] for c in matching] == answers[:1]
    api.post("undo", id=answers[0])
    assert box.state() == before


def test_the_answer_outlives_the_front(box):
    api, before = Api(box), box.state()
    body = consent(api.post("plan", finding=FINDING), idempotency_key="outlives")
    first = api.post("apply", **body)
    box.restart_unit("relaydoctor-admin.service")
    assert api.post("apply", **body) == first
    api.post("undo", id=first["id"])
    assert box.state() == before


def test_one_call_plans_and_applies_what_the_settings_name(box):
    api, before = Api(box), box.state()
    body = {"finding": CALM, "fix": "set_routing", "idempotency_key": "calm"}
    status, reply = api.request("fix", body={**body, "idempotency_key": "off"})
    assert (status, reply["code"]) == (403, "denied") and "one_call" in reply["detail"]
    box.write(CONF, "api_rate = 6000\none_call = set_routing\n")
    scanned(api)
    change = api.post("fix", **body)
    assert change["state"] == "KEPT" and api.post("fix", **body) == change
    status, reply = api.request("fix", body={"finding": FINDING, "fix": "set_routing"})
    assert status == 403 and "a person" in reply["detail"], reply
    api.post("undo", id=change["id"])
    assert box.state() == before


def test_a_login_that_asks_too_often_waits_and_no_other_does(box):
    box.write(CONF, "api_rate = 30\n")
    scanned(Api(box))
    one, other = (Api(box, name, ["edit-mx"], door="reseller.cgi") for name in ("northweb", "root"))
    said = [one.request("scan")[0] for _ in range(60)]
    assert set(said) == {200, 429} and said.count(429) > 20
    assert other.request("scan")[0] == 200          # at the same door
