"""One address that is blocked here, from the question to the undo: by the command line,
the API and the page, on a box with CSF's lists, cPHulk and Exim's own list."""

import json
import re

import pytest

from conftest import BUILD, Api, relaydoctor
from described import check
from lab import seed
from lab.box import Box

CUSTOMER, STRANGER, HULK, NET, TEMPORARY, LISTED, BLACK = (
    "203.0.113.5", "198.51.100.9", "203.0.113.8", "192.0.2.77", "203.0.113.6", "203.0.113.7",
    "2001:db8::77")
DENY = (f"# csf.deny\n{CUSTOMER} # lfd: (smtpauth) Failed SMTP AUTH login from {CUSTOMER}: 5 in "
        "the last 3600 secs - Tue Nov 24 07:42:33 2026\n192.0.2.0/24 # a network\n"
        f"{STRANGER} # by hand\n203.0.113.44 # do not delete\n")
SPAMMERS = f"# ours\n{LISTED}  # why \n203.0.113.99\n"
TEMP = f"{{now}}|{TEMPORARY}|*|in|3600|lfd - (imapd) Failed IMAP login\n"
PLACES = {"deny": "/etc/csf/csf.deny", "temporary": "/var/lib/csf/csf.tempban",
          "spammers": "/etc/spammeripblocks"}


def world():
    w = seed.small()
    w.files = {**w.files, "/etc/csf/csf.conf": seed.CSF_CONF, PLACES["deny"]: DENY,
               PLACES["spammers"]: SPAMMERS,
               "/var/log/lfd.log": f"Nov 24 07:42:33 server lfd[9]: (smtpauth) Failed SMTP AUTH "
                                   f"login from {CUSTOMER} (XX/-): 5 *Blocked in csf*\n"}
    w.logged = [(90, "1vN00A-00000001abC-0aBc <= info@shop.example H=(pc) [" + CUSTOMER + "]:5 "
                     "P=esmtpsa A=dovecot_login:info@shop.example S=900 for x@far.example"),
                (30, "1vN00A-00000001abC-0aBc => x@far.example R=lookuphost T=remote_smtp "
                     f'H=mx.far.example [{seed.GOOGLE}] C="250 taken"')]
    w.rules = ["*filter", ":DENYIN - [0:0]", "-A INPUT ! -i lo -j DENYIN",
               f"-A DENYIN -s {CUSTOMER} -j DROP",
               "-A OUTPUT ! -o lo -p tcp --dport 465 -m owner --uid-owner nobody -j REJECT",
               "-A OUTPUT ! -o lo -p tcp --dport 587 -j DROP", "COMMIT"]
    return w


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        now = int(b.run(["date", "+%s"]).stdout)
        b.write(PLACES["temporary"], TEMP.format(now=now))
        b.write("/var/cpanel/stand-in/cphulk.json", json.dumps(
            {"brutes": [{"ip": HULK, "logintime": "2026-11-24 06:00:00", "notes": "5 failures"}],
             "black": {BLACK: "by hand"}}))
        yield b


@pytest.fixture
def api(box):
    return Api(box)


def look(box, ip):
    return json.loads(relaydoctor(box, "show", ip, "--json")[1])


def fix(box, ip, *words, status=0):
    _, out, err = relaydoctor(box, "fix", f"ip_blocked:{ip}", *words, "--json", status=status)
    return json.loads(out) if status == 0 else err


@pytest.mark.parametrize("ip, verb, place", [
    (CUSTOMER, "unblock_deny", "deny"), (STRANGER, "unblock_deny", "deny"),
    (LISTED, "unblock_spammers", "spammers")])
def test_an_address_goes_off_its_list_and_comes_back(box, ip, verb, place):
    before = box.read(PLACES[place])
    assert look(box, ip)["address"]["state"] == "blocked"
    op, = fix(box, ip)["ops"]
    assert (op["verb"], op["name"], op["value"]) == (verb, ip, "not listed")
    assert box.read(PLACES[place]) == before
    change = fix(box, ip, "--apply")
    assert (change["state"], change["undoable"]) == ("KEPT", True)
    assert change["address"]["entries"] == [] and change["address"]["state"] == "free"
    lines = before.splitlines(keepends=True)
    assert box.read(PLACES[place]) == "".join(x for x in lines if not x.startswith(ip))
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read(PLACES[place]) == before
    assert look(box, ip)["address"]["state"] == "blocked"


def test_the_firewalls_rule_goes_with_the_line_and_returns_with_it(box):
    def rules():
        return box.run(["/usr/sbin/iptables", "-S", "DENYIN"]).stdout

    assert CUSTOMER in rules()
    change = fix(box, CUSTOMER, "--apply")
    assert CUSTOMER not in rules()
    relaydoctor(box, "undo", change["id"], status=0)
    assert CUSTOMER in rules()


def test_a_network_is_not_cut_up_and_a_kept_line_stays(box):
    for ip, words in ((NET, "csf -a ADDRESS"), ("203.0.113.44", "do not delete")):
        address = look(box, ip)
        assert address["address"]["state"] == "blocked"
        assert words in fix(box, ip, "--apply", status=1)
    assert look(box, NET)["findings"][0]["fix"] is None
    assert box.read(PLACES["deny"]) == DENY


@pytest.mark.parametrize("ip, verb", [(TEMPORARY, "unblock_temporary"), (HULK, "unblock_hulk")])
def test_what_cannot_be_undone_says_so_before_and_offers_no_undo(box, ip, verb):
    plan = fix(box, ip)
    assert plan["ops"][0]["verb"] == verb
    assert any(n.startswith("Not undoable") for n in plan["notes"])
    change = fix(box, ip, "--apply")
    assert (change["state"], change["undoable"]) == ("KEPT", False)
    assert change["address"]["entries"] == []
    assert "cannot be undone" in relaydoctor(box, "undo", change["id"])[2]


def test_the_blacklist_of_cphulk_gives_an_ipv6_address_free(box):
    change = fix(box, BLACK, "--apply")
    assert change["verb"] == "unblock_black" and change["address"]["entries"] == []
    relaydoctor(box, "undo", change["id"], status=0)
    assert look(box, BLACK)["address"]["entries"][0]["list"] == "cPHulk: blacklist"


MORE = "# more\n198.51.100.77 # of a colleague\n198.51.100.78 # stays\n"


@pytest.fixture
def included(box):
    """csf.deny includes a file of root's beneath /etc/csf and one elsewhere; all are in force."""
    tools = ("iptables", "ip6tables")
    rules = [box.run([f"/usr/sbin/{tool}-save"]).stdout for tool in tools]
    box.write("/etc/csf/more.deny", MORE)
    box.write("/var/lib/csf/other.deny", "198.51.100.79\n")
    box.write(PLACES["deny"], DENY + "Include /etc/csf/more.deny\nInclude /var/lib/csf/other.deny\n")
    box.run(["/usr/sbin/csf", "-r"])
    yield lambda: box.run(["/usr/sbin/iptables", "-S", "DENYIN"]).stdout
    box.write(PLACES["deny"], DENY)
    for tool, text in zip(tools, rules):
        box.run([f"/usr/sbin/{tool}-restore"], input=text)


def test_an_included_file_gives_an_address_free_and_gets_its_line_back(box, included):
    told = look(box, "198.51.100.77")
    entry, = told["address"]["entries"]
    assert (entry["file"], entry["line"]) == ("/etc/csf/more.deny", 2)
    assert told["address"]["unread"] == [] and "198.51.100.77" in included()
    plan = fix(box, "198.51.100.77")
    assert plan["ops"] == [{
        "verb": "unblock_included", "name": "198.51.100.77", "value": "not listed",
        "expect": "/etc/csf/more.deny: line 2: 198.51.100.77 # of a colleague"}]
    assert any("csf -r" in note for note in plan["notes"])
    change = fix(box, "198.51.100.77", "--apply")
    assert (change["state"], change["undoable"], change["address"]["state"]) == ("KEPT", True, "free")
    assert box.read("/etc/csf/more.deny") == MORE.replace("198.51.100.77 # of a colleague\n", "")
    assert "198.51.100.77" not in included() and "198.51.100.78" in included()
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read("/etc/csf/more.deny") == MORE and "198.51.100.77" in included()


def test_an_included_file_elsewhere_is_read_and_left_to_a_person(box, included):
    finding, = look(box, "198.51.100.79")["findings"]
    assert finding["fix"] is None and "198.51.100.79" in included()
    assert "csf -r" in fix(box, "198.51.100.79", "--apply", status=1)
    by_hand = re.search(r"sed .* /var/lib/csf/other\.deny", json.dumps(finding)).group()
    box.run(["sh", "-c", json.loads(f'"{by_hand}"')])
    assert box.read("/var/lib/csf/other.deny") == ""


def test_two_lists_are_two_fixes_and_the_first_says_so(box):
    before = box.read(PLACES["spammers"])
    box.write(PLACES["spammers"], before + STRANGER + "\n")
    plan = fix(box, STRANGER)
    assert any("spammeripblocks holds it as well" in n for n in plan["notes"])
    first = fix(box, STRANGER, "--apply")
    assert first["address"]["state"] == "blocked"
    assert [f["id"] for f in first["findings"]] == [f"ip_blocked:{STRANGER}"]
    second = fix(box, STRANGER, "--apply")
    assert second["address"]["state"] == "free"
    for change in (second, first):
        relaydoctor(box, "undo", change["id"], status=0)
    assert box.read(PLACES["spammers"]) == before + STRANGER + "\n"
    box.write(PLACES["spammers"], before)


def test_a_csf_that_fails_changes_nothing_and_is_told(box):
    csf, before = box.read("/usr/sbin/csf"), box.read(PLACES["deny"])
    box.write("/usr/sbin/csf", "#!/bin/sh\necho 'csf is being updated'\n")
    try:
        assert "csf is being updated" in fix(box, CUSTOMER, "--apply", status=3)
    finally:
        box.write("/usr/sbin/csf", csf)
    assert box.read(PLACES["deny"]) == before


def test_the_api_answers_as_it_is_described(box, api):
    status, reply = api.request("address", ip=CUSTOMER)
    assert status == 200
    check("address", "get", reply)
    assert reply["data"]["address"]["customer"]["who"] == "dovecot_login:info@shop.example"
    assert CUSTOMER in reply["data"]["address"]["log"][0]
    finding, = reply["data"]["findings"]
    plan = api.post("plan", finding=finding["id"])
    done = api.request("apply", body={"finding": finding["id"], "digest": plan["digest"]})[1]
    check("apply", "post", done)
    assert done["data"]["state"] == "KEPT" and done["data"]["address"]["state"] == "free"
    undone = api.request("undo", body={"id": done["data"]["id"]})[1]
    check("undo", "post", undone)
    assert box.read(PLACES["deny"]) == DENY


def test_a_reseller_neither_asks_nor_changes(box):
    theirs = Api(box, "northweb", ("edit-mx",), "reseller.cgi")
    assert theirs.request("address", ip=CUSTOMER)[0] == 403
    assert theirs.request("plan", body={"finding": f"ip_blocked:{CUSTOMER}"})[0] in (403, 404)


BAD = ["fe80::1%eth0", "0.0.0.0/0", "0.0.0.0", "::", "203.0.113.0/24", "mail.shop.example",
       "203.0.113.5;id", "$(id)", "-r", "1" * 10240]


@pytest.mark.parametrize("text", BAD, ids=lambda t: t[:20])
def test_what_is_no_address_is_a_clear_error_everywhere(box, api, text):
    before = box.read(PLACES["deny"]), relaydoctor(box, "history", "--json")[1]
    status, reply = api.request("address", ip=text)
    assert status in (400, 413, 414) and "Traceback" not in str(reply)
    if len(text) < 1000:
        assert "one IP address" in reply["metadata"]["reason"]
    if text not in ("mail.shop.example",):
        relaydoctor(box, "show", text, status=2)
    status, reply = api.request("plan", body={"finding": f"ip_blocked:{text}"})
    assert status in (400, 404, 409, 413, 503)
    assert relaydoctor(box, "fix", f"ip_blocked:{text}", "--apply")[0] != 0
    assert (box.read(PLACES["deny"]), relaydoctor(box, "history", "--json")[1]) == before


def may_probe_again(box):
    """The helper goes by when it wrote down the last one."""
    if box.exists("/run/relaydoctor/probe.last"):
        box.remove("/run/relaydoctor/probe.last")


def test_the_matrix_of_ports_is_as_described(box, api):
    status, reply = api.request("ports")
    assert status == 200
    check("ports", "get", reply)
    rows = {(r["port"], r["family"]): {c["user"]: c for c in r["cells"]}
            for r in reply["data"]["matrix"]["rows"]}
    smtp = rows[25, "IPv4"]
    assert smtp["clients"]["state"] == "open", smtp["clients"]
    assert smtp["root"]["state"] == "not asked" and smtp["root"]["evidence"]
    smtps = rows[465, "IPv4"]
    assert (smtps["nobody"]["state"], smtps["exim"]["state"]) == ("shut", "not asked")
    assert any("uid-owner" in e["text"] for e in smtps["nobody"]["evidence"])
    assert {rows[587, "IPv4"][u]["state"] for u in ("root", "exim", "nobody")} == {"shut"}


def test_a_probe_with_an_account_has_a_column_of_its_own(box, api):
    may_probe_again(box)
    status, reply = api.request("probe", body={"account": "shopco"})
    assert status == 200, reply
    check("probe", "post", reply)
    assert (reply["data"]["out"]["account"], reply["data"]["out"]["hosts"]) == ("shopco", [seed.GOOGLE])
    for told in (reply, api.request("ports")[1]):
        matrix = told["data"]["matrix"]
        assert matrix["account"] == "shopco" and matrix["probed_at"]
        rows = {(r["port"], r["family"]): {c["user"]: c for c in r["cells"]} for r in matrix["rows"]}
        smtp = rows[25, "IPv4"]
        assert {smtp[u]["state"] for u in ("root", "exim", "nobody", "account")} == {"open"}, smtp
        assert any(seed.GOOGLE in e["text"] for e in smtp["account"]["evidence"])
        smtps = rows[465, "IPv4"]
        assert smtps["nobody"]["verdict"] == "own firewall"     # by its uid, and no other's
        assert smtps["account"]["verdict"] != "own firewall", smtps
    status, reply = api.request("probe", body={"account": "shopco"})
    assert status != 200 and "one a minute" in reply["metadata"]["reason"], reply


def test_who_may_not_ask_for_a_probe_makes_none(box):
    theirs = Api(box, "northweb", ("edit-mx",), "reseller.cgi")
    assert theirs.request("ports")[0] == theirs.request("probe", body={})[0] == 403
