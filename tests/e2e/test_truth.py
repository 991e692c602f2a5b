"""No change is proposed or made that would move mail away from where it is read: what
the lists, the DNS and the log seem to say is held against Exim's own word, and
against what has changed since the preview."""

import json
import time

import pytest

from conftest import BUILD, Api, relaydoctor
from lab import seed
from lab.box import Box
from lab.seed import Account, Arrival, Domain

EXIM = "/etc/exim.conf"
LOCAL_DOMAINS = "domainlist local_domains = lsearch;/etc/localdomains"


def world():
    return seed.World(
        [Account("northweb", "northweb", seed.RESELLER_ACLS), Account("shopco", "northweb"),
         Account("studio")],
        [Domain("shop.example", "shopco", mx=seed.GOOGLE_MX, zone_mx=[(0, "shop.example")],
                mailboxes={"info": 0}),
         Domain("parked.example", "shopco", "parked", mx=seed.GOOGLE_MX,
                zone_mx=[(0, "parked.example")], mailboxes={}),
         Domain("turned.example", "shopco", "addon", mxcheck="remote"),
         Domain("front.example", "shopco", "addon", mxcheck="remote"),
         Domain("routed.example", "shopco", "addon", mxcheck="local",
                mx=[(10, "mx1.smallmail.example")]),
         Domain("edited.example", "shopco", "addon", mxcheck="remote", listed=["local"],
                mx=seed.GOOGLE_MX),
         Domain("unlisted.example", "shopco", "addon", mxcheck="local", listed=[],
                mx=[(10, "mx.antispamcloud.com")]),
         Domain("split.example", "shopco", "addon", mxcheck="local", mailboxes={"info": 0},
                mx=[(10, "mx1.smallmail.example")]),
         Domain("studio.example", "studio", mxcheck="remote", mx=[(10, "mx.zoho.eu")])],
        lines={"/etc/localdomains": ["localhost", "localhost.localdomain"]})


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        b.write("/etc/manualmx", "front.example: mx1.primary-mail.example\n"
                                 "routed.example: mx1.primary-mail.example\n")
        yield b


@pytest.fixture
def untouched(box):
    """Whatever the test does, it leaves the server's files as they were."""
    before = box.state()
    yield
    assert box.state() == before


@pytest.fixture
def keep(box):
    """keep(path): the file is as it was after the test."""
    kept = {}

    def keep_one(path):
        kept.setdefault(path, box.read(path))
        return kept[path]
    yield keep_one
    for path, text in kept.items():
        box.write(path, text)


def look(box, name):
    """What a scan finds for one domain: {check: finding}."""
    _, out, err = relaydoctor(box, "show", name, "--json")
    assert out, err
    return {f["check"]: f for f in json.loads(out)["findings"]
            if f["subject"]["name"] == name}


def preview(box, finding, *words):
    _, out, _ = relaydoctor(box, "fix", finding, "--json", *words, status=0)
    return json.loads(out)


def refused(box, finding, *words, status=1):
    return relaydoctor(box, "fix", finding, *words, status=status)[2]


def exim_reads(box, keep, definition):
    conf = keep(EXIM)
    assert LOCAL_DOMAINS in conf
    box.write(EXIM, conf.replace(LOCAL_DOMAINS, definition))


def test_the_servers_own_names_are_nobodys_fault(box):
    _, out, _ = relaydoctor(box, "scan", "--json", status=1)
    names = {f["subject"]["name"] for f in json.loads(out)["findings"]}
    assert not names & {seed.HOSTNAME, "localhost", "localhost.localdomain"}


def test_a_domain_that_a_manual_route_takes_elsewhere_is_left_alone(box, untouched):
    err = refused(box, "routing_local_mx_elsewhere:routed.example", "--apply")
    assert "mx1.primary-mail.example" in err and "/etc/manualmx" in err


def test_the_front_of_another_server_becomes_local_only_by_its_typed_name(box, untouched):
    plan = preview(box, "routing_remote_mx_here:front.example")
    assert plan["confirm"]["word"] == "front.example"
    assert any("mx1.primary-mail.example" in note for note in plan["notes"])
    refused(box, "routing_remote_mx_here:front.example", "--apply", status=2)


def test_what_the_manual_route_would_undo_is_undone_at_once(box, untouched):
    err = refused(box, "routing_remote_mx_here:front.example", "--set",
                  "confirm=front.example", "--apply", status=3)
    assert "Exim still sends the mail to another server" in err and "undone" in err


def test_a_forwarded_mailbox_does_not_hide_that_the_fix_worked(box, untouched, keep):
    valias = "/etc/valiases/turned.example"
    box.write(valias, "info@turned.example: someone@studio.example\n" + keep(valias), 0o644)
    _, out, _ = relaydoctor(box, "fix", "routing_remote_mx_here:turned.example", "--apply",
                            "--json", status=0)
    change = json.loads(out)
    after = change["proof"]["after"]["route"]
    assert change["state"] == "KEPT"
    assert (after["kind"], after["asked"]) == ("remote", "info@turned.example")
    relaydoctor(box, "undo", change["id"], status=0)


def test_files_edited_by_hand_against_the_setting_are_not_papered_over(box, untouched):
    err = refused(box, "routing_local_mx_elsewhere:edited.example", "--apply")
    assert "already set to remote" in err


def test_behind_a_gateway_an_unlisted_domain_may_only_become_local(box, untouched):
    assert "gateway" in refused(box, "routing_unlisted:unlisted.example", "--apply")
    plan = preview(box, "routing_unlisted:unlisted.example", "--set", "value=local")
    assert [op["value"] for op in plan["ops"]] == ["local"]


@pytest.mark.parametrize("definition", [
    "domainlist local_domains = dsearch;/etc/valiases",
    "domainlist local_domains = ${lookup{$domain}lsearch{/etc/localdomains}{yes}{no}}",
    "domainlist local_domains = lsearch;/etc/other_domains",
    "domainlist local_domains = !lsearch;/etc/localdomains : *",
], ids=["dsearch", "expansion", "another file", "negated"])
def test_lists_that_exim_does_not_go_by_are_not_changed(box, untouched, keep, definition):
    exim_reads(box, keep, definition)
    finding = look(box, "shop.example")["routing_local_mx_elsewhere"]
    assert finding["fix"] is None and "local_domains" in finding["advice"]
    refused(box, finding["id"], "--apply")


def test_a_second_list_that_keeps_the_mail_here_gets_the_change_undone(box, untouched, keep):
    exim_reads(box, keep, LOCAL_DOMAINS + " : lsearch;/etc/more_domains")
    box.write("/etc/more_domains", "shop.example\n")
    err = refused(box, "routing_local_mx_elsewhere:shop.example", "--apply", status=3)
    box.remove("/etc/more_domains")
    assert "Exim still delivers the mail on this server" in err and "undone" in err


def publish(box, name, mx):
    domain = box.world.domain(name)
    before, domain.mx = domain.mx, mx
    box.publish()
    return before


def test_dns_that_changes_after_the_preview_is_seen_at_apply(box, untouched):
    api = Api(box)
    finding = "routing_local_mx_elsewhere:parked.example"
    plan = api.post("plan", finding=finding)
    before = publish(box, "parked.example", [(0, "mail.parked.example")])
    try:
        status, reply = api.request("apply", {"finding": finding, "digest": plan["digest"]})
    finally:
        publish(box, "parked.example", before)
    assert status == 409, reply
    assert "not found any more" in json.dumps(reply)


def test_a_list_edited_after_the_preview_is_seen_at_apply(box, untouched, keep):
    api = Api(box)
    finding = "routing_local_mx_elsewhere:parked.example"
    plan = api.post("plan", finding=finding)
    box.write("/etc/remotedomains", keep("/etc/remotedomains") + "parked.example\n")
    status, reply = api.request("apply", {"finding": finding, "digest": plan["digest"]})
    assert status == 409 and "not found any more" in json.dumps(reply), reply


def arrived(keep, box, host, address, to, extra=""):
    stamp = time.strftime("%Y-%m-%d %H:%M:%S")
    box.write("/var/log/exim_mainlog", keep("/var/log/exim_mainlog") +
              f"{stamp} 1tRUTH-00003j-0q <= u@stranger.example H={host} [{address}]:4711"
              f" P=esmtp{extra} S=319 id=a@stranger.example for {to}\n")


def test_mail_that_arrives_after_all_makes_the_domain_a_gateways(box, untouched, keep):
    assert "routing_local_mx_elsewhere" in look(box, "split.example")
    arrived(keep, box, "(filter)", "198.51.100.77", "info@split.example")
    assert set(look(box, "split.example")) == {"routing_gateway"}
    refused(box, "routing_local_mx_elsewhere:split.example", "--apply")
    refused(box, "routing_gateway:split.example", "--apply")


@pytest.mark.parametrize("host, address, extra", [
    ("(x) [198.51.100.9]:25 P=esmtp S=1)", "127.0.0.1", ""),
    ("(mail-wr1.google.com)", "198.51.100.77", ""),
    ("mail-wr1.google.com.stranger.example", "198.51.100.77", ""),
    ("mail-wr1.google.com", seed.ADDRESS, ""),
    ("mail-wr1.google.com", "192.0.2.10", "a A=dovecot_login:info@shop.example"),
], ids=["injected", "a claimed name", "a longer name", "ourselves", "a login"])
def test_no_client_can_pass_for_the_provider(box, untouched, keep, host, address, extra):
    arrived(keep, box, host, address, "info@shop.example", extra)
    assert set(look(box, "shop.example")) == {"routing_local_mx_elsewhere"}


def test_a_domain_of_two_accounts_is_the_first_ones_as_for_exim(box, untouched, keep):
    box.write("/etc/userdomains", keep("/etc/userdomains") + "shop.example: studio\n")
    finding = look(box, "shop.example")["routing_local_mx_elsewhere"]
    assert finding["owner"] == "shopco"
    assert preview(box, finding["id"])["ops"][0]["expect"] == "auto"


def test_a_sub_domain_and_a_name_that_ends_alike_are_other_domains(box, untouched, keep):
    for name in ("xshop.example", "shop.example.net", "sub.shop.example"):
        assert "routing_local_mx_elsewhere" not in look(box, name)
        refused(box, f"routing_local_mx_elsewhere:{name}", "--apply")
