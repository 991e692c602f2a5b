"""The lab's whole demo box judged through its API, as from a sister server, beside the
scan that it makes of itself."""

import json
import re

import pytest

from conftest import BUILD, ids, why
from lab import dns, seed
from lab.box import Box, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="; ".join(missing()))

URL = f"https://{seed.HOSTNAME}:2087"
ACLS = ["acct-summary", "list-accts", "cpanel-api", "basic-system-info", "basic-whm-functions"]


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=seed.demo()) as b:
        yield b


@pytest.fixture(scope="module")
def small_box():
    with Box(build=BUILD) as b:
        yield b


def remote(box, *words, acls=ACLS, user="root", status=None, command=("scan",), **how):
    box.write("/root/token", f"{user}:{box.token(user, acls)}\n", 0o600)
    done = box.run(["relaydoctor", *command, "--server", URL, "--token-file", "/root/token", "--ca",
                    "/var/cpanel/ssl/cert.pem", "--json", *words], check=False, **how)
    assert done.stdout, done.stderr
    if status is not None:
        assert done.returncode == status, done.stdout
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def local(box):
    return json.loads(box.run(["relaydoctor", "scan", "--json"], check=False).stdout)


@pytest.fixture(scope="module")
def judged(box):
    return remote(box, status=1)


# What only that server can tell of itself: by its log, that a gateway which stands in no
# table brings insurance.example's mail; by its lists, that gifts.example is right although
# cPanel remembers otherwise (routing_auto_stale, which is not asked from here); by its
# resolver, that its programs go by their own zone of gallery.example.
BY_ITSELF = {"routing_gateway:insurance.example", "zone_differs:gallery.example"}
BY_ITS_PANEL = {"routing_local_mx_elsewhere:insurance.example",
                "routing_remote_mx_here:gifts.example", "zone_not_authoritative:gallery.example"}


def test_both_scans_find_the_same_where_both_can_judge(local, judged):
    here, there = ids(local), ids(judged)
    not_asked = set(judged["summary"]["not_asked"])
    askable = {i: s for i, s in here.items() if i.partition(":")[0] not in not_asked}
    assert set(askable) - set(there) == BY_ITSELF
    assert set(there) - set(askable) == BY_ITS_PANEL
    assert {i: s for i, s in there.items() if i not in BY_ITS_PANEL} == {
        i: s for i, s in askable.items() if i not in BY_ITSELF}
    assert there["routing_local_mx_elsewhere:insurance.example"] == "warning"


@pytest.mark.parametrize("domain, source", [("insurance", "exim_mainlog"),
                                            ("gifts", "domain lists")])
def test_what_might_decide_otherwise_is_told_as_not_seen(judged, domain, source):
    finding = next(f for f in judged["findings"] if f["id"] in BY_ITS_PANEL
                   and f["subject"]["name"] == f"{domain}.example")
    assert finding["fix"] is None
    assert any(e["source"] == source and "not seen from here" in e["text"]
               for e in finding["evidence"])


def test_every_domain_of_the_panel_is_there(judged):
    assert judged["server"]["domains"] == len(seed.demo().domains)
    assert judged["server"]["hostname"] == seed.HOSTNAME
    assert {seed.ADDRESS, seed.DEDICATED, seed.NAT_INSIDE, seed.NAT_PUBLIC,
            seed.ADDRESS6} <= set(judged["server"]["addresses"])


def test_what_blocks_is_not_asked_of_another_server_and_nothing_is_called_free(box, judged):
    why = {s["name"]: s["why"] for s in judged["sources"] if not s["ok"]}
    for source in ("firewall", "csf", "restrictions", "bans", "holds"):
        assert why[source] == "another server's API does not tell of it"
    assert {"ip_blocked", "port_in_filtered", "outgoing_held"} <= set(
        judged["summary"]["not_asked"])
    done = box.run(["relaydoctor", "show", "203.0.113.5", "--server", URL, "--token-file",
                    "/root/token", "--ca", "/var/cpanel/ssl/cert.pem"], check=False)
    assert done.stdout == "" and done.returncode and "run relaydoctor show there" in done.stderr


def test_one_domain_is_shown(box):
    look = remote(box, command=("show", "shop.example"), status=1)
    assert look["domain"]["verdict"] == "local_mx_elsewhere"
    assert (look["domain"]["mxcheck"], look["domain"]["detected"]) == ("auto", "local")
    assert look["domain"]["lists"] == [] and look["domain"]["panel"] == URL


def test_a_domain_that_server_does_not_have_is_shown_so(box):
    look = remote(box, command=("show", "elsewhere.example"))
    assert look["domain"]["verdict"] == "nxdomain" and look["domain"]["owner"] is None


@pytest.mark.parametrize("quirks", [
    {"result_as_string": True}, {"priority_as_int": True}, {"flags_zero": True},
    {"lists_null": True}, {"chunked": True}, {"content_type": "text/plain"},
    {"shuffle_keys": False},
], ids=lambda q: next(iter(q)))
def test_what_servers_do_otherwise_changes_nothing(small_box, quirks):
    with small_box.quirks(**quirks):
        assert ids(remote(small_box)) == {"routing_local_mx_elsewhere:shop.example": "critical"}


@pytest.mark.parametrize("quirks, said", [
    ({"auth_failure": "403"}, "access denied (HTTP 403)"),
    ({"auth_failure": "401"}, "access denied (HTTP 401)"),
    ({"auth_failure": "login"}, "a page instead of data"),
], ids=lambda q: q if isinstance(q, str) else q["auth_failure"])
def test_a_token_that_is_not_known_ends_it(small_box, quirks, said):
    small_box.write("/root/stale", "root:0123456789\n", 0o600)
    with small_box.quirks(**quirks):
        done = small_box.run(["relaydoctor", "scan", "--server", URL, "--token-file", "/root/stale",
                        "--ca", "/var/cpanel/ssl/cert.pem", "--json"], check=False)
    assert done.returncode == 3
    assert said in why(json.loads(done.stdout))


@pytest.mark.parametrize("quirks, said", [
    ({"http_status": 500}, "HTTP 500"), ({"truncated": True}, "is cut, or no JSON"),
    ({"garbage": "<html>"}, "a page instead of data"), ({"garbage": "{}"}, "batch"),
    ({"inner_failure": "The request failed."}, "The request failed."),
    ({"unknown_functions": ["uapi_cpanel"]}, "86 or later is needed"),
    ({"unknown_functions": ["get_domain_info"]}, "86 or later is needed"),
    ({"unknown_functions": ["list_mxs"]}, "does not exist"),
], ids=str)
def test_a_failing_server_is_told_and_nothing_else(small_box, quirks, said):
    with small_box.quirks(**quirks):
        report = remote(small_box, status=3)
    assert said in why(report)
    assert {f["severity"] for f in report["findings"]} == {"unknown"}


@pytest.mark.parametrize("missing_acl", ["acct-summary", "cpanel-api"])
def test_a_missing_privilege_is_named(small_box, missing_acl):
    report = remote(small_box, acls=[a for a in ACLS if a != missing_acl], status=3)
    assert f"lacks the privilege {missing_acl}" in why(report)


def test_without_the_list_of_addresses_nothing_is_called_elsewhere(small_box):
    report = remote(small_box, acls=["acct-summary", "cpanel-api"])
    assert "--address" in why(report, "addresses")
    assert {f["severity"] for f in report["findings"]} == {"unknown"}


def test_certificates_named_replace_those_of_the_system(small_box, certificates):
    """Where --ca pins one, an authority that the system trusts does not help."""
    own = "/var/cpanel/ssl/cert.pem"
    name = small_box.run(["openssl", "x509", "-noout", "-hash", "-in", own]).stdout.strip()
    small_box.write(f"/etc/ssl/certs/{name}.0", small_box.read(own), 0o644)
    small_box.write("/root/other.pem", certificates.get("other")[0].read_bytes(), 0o644)
    small_box.write("/root/token", f"root:{small_box.token('root', ACLS)}\n", 0o600)
    words = ["relaydoctor", "scan", "--json", "--server", URL, "--token-file", "/root/token"]
    trusted = small_box.run(words, check=False)
    pinned = small_box.run([*words, "--ca", "/root/other.pem"], check=False)
    small_box.remove(f"/etc/ssl/certs/{name}.0")
    assert trusted.returncode == 1, trusted.stdout
    assert pinned.returncode == 3 and "is not trusted" in why(json.loads(pinned.stdout))


def test_a_resellers_token_judges_what_he_owns(small_box):
    report = remote(small_box, user="northweb", acls=["acct-summary", "cpanel-api"], status=None)
    assert "listips" in why(report, "addresses")
    report = remote(small_box, "--address", seed.ADDRESS, user="northweb",
                    acls=["acct-summary", "cpanel-api"], status=1)
    owned = {a.name for a in seed.small().accounts if a.owner == "northweb"}
    assert {f["owner"] for f in report["findings"] if f["owner"]} <= owned
    assert "routing_local_mx_elsewhere:shop.example" in ids(report)


# ---- its ports, from outside -------------------------------------------------

PACE = "/run/relaydoctor/outside.last"
# All turns that it tells of, as long ago as that.
OLDER = """
import struct, sys
with open(sys.argv[1], "r+b") as f:
    turns = [(address, at - int(sys.argv[2])) for address, at in struct.iter_unpack("56sq", f.read())]
    f.seek(0)
    f.write(b"".join(struct.pack("56sq", *turn) for turn in turns))
"""


def outside(box, *words, internet=True, texts=None):
    """(verdicts by port and address, findings about ports) of a probe by another machine, the
    first of this minute; what these say goes into texts."""
    if box.exists(PACE):
        box.remove(PACE)
    report = remote(box, "--resolver", dns.SERVER, "--probe", *words, internet=internet)
    assert all(row["why"] for row in report["server"]["outside"])
    found = {i: s for i, s in ids(report).items() if i.startswith("port_shut_outside")}
    if texts is not None:
        texts.update((f["subject"]["name"], f["text"]) for f in report["findings"])
    return {(row["port"], row["address"]): row["verdict"] for row in report["server"]["outside"]}, found


@pytest.fixture
def rules(small_box):
    """Filter rules of the server's for as long as a test lasts."""
    done = []

    def add(tool, *words):
        small_box.run([tool, "-I", "INPUT", "-p", "tcp", *words])
        done.append((tool, words))
    yield add
    for tool, words in done:
        small_box.run([tool, "-D", "INPUT", "-p", "tcp", *words])


def test_ports_that_answer_are_told_as_reachable_in_both_families(small_box):
    seen, found = outside(small_box)
    assert seen == {(port, address): "reachable" for port in (25, 465, 587) for address in
                    (seed.ADDRESS, seed.DEDICATED, seed.ADDRESS6)}
    assert found == {}


def test_nothing_is_noted_of_a_scan_that_probes_nobody(small_box):
    if small_box.exists(PACE):
        small_box.remove(PACE)
    remote(small_box, "--resolver", dns.SERVER)
    assert not small_box.exists(PACE)


def test_an_address_is_probed_once_a_minute(small_box):
    outside(small_box)
    report = remote(small_box, "--resolver", dns.SERVER, "--probe", internet=True)
    assert "outside" not in report["server"] or not report["server"]["outside"]
    refused = next(f for f in report["findings"] if f["check"] == "port_shut_outside")
    assert refused["severity"] == "unknown" and re.search(
        r"was probed from here \d+ s ago.* try again in \d+ s", json.dumps(refused["evidence"]))
    small_box.python(OLDER, PACE, "61000")
    assert remote(small_box, "--resolver", dns.SERVER, "--probe", internet=True)["server"]["outside"]


def test_nobody_is_connected_to_who_did_not_ask_for_it(small_box):
    report = remote(small_box, "--resolver", dns.SERVER, internet=True)
    assert "outside" not in report["server"]
    assert not any(i.startswith("port_shut_outside") for i in ids(report))


def test_what_is_dropped_and_refused_is_told_apart_where_the_way_out_is_known(small_box, rules):
    rules("iptables", "--dport", "25", "-d", seed.ADDRESS, "-j", "DROP")
    rules("iptables", "--dport", "465", "-d", seed.DEDICATED, "-j", "REJECT", "--reject-with", "tcp-reset")
    rules("iptables", "--dport", "587", "-j", "REJECT", "--reject-with", "icmp-port-unreachable")
    rules("ip6tables", "--dport", "25", "-j", "DROP")
    texts = {}
    seen, found = outside(small_box, texts=texts)
    assert seen[25, seed.ADDRESS] == "dropped" and seen[25, seed.DEDICATED] == "reachable"
    assert seen[465, seed.DEDICATED] == "refused" and seen[465, seed.ADDRESS] == "reachable"
    assert {seen[587, seed.ADDRESS], seen[587, seed.DEDICATED]} == {"refused"}
    assert seen[25, seed.ADDRESS6] == "unknown"      # nothing else of IPv6 answers on 25
    assert found == {"port_shut_outside:25/IPv4": "critical", "port_shut_outside:465/IPv4": "warning",
                     "port_shut_outside:587/IPv4": "warning",
                     f"port_shut_outside:{seed.HOSTNAME}": "unknown"}
    # What holds of one address is not said of the server.
    assert texts["465/IPv4"].endswith("at one of its addresses, and can at another")
    assert texts["587/IPv4"].endswith("outside, over IPv4")


def test_what_may_be_kept_on_this_side_blames_nobody(small_box, rules):
    """A host beside it that would tell has to be another machine: here it is none."""
    rules("iptables", "--dport", "25", "-j", "DROP")
    seen, found = outside(small_box, "--control", seed.GOOGLE)
    assert seen[25, seed.ADDRESS] == "unknown" and "port_shut_outside:25/IPv4" not in found
    assert (25, seed.GOOGLE) not in seen


def test_a_server_that_asks_itself_is_not_outside(small_box):
    seen, found = outside(small_box, internet=False)
    assert set(seen.values()) == {"unknown"}
    assert found == {f"port_shut_outside:{seed.HOSTNAME}": "unknown"}


@pytest.mark.parametrize("words", [["--probe"], ["--server", URL, "--token-file", "/x", "--control", "192.0.2.1"]])
def test_a_probe_needs_another_server(small_box, words):
    done = small_box.run(["relaydoctor", "scan", *words], check=False)
    assert done.returncode == 2 and "goes with" in done.stderr
