"""Each way in which port 25 can be shut, made by a real rule, and told apart from the
others by a probe; over IPv4 and IPv6."""

import json
import time

import pytest

from network import (DEAF, DEAF6, GOOD, GOOD6, HOSTS, NOBODY_ON_THE_LINE, NOBODY_ON_THE_LINE6, ODD,
                     ODD6, OTHER, OTHER6, ROUTER, ROUTER6, cells)

FAMILIES = ("IPv4", "IPv6")
USERS = ("root", "exim", "nobody", "account")
OUT = "table inet t {{\nchain leaving {{\ntype filter hook output priority 0; {}\n}}\n}}\n"
FORWARD = "table inet t {{\nchain passing {{\ntype filter hook forward priority 0; {}\n}}\n}}\n"
ARRIVING = "table inet t {{\nchain arriving {{\ntype filter hook input priority 0; {}\n}}\n}}\n"


def of(report, port, user):
    return {cells(report).get((user, port, family)) for family in FAMILIES}


def reasons(report, port, user="exim"):
    return " ".join(c["why"] or "" for c in report["out"]["cells"]
                    if c["port"] == port and c["user"] == user)


def test_nothing_in_the_way_is_open_for_everybody(net):
    report = net.probe(account="bakery")
    for user in USERS:
        assert of(report, 25, user) == {"open"}
        assert of(report, 587, user) == {"open"}
    assert all(t["banner"].startswith("220 mx.") for t in report["out"]["tries"]
               if t["port"] == 25)
    assert net.ask("out", "--to", GOOD).returncode == 0


def iptables_like_whm(net, tables):
    for t in tables:
        lines = [f"-A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner {owner} -j RETURN"
                 for owner in ("--gid-owner 202", "--gid-owner 12", "--uid-owner 201",
                               "--uid-owner 0")]
        lines += ["-A OUTPUT -p tcp -m multiport --dports 25,465,587 -j REDIRECT"]
        for line in lines:
            net.box.run([t, "-t", "nat", *line.split()])


@pytest.mark.parametrize("tables", [("iptables", "ip6tables"),
                                    ("iptables-legacy", "ip6tables-legacy")])
def test_restrictions_like_whms_redirect_a_site_and_spare_exim(net, tables):
    iptables_like_whm(net, tables)
    report = net.probe(account="bakery")
    for user in ("root", "exim"):
        assert of(report, 25, user) == {"open"}
    for user in ("nobody", "account"):
        assert of(report, 25, user) == {"redirected+"}
        assert of(report, 587, user) == {"redirected+"}
        assert of(report, 465, user) == {"redirected"}    # nobody listens there on the island
    assert all(t["ends_here"] for t in report["out"]["tries"]
               if t["user"] == "account" and t["port"] != 443)


def test_a_redirect_of_one_family_leaves_the_other_open(net):
    iptables_like_whm(net, ["iptables"])
    found = cells(net.probe(account="bakery"))
    assert found["account", 25, "IPv4"] == "redirected+"
    assert found["account", 25, "IPv6"] == "open"


def iptables_like_csf(net, tables):
    for t in tables:
        for line in ("-N SMTPOUTPUT", "-A OUTPUT -p tcp -m multiport --dports 25,465,587 -j SMTPOUTPUT",
                     "-A SMTPOUTPUT -o lo -j ACCEPT", "-A SMTPOUTPUT -m owner --gid-owner 12 -j ACCEPT",
                     "-A SMTPOUTPUT -m owner --uid-owner 0 -j ACCEPT", "-A SMTPOUTPUT -j REJECT"):
            net.box.run([t, *line.split()])


def test_a_chain_like_csfs_rejects_a_site_and_spares_exim(net):
    iptables_like_csf(net, ("iptables", "ip6tables"))
    report = net.probe(account="bakery")
    for user in ("root", "exim"):
        assert of(report, 25, user) == {"open"}
    for user in ("nobody", "account"):
        assert of(report, 25, user) == {"own firewall+"}
        assert of(report, 465, user) == {"own firewall"}
    assert "203.0.113.10, which is this server" in reasons(report, 25, "account")


def test_one_account_may_be_exempt(net):
    uid = net.box.run(["id", "-u", "bakery"]).stdout.strip()
    net.rules(OUT.format(f"oif lo accept; meta skuid {{ 0, 47, {uid} }} accept; "
                         "tcp dport { 25, 465, 587 } reject;"))
    report = net.probe(account="bakery")
    assert of(report, 25, "account") == {"open"}
    assert of(report, 25, "nobody") == {"own firewall+"}


def test_an_owner_rule_with_a_reset_is_proved_by_the_difference(net):
    net.rules(OUT.format("oif lo accept; meta skuid { 0, 47 } accept; "
                         "tcp dport 25 reject with tcp reset;"))
    report = net.probe()
    assert of(report, 25, "exim") == {"open"}
    assert of(report, 25, "nobody") == {"own firewall+"}


def test_an_owner_drop_is_seen_to_stay_here(net):
    net.rules(OUT.format("meta skuid 65534 tcp dport 25 drop;"))
    report = net.probe()
    assert of(report, 25, "exim") == {"open"}
    assert of(report, 25, "nobody") == {"own firewall+"}
    assert "no packet of the connection left it" in reasons(report, 25, "nobody")


def test_a_drop_here_for_everybody_is_our_own(net):
    net.rules(OUT.format("tcp dport 25 drop;"))
    report = net.probe()
    for user in ("root", "exim", "nobody"):
        assert of(report, 25, user) == {"own firewall"}
        assert of(report, 587, user) == {"open"}
    assert net.ask("out", "--to", GOOD).returncode == 1


def test_a_reject_here_for_everybody_is_our_own(net):
    net.rules(OUT.format("tcp dport 25 reject with icmpx admin-prohibited;"))
    report = net.probe()
    for user in ("root", "exim", "nobody"):
        assert of(report, 25, user) == {"own firewall"}


def test_a_drop_upstream_of_25_alone_is_the_providers(net):
    net.rules(FORWARD.format("tcp dport 25 drop;"), internet=True)
    report = net.probe()
    for user in ("root", "exim", "nobody"):
        assert of(report, 25, user) == {"provider"}
        assert of(report, 587, user) == {"open"}


def test_the_families_are_judged_apart(net):
    net.rules(FORWARD.format("meta nfproto ipv4 tcp dport 25 drop;"), internet=True)
    found = cells(net.probe())
    assert found["exim", 25, "IPv4"] == "provider"
    assert found["exim", 25, "IPv6"] == "open"


def test_a_drop_upstream_seen_at_one_host_is_not_blamed_on_the_provider(net):
    net.rules(FORWARD.format("tcp dport 25 drop;"), internet=True)
    report = net.probe(GOOD, GOOD6)
    assert of(report, 25, "exim") == {"unknown"}
    assert "a second, unrelated one" in reasons(report, 25)


def test_hosts_that_answer_nowhere_prove_nothing(net):
    net.rules(FORWARD.format("tcp dport { 25, 587, 443 } drop;"), internet=True)
    report = net.probe()
    assert of(report, 25, "exim") == {"unknown"}
    assert "on any port" in reasons(report, 25)


def test_a_reset_upstream_is_refused_alike_by_all(net):
    net.rules(FORWARD.format("tcp dport 25 reject with tcp reset;"), internet=True)
    report = net.probe()
    assert of(report, 25, "exim") == {"reset alike"}
    assert of(report, 587, "exim") == {"open"}


def test_a_prohibition_upstream_names_the_router(net):
    net.rules(FORWARD.format("tcp dport 25 reject with icmpx admin-prohibited;"), internet=True)
    report = net.probe()
    assert of(report, 25, "exim") == {"on the way"}
    assert {c["by"] for c in report["out"]["cells"] if c["port"] == 25} == {ROUTER, ROUTER6}


def test_a_host_that_refuses_is_the_far_ends_doing(net):
    """Its own RST, over either family: another host takes what it does not."""
    report = net.probe(DEAF, OTHER, DEAF6, OTHER6)
    assert of(report, 25, "exim") == {"open"}
    refused = [t for t in report["out"]["tries"] if t["host"] in (DEAF, DEAF6) and t["port"] == 25]
    assert {(t["host"], t["result"]) for t in refused} == {(host, "reset") for host in (DEAF, DEAF6)}
    alone = net.probe(DEAF, DEAF6)
    assert of(alone, 25, "exim") == {"unknown"}
    assert "by the one host asked or by something before it" in reasons(alone, 25)


def test_a_host_that_prohibits_is_the_far_end(net):
    net.box.run(["ip", "netns", "exec", "island", "nft", "-f", "-"], input=ARRIVING.format(
        "tcp dport 25 reject with icmpx admin-prohibited;"))
    try:
        assert of(net.probe(), 25, "exim") == {"far end"}
    finally:
        net.box.run(["ip", "netns", "exec", "island", "nft", "flush", "ruleset"])


def test_no_route_is_told_at_once(net):
    net.box.run(["ip", "route", "del", "default"])
    net.box.run(["ip", "-6", "route", "del", "default"])
    start = time.monotonic()
    try:
        report = net.probe()
    finally:
        net.box.run(["ip", "route", "add", "default", "via", ROUTER])
        net.box.run(["ip", "-6", "route", "add", "default", "via", ROUTER6])
    assert of(report, 25, "exim") == {"no route"}
    assert time.monotonic() - start < 3


def test_no_route_for_ipv6_alone(net):
    net.box.run(["ip", "-6", "route", "del", "default"])
    try:
        found = cells(net.probe())
    finally:
        net.box.run(["ip", "-6", "route", "add", "default", "via", ROUTER6])
    assert found["exim", 25, "IPv6"] == "no route"
    assert found["exim", 25, "IPv4"] == "open"


@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
def test_a_route_that_refuses_is_not_open(net, kind):
    net.box.run(["ip", "route", "add", kind, "198.18.0.0/15"])
    try:
        verdict = cells(net.probe(GOOD, OTHER))["exim", 25, "IPv4"]
    finally:
        net.box.run(["ip", "route", "del", kind, "198.18.0.0/15"])
    assert verdict == ("unknown" if kind == "unreachable" else "no route")


def test_an_absent_neighbour_is_no_firewall(net):
    report = net.probe(NOBODY_ON_THE_LINE, NOBODY_ON_THE_LINE6)
    assert of(report, 25, "exim") == {"no neighbour"}


TABLES = {"IPv4": "iptables", "IPv6": "ip6tables"}
ROUTE = {"IPv4": (["ip", "route"], ROUTER), "IPv6": (["ip", "-6", "route"], ROUTER6)}


def of_family(chain, family, rule):
    return chain.format(f"meta nfproto {family.lower()} tcp dport 25 {rule};")


def without_route(net, family):
    tool, router = ROUTE[family]
    net.box.run([*tool, "del", "default"])
    return lambda: net.box.run([*tool, "add", "default", "via", router])


def in_front_of_the_host(net, family):
    island = ["ip", "netns", "exec", "island", "nft"]
    net.box.run([*island, "-f", "-"],
                input=of_family(ARRIVING, family, "reject with icmpx admin-prohibited"))
    return lambda: net.box.run([*island, "flush", "ruleset"])


# Who is in the way over one family alone, and what a site and Exim are told to meet there.
IN_THE_WAY = {
    "WHM": (lambda net, f: iptables_like_whm(net, [TABLES[f]]), "redirected+", "open"),
    "CSF": (lambda net, f: iptables_like_csf(net, [TABLES[f]]), "own firewall+", "open"),
    "a drop here": (lambda net, f: net.rules(of_family(OUT, f, "drop")), "own firewall",
                    "own firewall"),
    "the provider": (lambda net, f: net.rules(of_family(FORWARD, f, "drop"), internet=True),
                     "provider", "provider"),
    "a reset upstream": (lambda net, f: net.rules(of_family(
        FORWARD, f, "reject with tcp reset"), internet=True), "reset alike", "reset alike"),
    "a router": (lambda net, f: net.rules(of_family(
        FORWARD, f, "reject with icmpx admin-prohibited"), internet=True), "on the way",
        "on the way"),
    "no route": (without_route, "no route", "no route"),
    "the host": (in_front_of_the_host, "far end", "far end"),
}
SIDE_BY_SIDE = [("WHM", "the provider"), ("CSF", "no route"), ("a drop here", "a reset upstream"),
                ("a router", "the host")]


@pytest.mark.parametrize("first, second", [
    pair for a, b in SIDE_BY_SIDE for pair in ((a, b), (b, a))])
def test_two_causes_one_a_family_are_told_apart(net, first, second):
    """The one over IPv4, the other over IPv6: neither is taken for the other."""
    backs = []
    try:
        # nft's whole ruleset goes before iptables' rules.
        for family, name in sorted(zip(FAMILIES, (first, second)),
                                   key=lambda x: x[1] in ("WHM", "CSF")):
            backs.append(IN_THE_WAY[name][0](net, family))
        found = cells(net.probe(account="bakery"))
    finally:
        for back in backs:
            if back:
                back()
    for family, name in zip(FAMILIES, (first, second)):
        _, site, exim = IN_THE_WAY[name]
        assert (found["account", 25, family], found["exim", 25, family]) == (site, exim), name


# ---- odd far ends ----------------------------------------------------------

@pytest.mark.parametrize("behaviour", sorted(ODD))
def test_an_odd_far_end_is_bounded(net, behaviour):
    start = time.monotonic()
    report = net.probe(ODD[behaviour])
    assert time.monotonic() - start < 7
    for t in report["out"]["tries"]:
        if t["port"] == 25:
            assert t["result"] == "connected"
            banner = t["banner"] or ""
            assert len(banner) <= 4 * 200 and all(" " <= c < "\x7f" for c in banner)
    assert cells(report)["exim", 25, "IPv4"] == "open"


def test_a_greeting_that_never_comes_is_told_as_none(net):
    report = net.probe(ODD["silent"], ODD6["silent"])
    assert {t["banner"] for t in report["out"]["tries"] if t["port"] == 25} == {None}


def test_a_slow_greeting_is_kept_as_far_as_it_came(net):
    report = net.probe(ODD["tarpit"])
    banner = next(t["banner"] for t in report["out"]["tries"] if t["port"] == 25)
    assert banner and "220 mx.198".startswith(banner[:6]) and len(banner) < 12


# ---- what is said to strangers, and how often ------------------------------

def test_a_stranger_hears_quit_and_nothing_else(net):
    net.probe(*HOSTS)
    heard = {place: said for place, said in net.heard().items() if place.rpartition("-")[0] in HOSTS}
    assert {f"{GOOD}-25", f"{OTHER6}-25", f"{GOOD}-587"} <= set(heard)
    assert {said for place, all_said in heard.items() if not place.endswith("-443")
            for said in all_said} == {b"QUIT\r\n"}
    assert {said for place, all_said in heard.items() if place.endswith("-443")
            for said in all_said} == {b""}


def test_a_stranger_who_has_not_greeted_hears_nothing(net):
    for behaviour in ("silent", "endless"):
        net.probe(ODD[behaviour])
    time.sleep(0.2)
    assert {said for all_said in net.heard().values() for said in all_said} == {b""}


def test_a_greeting_of_many_lines_is_heard_to_its_end(net):
    net.probe(ODD["many_lines"])
    time.sleep(0.3)
    assert set(net.heard()[f"{ODD['many_lines']}-25"]) == {b"QUIT\r\n"}


def test_each_user_connects_once_to_a_port(net):
    net.probe(GOOD, account="bakery")
    assert {place: len(said) for place, said in net.heard().items()
            if place.startswith(GOOD + "-")} == {
        f"{GOOD}-25": 4, f"{GOOD}-587": 4, f"{GOOD}-443": 1}


def test_there_is_one_probe_a_minute_whoever_asks(net):
    assert net.ask("out", "--to", GOOD).returncode == 0
    for _ in range(2):      # each in a process of its own
        again = net.ask("out", "--to", OTHER, again=True)
        assert again.returncode == 1 and "there is one a minute" in again.stderr
    assert f"{OTHER}-25" not in net.heard()
    assert net.ask("port", f"{OTHER}:25", again=True).returncode == 1


def test_a_minute_later_there_may_be_another(net):
    net.ask("out", "--to", GOOD)
    net.box.python("import struct, time\n"
                   "now = int(time.clock_gettime(time.CLOCK_BOOTTIME) * 1000)\n"
                   "open('/run/relaydoctor/probe.last', 'wb').write(struct.pack('q', now - 60001))\n")
    assert net.ask("out", "--to", GOOD, again=True).returncode == 0


def test_two_at_once_are_one(net):
    net.box.run(["rm", "-f", "/run/relaydoctor/probe.last"])
    both = [net.box.popen(["relaydoctor", "probe", "out", "--to", ODD["silent"]],
                          stdout=-1, stderr=-1) for _ in range(2)]
    ends = sorted((p.wait(60), p.communicate()[1]) for p in both)
    assert [code for code, _ in ends] == [0, 1]
    assert b"one at a time" in ends[1][1] or b"one a minute" in ends[1][1]


@pytest.mark.parametrize("to, why", [
    (["203.0.113.10"], "is this server itself"), (["10.1.2.3"], "public internet"),
    (["127.0.0.1"], "public internet"), (["::1"], "public internet"),
    (["mx.example.com"], "no IP address"), (["0.0.0.0/0"], "no IP address"),
    (["fe80::1%eth0"], "no IP address"), (["x" * 10240], "no IP address"), ([""], "no IP address"),
    (["198.18.1.10", "198.19.1.10", "192.0.2.10"], "at most 2 hosts"),
])
def test_what_is_no_host_to_ask_is_refused(net, to, why):
    done = net.ask("out", *(w for host in to for w in ("--to", host)))
    assert done.returncode in (1, 2) and why in done.stderr and not done.stdout
    assert len(done.stderr) < 1000
    assert not net.box.exists("/run/relaydoctor/probe.last")


@pytest.mark.parametrize("account", ["nosuch", "root", "../bakery", "Bakery", "", "a" * 40,
                                     "nobody"])
def test_who_is_no_account_is_refused(net, account):
    done = net.ask("out", "--to", GOOD, "--account", account)
    assert done.returncode in (1, 2) and not done.stdout
    assert not net.box.exists("/run/relaydoctor/probe.last")


def test_hosts_come_from_the_log(net):
    before = net.box.read("/var/log/exim_mainlog")
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    net.box.write("/var/log/exim_mainlog", before + "".join(
        f"{stamp} 1xVkoU-00003f-0{i} => x@f{i}.example R=lookuphost T=remote_smtp "
        f'H=mx.f{i}.example [{host}] C="250 OK"\n' for i, host in enumerate((GOOD, OTHER, GOOD6))))
    net.box.run(["chown", "47:12", "/var/log/exim_mainlog"])
    try:
        done = net.ask("out", "--json")
    finally:
        net.box.write("/var/log/exim_mainlog", before)
        net.box.run(["chown", "47:12", "/var/log/exim_mainlog"])
    report = json.loads(done.stdout)
    assert set(report["out"]["hosts"]) == {GOOD, OTHER, GOOD6}
    assert [(x["family"], x["delivered"]) for x in report["log"]] == [("IPv4", 2), ("IPv6", 1)]


def test_without_hosts_in_the_log_one_must_be_named(net):
    done = net.ask("out")
    assert done.returncode == 2 and "--to ADDRESS" in done.stderr


KILLER = """
import os, select, sys, time
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        os.kill(-1, 9)
    except ProcessLookupError:
        time.sleep(0.01)
"""


def test_a_child_that_is_killed_leaves_the_others_results(net):
    """An account may kill what runs as itself."""
    killer = net.start("-c", KILLER, user="bakery")
    try:
        report = net.probe(ODD["silent"], account="bakery")
    finally:
        net.end(killer)
    assert {t["result"] for t in report["out"]["tries"]
            if t["user"] == "account" and t["port"] == 25} == {"not_tried"}
    assert cells(report)["exim", 25, "IPv4"] == "open"


# ---- the probe and the scan ------------------------------------------------

def test_a_scan_believes_the_last_probe(net):
    net.rules(FORWARD.format("tcp dport 25 drop;"), internet=True)
    net.probe()
    report = json.loads(net.box.run(["relaydoctor", "scan", "--json"], check=False).stdout)
    found = {f["id"]: f["severity"] for f in report["findings"]
             if f["check"] == "outbound_blocked_provider"}
    assert found == {"outbound_blocked_provider:25/IPv4": "critical",
                     "outbound_blocked_provider:25/IPv6": "warning"}
    net.rules("", internet=True)
    net.probe()
    report = json.loads(net.box.run(["relaydoctor", "scan", "--json"], check=False).stdout)
    assert not [f for f in report["findings"] if f["check"] == "outbound_blocked_provider"]


def test_the_text_names_user_port_family_and_reason(net):
    iptables_like_whm(net, ["iptables"])
    text = net.ask("out", "--to", GOOD, "--account", "bakery").stdout
    assert "IPv4 as bakery" in text and "redirected" in text
    assert "port 25 over IPv4 as nobody, bakery: it ends at this server's own mail server" in text
    assert "so it is a rule by user" in text


def test_one_port_of_one_host_is_asked(net):
    done = net.ask("port", f"[{GOOD6}]:587", "--json")
    assert {(c["port"], c["family"]) for c in json.loads(done.stdout)["out"]["cells"]} == {(587, "IPv6")}
    assert net.ask("port", f"{GOOD}:22").returncode == 2
