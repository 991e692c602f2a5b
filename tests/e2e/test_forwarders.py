"""Forwarders in a box with a real Exim: what was foretold of mail happens to it, then the
forwarder is taken away, mail arrives, and the forwarder comes back."""

import json
import subprocess

import pytest

from conftest import BUILD, Api, relaydoctor
from lab import alias_sets, exim, seed
from lab.box import Box, wait_for
from lab.seed import Domain

CHOIR = "choir.example"
FAR = "mx1.smallmail.example"
GUEST = f"guest@{FAR}"


def world():
    world = seed.small()
    world.domains.append(Domain(
        CHOIR, "studio", "addon", mxcheck="local", mailboxes={"alto": 0, "info": 0, "drums": 0},
        aliases=[f"tenor@{CHOIR}: alto@{CHOIR}", f"alto@{CHOIR}: tenor@{CHOIR}",
                 f"lost@{CHOIR}: nobody@{CHOIR}", f"nobody@{CHOIR}: lost@{CHOIR}",
                 f"abroad@{CHOIR}: drums@{CHOIR},{GUEST}",
                 f"board@{CHOIR}: chair@studio.example", f"*: board@{CHOIR}"]))
    world.domains.append(Domain(
        "band.example", "studio", "addon", mxcheck="local", mailboxes={"drums": 0},
        aliases=["*: drums@band.example"], forwarded=CHOIR))
    world.domains.append(Domain("duet.example", "studio", "addon", mxcheck="local",
                                aliases=["*: \":fail: No Such User Here\""]))
    return world


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        yield b


def found(box, check):
    _, out, _ = relaydoctor(box, "scan", "--json")
    return {f["subject"]["name"]: f for f in json.loads(out)["findings"] if f["check"] == check}


def apply(box, finding, *words):
    _, out, _ = relaydoctor(box, "fix", finding, *words, "--apply", "--json", status=0)
    return json.loads(out)


def routed(box, address):
    return box.run(["exim", "-bt", "--", address], check=False).stdout


def test_a_circle_is_broken_by_taking_one_forwarder_away_and_comes_back(box):
    before = box.read(f"/etc/valiases/{CHOIR}")
    assert set(found(box, "forward_loop_here")) == {f"alto@{CHOIR}", f"lost@{CHOIR}"}
    # As foretold: Exim passes over the router that handled the address before, and alto's
    # mailbox gets nothing.
    assert "chair@studio.example" in routed(box, f"tenor@{CHOIR}")
    finding = f"forward_loop_here:alto@{CHOIR}"
    _, out, _ = relaydoctor(box, "fix", finding, "--json", status=0)
    plan = json.loads(out)
    assert plan["ops"] == [{"verb": "set_forwarder", "name": f"alto@{CHOIR}",
                            "expect": f"tenor@{CHOIR}", "value": "none"}]
    assert f"mail for alto@{CHOIR} then goes to the domain's default address (board@{CHOIR})." in \
        " ".join(plan["notes"])
    assert box.read(f"/etc/valiases/{CHOIR}") == before
    change = apply(box, finding)
    assert (change["state"], change["after"]) == ("KEPT", "none")
    assert set(found(box, "forward_loop_here")) == {f"lost@{CHOIR}"}
    kept = len(box.mailbox(f"alto@{CHOIR}"))
    box.sendmail(f"tenor@{CHOIR}", "studio")
    wait_for(lambda: len(box.mailbox(f"alto@{CHOIR}")) == kept + 1, 20, "mail at the end")
    relaydoctor(box, "undo", change["id"], status=0)
    assert sorted(box.read(f"/etc/valiases/{CHOIR}").splitlines()) == sorted(before.splitlines())


def test_a_default_address_refuses_after_the_fix_and_is_put_back(box):
    finding = f"catchall_loop:{CHOIR}"
    assert "chair@studio.example" in found(box, "catchall_loop")[CHOIR]["text"]
    assert "chair@studio.example" in routed(box, f"invented@{CHOIR}")
    change = apply(box, finding, "--set", f"confirm={CHOIR}")
    assert (change["before"], change["after"]) == (f"board@{CHOIR}", ":fail:")
    assert "undeliverable" in routed(box, f"invented@{CHOIR}")
    assert not found(box, "catchall_loop")
    relaydoctor(box, "undo", change["id"], status=0)
    assert "chair@studio.example" in routed(box, f"invented@{CHOIR}")


# A mailbox gets its mail though its address is forwarded as well: cPanel's way, by what it says
# of both in its manual.
COPIES = ("\tunseen\n\tdata = ${lookup{$local_part@$domain}", "\tdata = ${lookup{$local_part@$domain}")


def test_whether_a_circle_loses_mail_is_exims_word(box):
    """Mailboxes that each get what is sent to the other are what somebody wanted."""
    paths = {path: box.read(path) for path in (f"/etc/valiases/{CHOIR}", "/etc/exim.conf")}
    finding = f"info@{CHOIR}"
    assert paths["/etc/exim.conf"].count(COPIES[1]) == 1
    try:
        box.write(f"/etc/valiases/{CHOIR}", f"drums@{CHOIR}: info@{CHOIR}\ninfo@{CHOIR}: drums@{CHOIR}\n"
                  f"lost@{CHOIR}: nobody@{CHOIR}\nnobody@{CHOIR}: lost@{CHOIR}\n")
        x = found(box, "forward_loop_here")
        assert x[f"drums@{CHOIR}"]["severity"] == "warning"
        assert "mail stays in the mailbox that it was sent to" in x[f"drums@{CHOIR}"]["text"]
        assert x[f"lost@{CHOIR}"]["severity"] == "critical"
        assert any(e["source"] == "Exim" and "Unrouteable address" in e["text"]
                   for e in x[f"lost@{CHOIR}"]["evidence"])

        box.write("/etc/exim.conf", paths["/etc/exim.conf"].replace(COPIES[1], COPIES[0]))
        assert routed(box, finding).count("virtual_user") >= 2
        assert set(found(box, "forward_loop_here")) == {f"lost@{CHOIR}"}
    finally:
        for path, text in paths.items():
            box.write(path, text)


def test_default_addresses_that_lead_to_each_other_are_found_as_exim_sees_them(box):
    """With a mailbox between, Exim delivers: then it is none."""
    paths = {f"/etc/valiases/{d}": box.read(f"/etc/valiases/{d}")
             for d in (CHOIR, "duet.example")}
    try:
        box.write(f"/etc/valiases/{CHOIR}", "*: anything@duet.example\n")
        box.write("/etc/valiases/duet.example", f"*: whoever@{CHOIR}\n")
        assert "undeliverable" in routed(box, f"invented@{CHOIR}")
        x = found(box, "catchall_loop")
        assert set(x) == {CHOIR, "duet.example"} and x[CHOIR]["severity"] == "warning"
        assert (f"the default address of {CHOIR} → anything@duet.example → the default "
                f"address of duet.example → whoever@{CHOIR} → ") in x[CHOIR]["text"]
        assert any(e["source"] == "Exim" and "Unrouteable address" in e["text"]
                   for e in x[CHOIR]["evidence"])
        assert box.send(f"invented@{CHOIR}", "guest@mx1.smallmail.example")[0] == 550
        change = apply(box, f"catchall_loop:{CHOIR}", "--set", f"confirm={CHOIR}")
        assert change["after"] == ":fail:" and not found(box, "catchall_loop")
        relaydoctor(box, "undo", change["id"], status=0)
        assert set(found(box, "catchall_loop")) == set(x)

        box.write("/etc/valiases/duet.example", f"*: drums@{CHOIR}\n")
        assert "undeliverable" not in routed(box, f"invented@{CHOIR}")
        assert not found(box, "catchall_loop")
    finally:
        for path, text in paths.items():
            box.write(path, text)


def test_a_domain_forwarder_before_a_default_address_is_found_and_taken_away(box):
    finding = found(box, "domain_forward_hides_mail")["band.example"]
    assert finding["severity"] == "info"
    assert any("1 mailbox, such as drums@band.example" in e["text"] for e in finding["evidence"])
    assert CHOIR in routed(box, "anybody@band.example")
    change = apply(box, finding["id"], "--set", "confirm=band.example")
    assert (change["before"], change["after"]) == (CHOIR, "none")
    assert CHOIR not in routed(box, "anybody@band.example")
    relaydoctor(box, "undo", change["id"], status=0)
    assert box.read("/etc/vdomainaliases/band.example") == f"band.example: {CHOIR}\n"


def test_whether_a_domain_forwarder_takes_what_mailboxes_should_get_is_exims_word(box):
    aliases, conf = box.read("/etc/valiases/band.example"), box.read("/etc/exim.conf")
    begin, end = conf.index("virtual_domain_aliases:"), conf.index("virtual_aliases:\n")
    first = conf.index("virtual_aliases_nostar:")
    try:
        box.write("/etc/valiases/band.example", "*: studio\n")     # as a fresh account has it
        assert "virtual_user" in routed(box, "drums@band.example")
        assert not found(box, "domain_forward_hides_mail")

        box.write("/etc/exim.conf", conf[:first] + conf[begin:end] + conf[first:begin] + conf[end:])
        assert CHOIR in routed(box, "drums@band.example")
        finding = found(box, "domain_forward_hides_mail")["band.example"]
        assert finding["severity"] == "warning"
        assert f"mail for drums@band.example goes to the domain {CHOIR} instead" in {
            e["text"] for e in finding["evidence"]}
    finally:
        box.write("/etc/exim.conf", conf)
        box.write("/etc/valiases/band.example", aliases)


def test_another_forwarder_of_the_circle_is_chosen_and_no_other_one(box):
    finding, before = f"forward_loop_here:alto@{CHOIR}", box.read(f"/etc/valiases/{CHOIR}")
    for other in (f"lost@{CHOIR}", f"board@{CHOIR}", "stranger@studio.example", "x"):
        _, _, err = relaydoctor(box, "fix", finding, "--set", f"forwarder={other}", status=2)
        assert f"{other} has no forwarder in the circle" in err
    _, _, err = relaydoctor(box, "fix", finding, "--set", f"forwarder=tenor@{CHOIR}",
                            "--set", f"target=drums@{CHOIR}", status=2)
    assert f"tenor@{CHOIR} is forwarded to alto@{CHOIR}, not to drums@{CHOIR}" in err
    change = apply(box, finding, "--set", f"forwarder=tenor@{CHOIR}")
    assert (change["name"], change["state"], change["after"]) == (f"tenor@{CHOIR}", "KEPT", "none")
    assert finding.partition(":")[2] not in found(box, "forward_loop_here")
    relaydoctor(box, "undo", change["id"], status=0)
    assert sorted(box.read(f"/etc/valiases/{CHOIR}").splitlines()) == sorted(before.splitlines())


def test_the_page_and_the_api_offer_what_else_would_break_the_circle(box):
    finding, other = f"forward_loop_here:alto@{CHOIR}", f"tenor@{CHOIR}"
    api = Api(box)
    plan = api.post("plan", finding=finding)
    assert plan["instead"] == [{"param": "forwarder", "value": other}]
    page = box.run(["curl", "-sk", "-H", f"Authorization: whm root:{box.token()}",
                    "https://127.0.0.1:2087/cgi/relaydoctor/admin.cgi?page=preview"
                    f"&finding={finding}"]).stdout
    assert f'<option value="{other}"' in page and "Forwarder of" in page
    plan = api.post("plan", finding=finding, params={"forwarder": other})
    assert [op["name"] for op in plan["ops"]] == [other]


def test_what_somebody_changed_since_the_preview_is_left_alone(box):
    finding = f"forward_loop_here:alto@{CHOIR}"
    change = apply(box, finding)
    box.run(["/usr/local/cpanel/bin/uapi", "--output=json", "--user=studio", "Email",
             "add_forwarder", f"domain={CHOIR}", f"email=alto@{CHOIR}", "fwdopt=fwd",
             "fwdemail=somebody@studio.example"])
    _, _, err = relaydoctor(box, "undo", change["id"], status=1)
    assert "somebody@studio.example" in err


# ---- a circle over another server -------------------------------------------

FAR_CONF = f"""
primary_hostname = {FAR}
domainlist local_domains = {FAR}
exim_user = mailnull
exim_group = mail
never_users = root
spool_directory = /var/spool/exim-far
log_file_path = /var/spool/exim-far/log/%slog
daemon_smtp_ports = 2525
tls_advertise_hosts =
keep_environment =
acl_smtp_rcpt = everybody
begin acl
everybody:
  accept
begin routers
aliases:
  driver = redirect
  domains = +local_domains
  data = ${{lookup{{$local_part@$domain}}lsearch{{/run/lab/far-aliases}}}}
out:
  driver = manualroute
  domains = !+local_domains
  route_list = * {seed.ADDRESS}
  transport = remote
begin transports
remote:
  driver = smtp
  interface = {seed.SMALL_MAIL}
begin retry
* * F,2h,1m
"""


@pytest.fixture
def far(box):
    """A second Exim, at another host of the lab's internet, that forwards back."""
    box.write("/run/lab/far.conf", FAR_CONF, 0o644)
    box.write("/run/lab/far-aliases", f"{GUEST}: abroad@{CHOIR}\n", 0o644)
    box.run(["install", "-d", "-o", "mailnull", "-g", "mail", "/var/spool/exim-far",
             "/var/spool/exim-far/log"])
    box.run(["iptables", "-t", "nat", "-A", "PREROUTING", "-d", seed.SMALL_MAIL, "-p", "tcp",
             "--dport", "25", "-j", "REDIRECT", "--to-ports", "2525"], internet=True)
    server = box.popen(["unshare", "-m", "sh", "-c", "mount --bind /run/lab/far.conf "
                        "/etc/exim.conf && exec /usr/sbin/exim -bdf"], internet=True)
    wait_for(lambda: ":2525" in box.run(["ss", "-ltn"], internet=True).stdout, 10, "the far Exim")
    yield
    server.terminate()
    server.wait(10)
    box.run(["iptables", "-t", "nat", "-F"], internet=True)


def test_of_several_ways_out_only_the_one_that_mail_came_back_from_is_taken(box):
    """What failed as going in circles says nothing of the way that it took."""
    paths = {path: box.read(path) for path in (f"/etc/valiases/{CHOIR}", "/var/log/exim_mainlog")}
    now = box.run(["date", "+%F %T"]).stdout.strip()
    at = ("198.51.100.1", "mx.far.example", "w@far.example"), ("198.51.100.2", "mx.near.example",
                                                               "v@near.example")
    known, other = f"known@{CHOIR}", f"other@{CHOIR}"
    log = "".join(f"{now} 1xVkoU-00003{i}-0q <= x@stranger.example H={at[0][1]} [{at[0][0]}] "
                  f"P=esmtp S=900 id=one@stranger.example for {known}\n"
                  + "".join(f"{now} 1xVkoU-00003{i}-0q => {to} <{known}> R=lookuphost "
                            f"T=remote_smtp H={host} [{ip}]\n" for ip, host, to in at)
                  for i in range(4))
    log += "".join(f'{now} 1xVkoU-00003{i}-0q ** {x}: Too many "Received" headers - suspected '
                   "mail loop\n" for i, x in ((7, known), (8, other)))
    try:
        box.write(f"/etc/valiases/{CHOIR}", paths[f"/etc/valiases/{CHOIR}"] + "".join(
            f"{x}: v@near.example,w@far.example\n" for x in (known, other)))
        box.write("/var/log/exim_mainlog", paths["/var/log/exim_mainlog"] + log)
        x = found(box, "forward_loop_outside")
        assert (x[known]["severity"], x[known]["fix"]["id"]) == ("critical", "hold_forwarder")
        assert "leaves for w@far.example and comes back" in x[known]["text"]
        plan = json.loads(relaydoctor(box, "fix", x[known]["id"], "--json", status=0)[1])
        assert plan["ops"][0]["value"] == "v@near.example"
        assert (x[other]["severity"], x[other]["fix"]) == ("warning", None)
        assert "from which of them it comes back is not known" in x[other]["text"]
    finally:
        for path, text in paths.items():
            box.write(path, text)


def test_a_circle_over_two_servers_is_foretold_seen_broken_and_put_back(box, far):
    finding, before = f"forward_loop_outside:abroad@{CHOIR}", box.read(f"/etc/valiases/{CHOIR}")
    assert not found(box, "forward_loop_outside")
    box.write(f"/etc/relaydoctor/valiases/{FAR}", f"{GUEST}: abroad@{CHOIR}\n", 0o644)
    foretold = found(box, "forward_loop_outside")[f"abroad@{CHOIR}"]
    assert foretold["severity"] == "warning"
    assert f"abroad@{CHOIR} → {GUEST} → abroad@{CHOIR}" in foretold["text"]

    assert box.send(f"abroad@{CHOIR}", text="Message-ID: <round@stranger.example>\n"
                    "Subject: round\n\nround\n") == (250, "")
    wait_for(lambda: 'Too many "Received" headers' in box.read("/var/log/exim_mainlog"), 60,
             "the mail to have gone round often enough")
    seen = found(box, "forward_loop_outside")[f"abroad@{CHOIR}"]
    told = " ".join(e["text"] for e in seen["evidence"])
    assert seen["severity"] == "critical" and "went round within a week" in told
    assert f"round@stranger.example left for {GUEST} to the host {seed.SMALL_MAIL} and came back" in told
    assert "last used at" in told

    change = apply(box, finding)
    assert change["after"] == f"drums@{CHOIR}" and not found(box, "forward_loop_outside")
    had = len(box.mailbox(f"drums@{CHOIR}"))
    assert box.send(f"abroad@{CHOIR}") == (250, "")
    wait_for(lambda: len(box.mailbox(f"drums@{CHOIR}")) == had + 1, 20, "mail at its end")
    relaydoctor(box, "undo", change["id"], status=0)
    assert sorted(box.read(f"/etc/valiases/{CHOIR}").splitlines()) == sorted(before.splitlines())
    box.remove(f"/etc/relaydoctor/valiases/{FAR}")


def test_a_preview_tells_what_else_would_break_the_circle_and_what_that_loses(box):
    _, out, _ = relaydoctor(box, "fix", f"forward_loop_here:lost@{CHOIR}", "--json", status=0)
    notes = " ".join(json.loads(out)["notes"])
    assert f"For lost@{CHOIR}: the log has no mail that went by it" in notes
    assert f"If nobody@{CHOIR} is the mistake" in notes and f"forwarder=board@{CHOIR}" not in notes


def test_explain_shows_where_the_address_of_the_text_is_forwarded(box):
    text = f"2026-11-24 05:19:38 1xVkoU-00003j-0q ** tenor@{CHOIR}: Unrouteable address\n"
    done = box.run(["relaydoctor", "explain", "--json"], input=text, check=False)
    told = {e["source"]: e["text"] for e in json.loads(done.stdout)["evidence"]}
    assert f"1: alto@{CHOIR} (/etc/valiases/{CHOIR}, line" in told["the forwarders here"]


def page_of(box, more=""):
    return box.run(["curl", "-sk", "-H", f"Authorization: whm root:{box.token()}",
                    "https://127.0.0.1:2087/cgi/relaydoctor/admin.cgi?page=domain"
                    f"&name={CHOIR}{more}"]).stdout


def section(page, heading):
    start = page.index(f'<h2 id="{heading}"')
    return page[start:page.index("</section>", start)]


def test_the_page_asks_for_an_address_and_draws_none_before(box):
    page = section(page_of(box), "leads")
    assert 'name="address" value=""' in page and "<path d=" not in page


def test_the_page_draws_the_whole_domain_with_its_circles_in_red_and_the_command_prints_it(box):
    box.write(f"/etc/valiases/{CHOIR}", "".join(x + "\n" for x in box.world.domain(CHOIR).aliases))
    told = Api(box).get(f"domain&name={CHOIR}")["map"]
    first = [s["text"] for s in told["steps"] if not s["depth"]]
    # Circles first, then what leaves this server; the rest is on their ways.
    assert first == [f"alto@{CHOIR}", f"lost@{CHOIR}", f"abroad@{CHOIR}"]
    assert told["left"] == 0
    drawn = section(page_of(box), "all")
    assert '<title id="map-title">' in drawn and f"{GUEST}: another server" in drawn
    links = sum(s["depth"] > 0 for s in told["steps"])
    assert drawn.count("<path d=") == links and drawn.count('class="circle"/>') >= 4
    _, out, _ = relaydoctor(box, "show", CHOIR, status=1)
    assert "Where its addresses lead" in out and f"      alto@{CHOIR}: a CIRCLE" in out


def test_a_reseller_gets_no_picture_of_the_domain(box):
    assert "map" not in Api(box, "northweb", ("edit-mx",), "reseller.cgi").get(
        "domain&name=northweb.example")


def test_the_page_draws_where_an_address_leads_and_the_api_tells_it(box):
    told = Api(box).get(f"domain&name={CHOIR}", address=f"lost@{CHOIR}")
    assert [s["end"] for s in told["path"]["steps"]][:2] == ["goes_on", "goes_on"]
    assert told["domain"]["route"]["asked"] == f"lost@{CHOIR}"
    page = section(page_of(box, f"&address=lost%40{CHOIR}"), "leads")
    assert page.count("<path d=") == len(told["path"]["steps"]) - 1 > 1
    assert 'class="circle"/>' in page and f"{CHOIR}: a circle" in page


def test_where_exim_says_otherwise_the_difference_is_told_and_exim_is_right(box):
    api, path = Api(box), f"/etc/valiases/{CHOIR}"
    for name in "tenor", "abroad", "invented":
        assert api.get(f"domain&name={CHOIR}", address=f"{name}@{CHOIR}")["path"]["differs"] == []
    before = box.read(path)
    try:
        box.write("/etc/choir-list", f"drums@{CHOIR}\n", 0o644)
        box.write(path, f"all@{CHOIR}: :include:/etc/choir-list\n{before}")
        assert f"drums@{CHOIR}" in routed(box, f"all@{CHOIR}")
        differs = api.get(f"domain&name={CHOIR}", address=f"all@{CHOIR}")["path"]["differs"]
        assert [f"drums@{CHOIR}" in said for said in differs] == [True]
        page = section(page_of(box, f"&address=all%40{CHOIR}"), "leads")
        assert "differs from Exim" in page and differs[0] in page
        _, out, _ = relaydoctor(box, "show", f"all@{CHOIR}")
        assert f"Exim is right: {differs[0]}" in out
    finally:
        box.write(path, before)
        box.remove("/etc/choir-list")


@pytest.mark.parametrize("address", ["a@other.example", "@" + CHOIR, "x" * 255],
                         ids=["other", "empty", "long"])
def test_an_address_of_another_domain_is_refused(box, address):
    status, reply = Api(box).request(f"domain&name={CHOIR}", address=address)
    assert (status, reply["metadata"]["result"]) == (400, 0)


def test_a_reseller_is_not_told_where_an_address_leads(box):
    api = Api(box, "northweb", ("edit-mx",), "reseller.cgi")
    assert api.request("domain&name=northweb.example", address="a@northweb.example")[0] == 403


# ---- bounces that nobody takes ------------------------------------------------

def in_queue(box):
    """Exim's own list: {message: its line}."""
    lines = box.run(["exim", "-bp"]).stdout.splitlines()
    return {x.split()[2]: x for x in lines if len(x.split()) > 3 and "<" in x}


def spool_files(box, message):
    """What of it lies in the queue, whose, with which mode, and its bytes."""
    return box.run(["sh", "-c", "cd /var/spool/exim/input && for f in $(find . -name \"$0-?\" | sort); do "
                    "stat -c '%n %a %U %G' $f; sha256sum $f; done", message]).stdout


def test_frozen_bounces_of_a_loop_are_removed_one_by_one_by_choice_and_put_back(box):
    made = {"1vM1aa-0001ab-0a", "1vM1ab-0001ab-0a"}
    for message in made:
        for kind, text in zip("HD", exim.frozen_bounce(message, "someone@stranger.example",
                                                       f"abroad@{CHOIR}", 1795400000)):
            box.write(f"/var/spool/exim/input/{message}-{kind}", text, 0o640)
            box.run(["chown", "mailnull:mail", f"/var/spool/exim/input/{message}-{kind}"])
    before, told = in_queue(box), found(box, "bounce_frozen")
    # Beside those that Exim has frozen itself, when mail went round between two of them.
    assert made <= told.keys() <= before.keys()
    assert all("*** frozen ***" in before[message] for message in told)
    x = max(told.values(), key=lambda x: x["subject"]["name"])
    message = x["subject"]["name"]
    assert x["severity"] == "info" and f"abroad@{CHOIR}" in x["text"]
    files = spool_files(box, message)
    assert files.count("\n") == 4

    change = apply(box, x["id"])
    assert (change["state"], change["after"]) == ("KEPT", "removed")
    assert in_queue(box).keys() == before.keys() - {message} and not spool_files(box, message)
    assert found(box, "bounce_frozen").keys() == told.keys() - {message}
    relaydoctor(box, "undo", change["id"], status=0)
    assert in_queue(box) == before and spool_files(box, message) == files
    assert found(box, "bounce_frozen").keys() == told.keys()
    box.run(["exim", "-Mrm", *told])


# ---- our path against Exim's -------------------------------------------------

SETS = 60     # `make forwarders-differential` compares 2,000


def test_our_path_ends_where_exims_does(box, tmp_path):
    names, texts = alias_sets.many(9000, SETS)
    before = {path: box.read(path) for path in ("/etc/localdomains", "/etc/userdomains")}

    def write(path, text):
        at = tmp_path / path[1:]
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        box.write(path, text)
    try:
        alias_sets.write(write, texts)
        ours = alias_sets.ask_ours(lambda text: subprocess.run(
            [f"{BUILD}/tests/forward_walk", tmp_path], input=text, text=True,
            capture_output=True, check=True, timeout=60).stdout, names)
        whole = [name for name in names if ours[name] is not None]
        exims = alias_sets.ask_exim(box.run, whole)
    finally:
        for path, text in before.items():
            box.write(path, text)
        for domain in texts:
            box.remove(f"/etc/valiases/{domain}")
        for domain in alias_sets.forwarded(texts):
            box.remove(f"/etc/vdomainaliases/{domain}")
    assert len(whole) > len(names) * 0.9
    assert {name: ours[name] for name in whole} == {name: exims[name] for name in whole}
