"""A site's program that must reach another mail server, and the firewall that keeps it
from it: named, opened for that account alone, and shut again. All rules are real."""

import json
import re
import time

import pytest

import described
from browser import NARROW, WIDE, button, chromium, fits, go, link, log_in, text, wait, whole_page
from conftest import BUILD, Api, relaydoctor
from lab import seed
from lab.box import Box, wait_for

CSF = seed.CSF_CONF.replace('TCP_OUT = "22,25,53,80,443,587"', 'TCP_OUT = "22,25,53,80,443,465,587"') \
    .replace('TCP6_OUT = "22,25,53,80,443,587"', 'TCP6_OUT = "22,25,53,80,443,465,587"')
FINDING = f"smtp_restrictions_on:{seed.HOSTNAME}"
CONF = "/etc/csf/csf.conf"

# What a contact form's library does: straight to the provider's server.
SCRIPT = """
import smtplib, sys
with smtplib.SMTP(sys.argv[1], 25, timeout=10) as s:
    s.sendmail("orders@bakery.example", ["owner@gmail.example"], "Subject: an order\\n\\nhello\\n")
"""


def world():
    w = seed.small()
    w.files = {CONF: CSF, "/var/cpanel/cpanel.config": "smtpmailgidonly=0\n"}
    return w


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        b.run(["/usr/sbin/csf", "-r"])
        yield b


def site_sends(box, user="bakery"):
    """How the site's program fares: "" or its error; and what arrived."""
    before = len(box.sink(seed.GOOGLE))
    done = box.python(SCRIPT, seed.GOOGLE, user=user, check=False)
    return done.stderr.strip().rpartition("\n")[2], len(box.sink(seed.GOOGLE)) - before


def rules(box):
    """Without their counters and the time of the listing."""
    return [re.sub(r"#.*\n| \[\d+:\d+\]", "", box.run([f"/usr/sbin/{tool}-save"]).stdout)
            for tool in ("iptables", "ip6tables")]


def look_at(driver, name):
    for size, word in ((WIDE, "wide"), (NARROW, "narrow")):
        assert fits(driver, size), f"{name} is too wide at {size[0]}"
        whole_page(driver, size, f"{name}-{word}.png")


def scan(driver):
    button(driver, "Scan").click()
    wait(driver, lambda d: "Findings, worst first" in d.page_source
         and "A scan is running" not in d.page_source)


def test_a_sites_program_is_let_out_alone_and_shut_in_again(box):
    error, arrived = site_sends(box)
    assert "Connection refused" in error and arrived == 0
    with chromium() as page:
        log_in(page, box.whm(), "root", box.password)
        go(page, link(page, "Relay Doctor"))
        scan(page)
        go(page, link(page, "may not connect to other mail servers"))
        assert "SMTPOUTPUT" in text(page) and "SMTP_BLOCK" in text(page)
        look_at(page, "restricted")
        go(page, link(page, "Preview the fix"))
        assert "Which account?" in text(page)
        look_at(page, "which-account")
        page.find_element("id", "choice-account").send_keys("bakery")
        go(page, button(page, "Preview that"))
        assert "bakery" in text(page) and "csf -r" in text(page) and "60 seconds" in text(page)
        assert box.read(CONF) == CSF
        look_at(page, "exempt-preview")
        go(page, button(page, "Apply"))
        assert "Done and verified" in text(page), text(page)
        look_at(page, "exempt-change")

        assert box.read(CONF) == CSF.replace('"cpanel"', '"cpanel,bakery"')
        assert site_sends(box) == ("", 1)
        assert site_sends(box, "shopco")[1] == 0

        go(page, button(page, "Undo this change"))
        assert "Undone" in text(page)
    assert box.read(CONF) == CSF
    error, arrived = site_sends(box)
    assert "Connection refused" in error and arrived == 0


def fix(box, *words, status=0):
    done, out, err = relaydoctor(box, "fix", *words, "--json")
    assert (done == 0) == (status == 0), (out, err)
    return json.loads(out) if status == 0 else err


def test_the_command_line_does_the_same(box):
    before = rules(box)
    plan = fix(box, FINDING, "--set", "account=bakery")
    assert plan["ops"] == [{"verb": "set_csf_user", "name": "bakery", "expect": "restricted",
                            "value": "exempt"}]
    assert box.read(CONF) == CSF and rules(box) == before
    change = fix(box, FINDING, "--set", "account=bakery", "--apply")
    assert change["state"] == "KEPT"
    assert site_sends(box) == ("", 1)
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read(CONF) == CSF and site_sends(box)[1] == 0


def test_the_api_does_the_same(box):
    api = Api(box)
    asked = {"finding": FINDING, "params": {"account": "bakery"}}

    def post(name, **body):
        status, reply = api.request(name, body=body)
        assert status == 200, reply
        described.check(name, "post", reply)
        return reply["data"]

    plan = post("plan", **asked)
    assert plan["before"] is None and plan["server"]["in"]
    change = post("apply", **asked, digest=plan["digest"])
    assert change["state"] == "KEPT"
    assert {"user": "bakery", "port": 25, "family": "IPv4", "verdict": "accepted"} in change["server"]["out"]
    post("undo", id=change["id"])
    assert box.read(CONF) == CSF


@pytest.mark.parametrize("account, why", [
    ("", "which account"), ("root", "no account"), ("nobody", "no account"), ("bakery,shopco", "no account"),
    ("studio' \"", "no account"), ("x" * 3000, "no account"), ("cpanel", "no account")])
def test_whom_nothing_can_exempt(box, account, why):
    assert why in fix(box, FINDING, "--set", f"account={account}", status=1)
    assert box.read(CONF) == CSF


def test_a_port_that_csf_does_not_let_out_is_opened(box):
    shut = CSF.replace("443,465,587", "443,587")
    # What SMTP_BLOCK decides about does not wait for the list.
    box.write(CONF, shut.replace('SMTP_PORTS = "25,587"', 'SMTP_PORTS = "25,465,587"'))
    box.run(["/usr/sbin/csf", "-r"])
    assert "csf_tcp_out_missing:465" not in relaydoctor(box, "scan", "--json")[1]
    box.write(CONF, shut)
    box.run(["/usr/sbin/csf", "-r"])
    change = fix(box, "csf_tcp_out_missing:465", "--apply")
    assert change["state"] == "KEPT"
    assert box.read(CONF) == shut.replace('443,587"', '443,587,465"')
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read(CONF) == shut
    box.write(CONF, CSF)
    box.run(["/usr/sbin/csf", "-r"])


def test_a_port_that_csf_does_not_let_in_is_opened(box):
    shut = CSF.replace('TCP_IN = "22,25,26,', 'TCP_IN = "22,26,')
    box.write(CONF, shut)
    box.run(["/usr/sbin/csf", "-r"])
    with pytest.raises(AssertionError):
        box.send("info@bakery.example")
    change = fix(box, "port_in_filtered:25", "--apply")
    assert change["state"] == "KEPT"
    assert box.send("info@bakery.example")[0] == 250
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read(CONF) == shut
    box.write(CONF, CSF)
    box.run(["/usr/sbin/csf", "-r"])


def test_an_edit_that_nobody_put_into_force_and_that_would_shut_out_is_seen_before(box):
    box.write(CONF, CSF.replace(',2083,2087"', ',2083"'))
    assert "shut everybody out of port 2087" in fix(box, FINDING, "--set", "account=bakery", status=1)
    box.write(CONF, CSF)


def test_whoever_would_shut_himself_out_is_told_before(box):
    box.write("/etc/csf/csf.deny", f"{seed.STRANGER} # by hand, and csf -r not run since\n")
    words = ["/usr/bin/relaydoctor", "fix", FINDING, "--set", "account=bakery", "--apply"]
    done = box.run(words, env={"SSH_CLIENT": f"{seed.STRANGER} 50123 22"}, check=False)
    assert done.returncode == 1 and "shut you out yourself" in done.stderr, done
    assert box.read(CONF) == CSF
    box.remove("/etc/csf/csf.deny")


def test_rules_that_shut_out_the_one_who_made_the_change_are_taken_back_at_once(box):
    """csf.deny, say: the restart brings into force what the preview could not see."""
    before = rules(box)
    csf = box.read("/usr/sbin/csf")
    box.write("/usr/sbin/csf", "#!/bin/sh\n/usr/local/bin/csf.real \"$@\" && /usr/sbin/iptables -I INPUT "
              "-p tcp --dport 2087 ! -i lo -j DROP\n", 0o755)
    box.write("/usr/local/bin/csf.real", csf, 0o755)
    try:
        err = fix(box, FINDING, "--set", "account=bakery", "--apply", status=1)
        assert "no longer get to port 2087" in err and "was undone" in err
    finally:
        box.write("/usr/sbin/csf", csf, 0o755)
    assert box.read(CONF) == CSF
    assert rules(box) == before


def test_turning_all_restrictions_off_takes_the_page_and_a_word(box):
    api = Api(box)
    asked = {"finding": FINDING, "params": {"fix": "set_restrictions"}}
    for name, more in (("plan", {}), ("apply", {"digest": "0" * 64, "typed": seed.HOSTNAME})):
        status, reply = api.request(name, body={**asked, **more})
        assert status == 403 and "in WHM alone" in reply["metadata"]["reason"], reply
    assert "in WHM alone" in fix(box, FINDING, "--set", "fix=set_restrictions", status=1)
    with chromium() as page:
        log_in(page, box.whm(), "root", box.password)
        go(page, link(page, "Relay Doctor"))
        scan(page)
        here = page.current_url.split("?")[0]
        page.get(f"{here}?page=finding&id={FINDING}")
        page.find_element("xpath", "//summary[contains(., 'unrestricted')]").click()
        look_at(page, "unrestricted")
        go(page, link(page, "Preview it"))
        assert "refused elsewhere, for days or weeks" in text(page)
        look_at(page, "off-preview")
        page.find_element("id", "typed").send_keys("yes")
        go(page, button(page, "Apply"))
        assert "Nothing was " in text(page) and box.read(CONF) == CSF
        page.find_element("id", "typed").send_keys(seed.HOSTNAME)
        go(page, button(page, "Apply"))
        assert "Done and verified" in text(page), text(page)
        assert box.read(CONF) == CSF.replace('SMTP_BLOCK = "1"', 'SMTP_BLOCK = "0"')
        assert site_sends(box, "shopco") == ("", 1)
        go(page, button(page, "Undo this change"))
    assert box.read(CONF) == CSF and site_sends(box, "shopco")[1] == 0


def without_csf(box):
    box.write("/etc/csf/csf.disable", "")
    for tool in ("iptables", "ip6tables"):
        for chain in ("INPUT", "OUTPUT"):
            box.run([tool, "-P", chain, "ACCEPT"])
        box.run([tool, "-F"])


def restrictions(box):
    status, reply = Api(box).request("ports")
    assert status == 200, reply
    described.check("ports", "get", reply)
    return reply["data"]["restrictions"]


@pytest.mark.parametrize("owner, state, exempt", [
    ("CSF", "stopped", "SMTP_ALLOWUSER (cpanel)"), ("WHM", "led back", "no account")])
def test_restrictions_that_are_off_are_turned_on_on_the_ports_page(box, owner, state, exempt):
    off = CSF.replace('SMTP_BLOCK = "1"', 'SMTP_BLOCK = "0"')
    box.write(CONF, off)
    box.run(["/usr/sbin/csf", "-r"])
    if owner == "WHM":
        without_csf(box)
    assert site_sends(box, "shopco") == ("", 1)
    free = restrictions(box)
    assert (free["state"], free["owner"], free["offer"]) == ("free", None, "on")
    status, reply = Api(box).request("plan", body={
        "finding": FINDING, "params": {"fix": "set_restrictions", "value": "on"}})
    assert status == 403 and "in WHM alone" in reply["metadata"]["reason"], reply
    assert "not found any more" in fix(box, FINDING, status=1)
    with chromium() as page:
        log_in(page, box.whm(), "root", box.password)
        go(page, link(page, "Relay Doctor"))
        go(page, link(page, "Ports"))
        assert "Nothing on this server keeps" in text(page)
        look_at(page, f"unrestricted-{owner}")
        go(page, link(page, "Preview turning them on"))
        assert "outside provider" in text(page)
        look_at(page, f"on-preview-{owner}")
        page.find_element("id", "typed").send_keys("yes")
        go(page, button(page, "Apply"))
        assert "Nothing was " in text(page) and site_sends(box, "shopco") == ("", 1)
        page.find_element("id", "typed").send_keys("on")
        go(page, button(page, "Apply"))
        assert "Done and verified" in text(page), text(page)
        assert site_sends(box, "shopco")[1] == 0
        on = restrictions(box)
        assert (on["state"], on["offer"]) == (state, "off") and on["owner"].startswith(owner)
        assert exempt in on["exempt"]
        go(page, button(page, "Undo this change"))
        assert "Undone" in text(page)
    assert box.read(CONF) == off and restrictions(box) == free
    assert site_sends(box, "shopco") == ("", 1)
    box.write(CONF, CSF)
    if owner == "WHM":
        box.remove("/etc/csf/csf.disable")
    box.run(["/usr/sbin/csf", "-r"])


def whm_restricts(box, value):
    box.run(["/usr/local/cpanel/bin/whmapi1", "set_tweaksetting", "key=smtpmailgidonly",
             f"value={value}"])


def findings(box, check):
    _, out, _ = relaydoctor(box, "scan", "--check", check, "--json")
    return [f["id"] for f in json.loads(out)["findings"] if f["severity"] != "unknown"]


def test_of_two_owners_csf_remains_and_whm_is_no_answer(box):
    whm_restricts(box, 1)
    two = f"smtp_restrictions_two_owners:{seed.HOSTNAME}"
    assert findings(box, "smtp_restrictions_two_owners") == [two]
    assert restrictions(box)["mend"] == two
    assert "every restart of CSF" in fix(box, two, "--set", "owner=whm", status=1)
    assert "owner is csf" in fix(box, two, "--set", "owner=nobody", status=1)
    change = fix(box, two, "--apply")
    assert (change["before"], change["after"]) == ("WHM on, CSF on", "WHM off, CSF on")
    assert not box.exists("/var/cpanel/smtpgidonlytweak") and box.read(CONF) == CSF
    assert findings(box, "smtp_restrictions_two_owners") == []
    assert "Connection refused" in site_sends(box)[0]
    relaydoctor(box, "undo", change["id"], status=0)
    assert findings(box, "smtp_restrictions_two_owners") == [two]
    whm_restricts(box, 0)
    box.run(["/usr/sbin/csf", "-r"])


def test_csf_as_the_only_owner_asks_for_a_word_where_sites_get_out_now(box):
    whm_restricts(box, 1)
    box.write(CONF, CSF.replace('SMTP_BLOCK = "1"', 'SMTP_BLOCK = "0"'))
    box.run(["/usr/sbin/csf", "-r"])    # and WHM's rules are gone
    two = f"smtp_restrictions_two_owners:{seed.HOSTNAME}"
    assert site_sends(box) == ("", 1)
    assert fix(box, two)["confirm"]["word"] == "csf"
    assert "type csf to confirm" in fix(box, two, "--apply", status=1)
    change = fix(box, two, "--set", "confirm=csf", "--apply")
    assert change["state"] == "KEPT" and box.read(CONF) == CSF
    assert site_sends(box)[1] == 0
    whm_restricts(box, 0)


def test_rules_of_whm_that_a_flush_took_away_are_made_anew(box):
    without_csf(box)
    whm_restricts(box, 1)
    assert site_sends(box)[1] == 0
    for tool in ("iptables", "ip6tables"):
        box.run([tool, "-t", "nat", "-F"])
    assert site_sends(box) == ("", 1)
    drift = f"smtp_restrictions_drift:{seed.HOSTNAME}"
    assert findings(box, "smtp_restrictions_drift") == [drift]
    change = fix(box, drift, "--apply")
    assert change["state"] == "KEPT" and site_sends(box)[1] == 0
    assert findings(box, "smtp_restrictions_drift") == []
    assert "one-click fix" in fix(box, FINDING, "--set", "account=bakery", status=1)
    whm_restricts(box, 0)
    box.remove("/etc/csf/csf.disable")
    box.run(["/usr/sbin/csf", "-r"])


def test_when_front_helper_and_scan_are_killed_a_broken_firewall_puts_itself_right(box):
    before = rules(box)
    box.write("/run/timer.factor", "0.1")
    csf = box.read("/usr/sbin/csf")
    box.write("/usr/local/bin/csf.real", csf, 0o755)
    box.write("/usr/sbin/csf", "#!/bin/sh\n/usr/local/bin/csf.real \"$@\"\n/usr/sbin/iptables -P INPUT DROP\n"
              "/usr/sbin/iptables -F INPUT\ntouch /run/broken\nsleep 600\n", 0o755)
    try:
        cli = box.popen(["/usr/bin/relaydoctor", "fix", FINDING, "--set", "account=bakery", "--apply"])
        wait_for(lambda: box.exists("/run/broken"), 30, "the firewall to break")
        began = time.monotonic()
        cli.kill()
        cli.wait()
        for unit in ("relaydoctor-helper", "relaydoctor-admin", "relaydoctor-scan"):
            box.kill_unit(unit)
        assert rules(box) != before
        wait_for(lambda: rules(box) == before and box.read(CONF) == CSF, 30, "the rules")
        assert time.monotonic() - began < 20
    finally:
        box.write("/usr/sbin/csf", csf, 0o755)
        box.remove("/run/timer.factor")
    box.start_unit("relaydoctor-admin.service")
    change = json.loads(relaydoctor(box, "history", "--json", status=0)[1])[0]
    assert change["state"] in ("UNDONE", "FAILED") and change["name"] == "bakery"
