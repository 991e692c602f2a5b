"""Our own ports, each fault made by the real thing: Exim stopped or set up otherwise, a
rule, another program on the port."""

import json
import re

import pytest

from lab import seed
from network import wait_for
from test_out import ARRIVING

CONF = "/etc/exim.conf"
CHKSERVD = "/etc/chkserv.d/chkservd.conf"
EXIM = "lab-exim.service"


def listening(box, port):
    return f":{port:04X} " in box.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"]).stdout


@pytest.fixture
def exim(net):
    """Sets Exim's options, as {option: value}, and starts it again."""
    before = net.box.read(CONF)

    def use(text, wait=25):
        net.box.write(CONF, text, 0o644)
        net.box.restart_unit(EXIM)
        wait_for(lambda: listening(net.box, wait), 10, "Exim to listen")

    def options(**values):
        text = before
        for name, value in values.items():
            line = f"{name} = {value}"
            text = re.sub(rf"^{name} =.*$", lambda _: line, text, flags=re.M) \
                if re.search(rf"^{name} =", text, re.M) else line + "\n" + text
        use(text)

    yield options
    use(before)


@pytest.fixture
def on26(net):
    """Another program on the extra port that WHM watches."""
    net.box.write(CHKSERVD, "exim:1\nexim-26:1\n", 0o644)
    running = []

    def serve(behaviour, address="0.0.0.0"):
        running.append(net.start("/run/lab/far.py", json.dumps({f"{address} 26": behaviour})))

    yield serve
    for process in running:
        net.end(process)
    net.box.write(CHKSERVD, "exim:1\n", 0o644)


def ports(net, *words):
    done = net.ask("port", *words, "--json")
    assert done.stdout, done.stderr
    return {(p["port"], p["family"]): p for p in json.loads(done.stdout)["in"]}


def verdicts(net, *words):
    return {place: p["verdict"] for place, p in ports(net, *words).items()}


def findings(net):
    report = json.loads(net.box.run(["relaydoctor", "scan", "--json"], check=False).stdout)
    return {f["id"]: f["severity"] for f in report["findings"]
            if f["check"] in ("port_closed_here", "auth_not_advertised")}


def test_a_healthy_exim_answers_on_each_port_in_both_families(net):
    found = ports(net)
    assert set(found) == {(p, f) for p in (25, 465, 587) for f in ("IPv4", "IPv6")}
    for (port, _), p in found.items():
        assert p["verdict"] == "answers" and p["program"].startswith("exim")
        assert p["wanted_by"] == "daemon_smtp_ports"
        assert p["banner"].startswith(seed.HOSTNAME)
        assert p["tls"]["state"] == "works" and p["certificate"]["name"] == seed.HOSTNAME
        assert not p["certificate"]["expired"]
        assert p["auth_within_tls"] == "PLAIN LOGIN"
        assert (p["auth_before_tls"] is None) == (port == 465)
    assert net.ask("port").returncode == 0
    assert findings(net) == {}


def test_a_look_leaves_one_connection_a_port_in_the_log(net):
    before = net.box.read("/var/log/exim_mainlog")
    net.ask("port")

    def new():
        return net.box.read("/var/log/exim_mainlog")[len(before):].splitlines()
    wait_for(lambda: sum("closed by QUIT" in line for line in new()) == 6, 10, "six ends")
    lines = [line for line in new() if "no host name found" not in line]
    assert sum("TCP/IP connection count" in line for line in lines) == 6
    assert len(lines) == 12


def test_when_exim_is_down_nothing_listens(net):
    net.box.stop_unit(EXIM)
    try:
        wait_for(lambda: not listening(net.box, 25), 10, "Exim to be gone")
        assert set(verdicts(net).values()) == {"nothing listens"}
        assert net.ask("port").returncode == 1
        assert findings(net) == {"port_closed_here:25/IPv4": "critical",
                                 "port_closed_here:465/IPv4": "warning",
                                 "port_closed_here:587/IPv4": "warning"}
    finally:
        net.box.start_unit(EXIM)
        wait_for(lambda: listening(net.box, 25), 10, "Exim to listen")


def test_ipv4_alone_matters_where_mx_records_lead_to_ipv6(net, exim):
    exim(local_interfaces="0.0.0.0")
    assert verdicts(net, "25") == {(25, "IPv4"): "answers",
                                   (25, "IPv6"): "nothing listens, IPv4 alone is served"}
    assert findings(net) == {"port_closed_here:25/IPv6": "warning"}


def test_a_port_of_one_address_is_asked_there(net, exim):
    exim(local_interfaces=f"<; 0.0.0.0 ; [{seed.DEDICATED}]:2525")
    assert ports(net, "2525")[2525, "IPv4"]["asked_at"] == seed.DEDICATED


def test_a_rule_before_a_port_is_told_from_a_closed_one(net):
    net.rules(ARRIVING.format("tcp dport 587 drop; tcp dport 465 reject with tcp reset;"))
    found = verdicts(net)
    assert {found[port, f] for port in (465, 587) for f in ("IPv4", "IPv6")} == {"blocked here"}
    assert found[25, "IPv4"] == "answers"


def test_the_extra_port_that_is_watched_is_asked_for(net, on26):
    assert verdicts(net, "26") == {(26, "IPv4"): "nothing listens", (26, "IPv6"): "nothing listens"}
    assert findings(net) == {"port_closed_here:26/IPv4": "warning"}


@pytest.mark.parametrize("behaviour", ["silent", "tarpit", "endless", "endless_lines", "binary",
                                       "hangs_up", "turns_away"])
def test_an_odd_program_on_a_port_is_bounded_and_told(net, on26, behaviour):
    on26(behaviour)
    p = ports(net, "26")[26, "IPv4"]
    assert p["verdict"] == "not served" and p["why"] and p["program"] == "python3"
    assert len(json.dumps(p)) < 4000


def test_a_socket_of_both_families_serves_both(net, on26):
    on26("polite", address="::")
    assert ports(net, "26")[26, "IPv4"]["verdict"] == "answers"


def test_a_socket_of_ipv6_alone_does_not_serve_ipv4(net, on26):
    on26("polite", address="::/only")
    assert ports(net, "26")[26, "IPv4"]["verdict"] == "nothing listens"


def test_auth_within_tls_alone_is_as_it_should_be(net, exim):
    exim(auth_advertise_hosts="${if eq{$tls_in_cipher}{}{}{*}}")
    p = ports(net, "587")[587, "IPv4"]
    assert p["auth_before_tls"] is None and p["auth_within_tls"] == "PLAIN LOGIN"
    assert findings(net) == {}


def test_no_auth_at_all_is_found(net, exim):
    exim(auth_advertise_hosts="")
    assert findings(net) == {f"auth_not_advertised:{port}/{f}": "warning"
                             for port in (465, 587) for f in ("IPv4", "IPv6")}


def test_starttls_that_fails_leaves_no_way_to_log_in(net, exim):
    exim(auth_advertise_hosts="${if eq{$tls_in_cipher}{}{}{*}}", tls_certificate="/nonexistent")
    p = ports(net, "587")[587, "IPv4"]
    assert p["verdict"] == "answers" and p["tls"]["state"] == "broken" and p["tls"]["why"]
    assert ports(net, "465")[465, "IPv4"]["verdict"] == "not served"
    assert findings(net)["auth_not_advertised:587/IPv4"] == "warning"


def test_an_expired_certificate_is_told(net, exim):
    net.box.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-subj", "/CN=old.example\n\x1b[2J", "-keyout", "/run/lab/old.key",
                 "-out", "/run/lab/old.csr"])
    net.box.write("/run/lab/ca.conf", "[ca]\ndefault_ca=x\n[x]\ndatabase=/run/lab/ca.db\n"
                  "new_certs_dir=/run/lab\nserial=/run/lab/ca.serial\ndefault_md=sha256\n"
                  "policy=p\n[p]\ncommonName=supplied\n")
    net.box.write("/run/lab/ca.db", "")
    net.box.write("/run/lab/ca.serial", "01\n")
    net.box.run(["openssl", "ca", "-batch", "-selfsign", "-config", "/run/lab/ca.conf",
                 "-startdate", "20200101000000Z", "-enddate", "20210101000000Z",
                 "-keyfile", "/run/lab/old.key", "-in", "/run/lab/old.csr",
                 "-out", "/run/lab/old.pem", "-notext"])
    net.box.run(["chown", "47", "/run/lab/old.key"])
    exim(tls_certificate="/run/lab/old.pem", tls_privatekey="/run/lab/old.key")
    p = ports(net, "25")[25, "IPv4"]
    assert p["certificate"]["expired"] and p["certificate"]["until"] == "2021-01-01T00:00:00Z"
    assert p["certificate"]["name"].startswith("old.example")
    text = net.ask("port", "25").stdout
    assert "expired since 2021-01-01T00:00:00Z" in text and "\x1b" not in text


@pytest.mark.parametrize("word", ["x", "0", "65536", "-1", "25/tcp", "mx.example.com:25",
                                  "::1:25", "[fe80::1%eth0]:25", "0.0.0.0/0:25", "1" * 10240])
def test_what_is_no_port_is_refused(net, word):
    done = net.ask("port", "--", word)
    assert done.returncode == 2 and not done.stdout and len(done.stderr) < 1000


def test_the_two_kinds_of_probe_have_options_of_their_own(net):
    for words in (["port", "--to", "192.0.2.1"], ["port", "25", "26"], ["out", "x"], [],
                  ["in"], ["port", "--root", "/"]):
        done = net.ask(*words)
        assert done.returncode == 2 and "usage: relaydoctor probe" in done.stderr
