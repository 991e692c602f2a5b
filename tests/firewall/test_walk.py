"""Real rules in a real kernel: what the walk over the listed rules says a connection
would meet is what a connect() by that user meets."""

import os
import pathlib
import shutil
import subprocess

import pytest

import wire

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("RD_BUILD", HERE.parents[1] / "build"))
RULES = HERE / "rules"
NEEDED = ("iptables", "nft", "unshare", "nsenter")

ROOT, EXIM, SCRIPT, CPANEL, MAILMAN = (0, 0), (47, 8), (1001, 1001), (32001, 32001), (1002, 32002)
USERS = {"root": ROOT, "exim": EXIM, "script": SCRIPT, "cpanel": CPANEL, "mailman": MAILMAN}
MET = {"accepted": {"out": "world", "in": "box"}, "redirected": {"out": "box"},
       "rejected refused": {"out": "refused", "in": "refused"},
       "rejected unreachable": {"out": "unreachable", "in": "unreachable"},
       "dropped": {"out": "timeout", "in": "timeout"}}


def model(name):
    return [("iptables-restore", (RULES / f"{name}.iptables-save").read_text()),
            ("ip6tables-restore", (RULES / f"{name}.ip6tables-save").read_text())]


def table(*rules, name="filter", chains=("INPUT ACCEPT", "OUTPUT ACCEPT")):
    return "\n".join([f"*{name}", *(f":{c} [0:0]" for c in chains), *rules, "COMMIT", ""])


def v4(*rules, **more):
    return [("iptables-restore", table(*rules, **more))]


def v6(*rules, **more):
    return [("ip6tables-restore", table(*rules, **more))]


def legacy(*rules, **more):
    return [("iptables-legacy-restore", table(*rules, **more))]


def nft(text):
    return [("nft", text)]


def inet(hook, *rules, policy="accept", more="", kind="filter"):
    return nft(f"table inet t {{\n{more}\nchain c {{\ntype {kind} hook {hook} priority "
               f"{'-100' if kind == 'nat' else 'filter'}; policy {policy};\n"
               + "\n".join(rules) + "\n}\n}\n")


SMTP = "-p tcp -m multiport --dports 25,465,587"

# name: (rules, {(who, family, port): verdict}); who "in" is the world connecting.
SCENARIOS = {
    "no rules": ([], {("script", 4, 25): "accepted", ("in", 6, 25): "accepted"}),
    "WHM's restrictions redirect": (
        model("whm-restrictions"),
        {("script", 4, 587): "redirected", ("script", 6, 25): "redirected",
         ("root", 4, 25): "accepted", ("exim", 6, 25): "accepted",
         ("mailman", 4, 25): "accepted", ("cpanel", 4, 25): "redirected",
         ("script", 4, 2525): "accepted", ("in", 4, 25): "accepted"}),
    "CSF as installed": (
        model("csf-default"),
        {("script", 4, 25): "accepted", ("script", 4, 465): "rejected refused",
         ("root", 4, 465): "rejected refused", ("exim", 6, 465): "rejected refused",
         ("in", 4, 26): "dropped", ("in", 4, 465): "accepted", ("in", 6, 2525): "dropped"}),
    "CSF's SMTP_BLOCK rejects by owner": (
        model("csf-smtp-block"),
        {("script", 4, 25): "rejected refused", ("script", 6, 587): "rejected refused",
         ("root", 4, 465): "accepted", ("exim", 4, 25): "accepted",
         ("cpanel", 4, 25): "rejected refused"}),
    "CSF's SMTP_REDIRECT": (
        model("csf-smtp-redirect"),
        {("script", 4, 25): "redirected", ("root", 4, 25): "accepted",
         ("script", 6, 587): "redirected"}),
    "the v4 half of WHM's rules is gone": (
        model("whm-restrictions")[1:],
        {("script", 4, 25): "accepted", ("script", 6, 25): "redirected"}),
    "the v6 half is gone": (
        model("whm-restrictions")[:1],
        {("script", 4, 25): "redirected", ("script", 6, 25): "accepted"}),
    "a plain drop out": (
        v4("-A OUTPUT -p tcp --dport 25 -j DROP"),
        {("root", 4, 25): "dropped", ("script", 4, 25): "dropped",
         ("root", 6, 25): "accepted", ("root", 4, 587): "accepted"}),
    "a reset out": (
        v4("-A OUTPUT -p tcp --dport 25 -j REJECT --reject-with tcp-reset"),
        {("exim", 4, 25): "rejected refused"}),
    "administratively prohibited out": (
        v4("-A OUTPUT -p tcp --dport 25 -j REJECT --reject-with icmp-admin-prohibited"),
        {("exim", 4, 25): "rejected unreachable"}),
    "host prohibited out, v6 alone": (
        v6("-A OUTPUT -p tcp --dport 25 -j REJECT --reject-with icmp6-adm-prohibited"),
        {("exim", 6, 25): "rejected unreachable", ("exim", 4, 25): "accepted"}),
    "a policy that drops, with a way out for one user": (
        v4("-A OUTPUT -o lo -j ACCEPT", "-A OUTPUT -m state --state ESTABLISHED -j ACCEPT",
           f"-A OUTPUT {SMTP} -m owner --uid-owner 1001 -j ACCEPT",
           chains=("INPUT ACCEPT", "OUTPUT DROP")),
        {("script", 4, 25): "accepted", ("root", 4, 25): "dropped",
         ("script", 4, 2525): "dropped", ("in", 4, 25): "accepted"}),
    "a range of users, and everyone but one": (
        v4("-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1000-1999 -j REJECT",
           "-A OUTPUT -p tcp --dport 587 -m owner ! --uid-owner 0 -j DROP"),
        {("script", 4, 25): "rejected refused", ("cpanel", 4, 25): "accepted",
         ("root", 4, 587): "accepted", ("exim", 4, 587): "dropped"}),
    "nothing comes in on 25": (
        v4("-A INPUT -p tcp --dport 25 -j DROP"),
        {("in", 4, 25): "dropped", ("in", 6, 25): "accepted", ("in", 4, 587): "accepted",
         ("script", 4, 25): "accepted"}),
    "nothing comes in on v6": (
        v6("-A INPUT -p tcp --dport 25 -j REJECT --reject-with tcp-reset"),
        {("in", 6, 25): "rejected refused", ("in", 4, 25): "accepted"}),
    "in before the routing": (
        v4("-A PREROUTING -p tcp --dport 587 -j DROP", name="raw",
           chains=("PREROUTING ACCEPT", "OUTPUT ACCEPT")),
        {("in", 4, 587): "dropped", ("in", 4, 25): "accepted"}),
    "an open door from a chain of chains": (
        v4("-A INPUT ! -i lo -p tcp -j mail", "-A mail -p tcp -m tcp ! --dport 25:587 -j RETURN",
           "-A mail -g doors", "-A doors -p tcp -m tcp --dport 465 -m comment "
           "--comment \"-j DROP all\" -j ACCEPT", "-A doors -j DROP",
           chains=("INPUT ACCEPT", "OUTPUT ACCEPT", "mail -", "doors -")),
        {("in", 4, 465): "accepted", ("in", 4, 25): "dropped",
         ("in", 4, 2525): "accepted"}),
    "legacy rules beside nf_tables": (
        legacy("-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1001 -j DROP") +
        v4("-A OUTPUT -p tcp --dport 587 -j REJECT"),
        {("script", 4, 25): "dropped", ("exim", 4, 25): "accepted",
         ("script", 4, 587): "rejected refused"}),
    "legacy rules redirect": (
        legacy(f"-A OUTPUT {SMTP} -m owner --uid-owner 0 -j RETURN",
               f"-A OUTPUT {SMTP} -j REDIRECT", name="nat",
               chains=("PREROUTING ACCEPT", "OUTPUT ACCEPT")),
        {("script", 4, 25): "redirected", ("root", 4, 25): "accepted"}),
    "a redirect to another port": (
        v4("-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1001 -j REDIRECT --to-ports 2525",
           name="nat", chains=("PREROUTING ACCEPT", "OUTPUT ACCEPT")),
        {("script", 4, 25): "redirected"}),
    "a redirect into a closed port": (
        v4(f"-A OUTPUT {SMTP} -m owner --uid-owner 1001 -j DNAT --to-destination 127.0.0.1:25",
           name="nat", chains=("PREROUTING ACCEPT", "OUTPUT ACCEPT")) +
        v4("-A INPUT -i lo -p tcp --dport 25 -j DROP"),
        {("script", 4, 587): "dropped", ("in", 4, 25): "accepted"}),
    "native rules reset by owner": (
        nft((RULES / "nft-native.nft").read_text()),
        {("script", 4, 25): "rejected refused", ("script", 6, 465): "rejected refused",
         ("root", 4, 25): "accepted", ("exim", 6, 25): "accepted"}),
    "native rules by verdict map and named set": (
        inet("input", "ct state vmap { established : accept, related : accept }",
             "iifname lo accept", "tcp dport @mail accept", "tcp dport vmap { 2525 : jump no }",
             policy="drop", more="set mail { type inet_service; flags interval; elements = { 25, 465-587 } }\n"
             "chain no {\nreject with icmpx type admin-prohibited\n}"),
        {("in", 4, 25): "accepted", ("in", 6, 587): "accepted", ("in", 4, 26): "dropped",
         ("in", 4, 2525): "rejected unreachable"}),
    "native rules redirect": (
        inet("output", "meta skuid 1001 tcp dport { 25, 587 } redirect to :2525", kind="nat"),
        {("script", 4, 25): "redirected", ("script", 6, 587): "redirected",
         ("root", 4, 25): "accepted", ("script", 4, 465): "accepted"}),
    "native rules beside iptables'": (
        v4("-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 1001 -j ACCEPT") +
        inet("output", "ip daddr 198.51.100.0/24 tcp dport 25 drop"),
        {("script", 4, 25): "dropped", ("script", 6, 25): "accepted"}),
    "a rate that one connection does not reach": (
        v4("-A INPUT -p tcp --syn --dport 25 -m connlimit --connlimit-above 50 -j REJECT",
           "-A INPUT -p tcp --syn -j flood",
           "-A flood -m limit --limit 100/sec --limit-burst 150 -j RETURN", "-A flood -j DROP",
           chains=("INPUT ACCEPT", "flood -", "OUTPUT ACCEPT")),
        {("in", 4, 25): "accepted", ("in", 4, 587): "accepted"}),
}


def needs():
    if os.geteuid():
        return "network namespaces need root"
    lacking = [name for name in NEEDED if not shutil.which(name)]
    return f"not installed: {', '.join(lacking)}" if lacking else None


@pytest.fixture(scope="module")
def line():
    if needs():
        pytest.skip(needs())
    made = wire.Wire()
    yield made
    made.close()


def listed(box, directory):
    """The dumps that the product reads, and the walk's options for them."""
    options = []
    for option, argv in (("-4", ["iptables-save"]), ("-6", ["ip6tables-save"]),
                         ("-4", ["iptables-legacy-save"]), ("-6", ["ip6tables-legacy-save"]),
                         ("-n", ["nft", "-j", "list", "ruleset"])):
        if not shutil.which(argv[0]):
            continue
        path = directory / "-".join(argv)
        path.write_text(box.run(*argv).stdout)
        options += [option, path]
    return options


def walk(options, questions):
    text = "".join(f"{way} {address} {port} {uid} {gid}\n"
                   for way, address, port, uid, gid in questions)
    done = subprocess.run([BUILD / "tests/firewall_walk", *options], input=text,
                          capture_output=True, text=True, check=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def questions():
    """(key, question to the walk with the real address, the same about anyone)."""
    for family in (4, 6):
        for port in wire.PORTS:
            for who, (uid, gid) in USERS.items():
                yield ((who, family, port), ("out", wire.THERE[family], port, uid, gid),
                       ("out", f"*{family}", port, uid, gid))
            yield (("in", family, port), ("in", wire.THERE[family], port, 0, 0),
                   ("in", f"*{family}", port, 0, 0))


def real(line):
    """{key: what connect() met}"""
    asked = {False: [], True: []}
    for key, (way, _, port, uid, gid), _ in questions():
        address = (wire.HERE if way == "in" else wire.THERE)[key[1]]
        asked[way == "in"].append((key, [uid, gid, address, port]))
    found = {}
    for host, inward in ((line.box, False), (line.world, True)):
        met = host.ask([q for _, q in asked[inward]])
        found.update(zip((key for key, _ in asked[inward]), met))
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_walk_says_what_a_connection_meets(line, tmp_path, name):
    rules, expected = SCENARIOS[name]
    if any("legacy" in tool and not shutil.which(tool) for tool, _ in rules):
        pytest.skip("iptables-legacy is not packaged here")
    line.flush()
    for tool, text in rules:
        line.box.run(*([tool, "-f", "-"] if tool == "nft" else [tool, "-n"]), input=text)
    options = listed(line.box, tmp_path)
    met = real(line)
    asked = list(questions())
    exact = dict(zip((key for key, _, _ in asked), walk(options, [q for _, q, _ in asked])))
    anyone = dict(zip((key for key, _, _ in asked), walk(options, [q for _, _, q in asked])))
    for key, (verdict, rule) in exact.items():
        way = "in" if key[0] == "in" else "out"
        assert met[key] == MET[verdict][way], (key, verdict, rule)
    for key, verdict in expected.items():
        assert exact[key][0] == verdict, (key, exact[key])
    names_the_world = any("198.51.100" in text for _, text in rules)
    if not names_the_world:
        assert {k: v for k, (v, _) in anyone.items() if v != "unknown"} == {
            k: v for k, (v, _) in exact.items() if anyone[k][0] != "unknown"}


def test_what_the_listing_hides_is_unknown_not_accepted(line, tmp_path):
    """nft alone, as where iptables-save is missing: owner and ports are not told."""
    line.flush()
    for tool, text in model("whm-restrictions"):
        line.box.run(tool, input=text)
    path = tmp_path / "nft"
    path.write_text(line.box.run("nft", "-j", "list", "ruleset").stdout)
    answers = walk(["-n", path], [("out", "*4", 25, *SCRIPT), ("out", "*6", 25, *SCRIPT)])
    assert [verdict for verdict, _ in answers] == ["unknown", "unknown"]
