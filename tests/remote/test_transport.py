"""Between us and the other server: whatever goes wrong there has its own sentence, and
nothing that came in part is told as a whole."""

import os
import subprocess
import threading
import time

import pytest

from conftest import BUILD, DOMAINS, MANY, ids, why
from whm import (DENIED, TOKEN, Chunks, Cut, Domain, Drop, Flood, Json, Silence, Text, Whm,
                 head, ok, refused)

NOBODY = 65534
HTML = "<!DOCTYPE html><html><body>WHM Login</body></html>"
FOUND = {"routing_local_mx_elsewhere:lost.example": "critical",
         "routing_remote_mx_here:refused.example.net": "critical"}


def assert_nothing_told(report):
    """No domain is called fine, and none wrong."""
    assert {f["severity"] for f in report["findings"]} == {"unknown"}
    assert report["summary"]["critical"] == report["summary"]["warning"] == 0


def test_a_server_is_judged_in_three_requests_over_one_connection(doctor, server):
    report = doctor.scan(server, status=1)
    assert ids(report) == FOUND
    assert [function for function, _ in server.asked] == ["batch", "get_domain_info", "batch"]
    assert server.connections == 1
    assert report["server"]["world"] == "remote"
    assert report["server"]["hostname"] == "server1.example.net"
    assert report["server"]["panel"] == server.url


def test_what_cannot_be_seen_from_here_is_not_asked(doctor, server):
    report = doctor.scan(server)
    assert {"routing_listed_twice", "routing_unlisted", "domain_lists_unreadable"} <= set(
        report["summary"]["not_asked"])
    for name in ("files", "exim", "ports", "log"):
        assert why(report, name)


def test_evidence_is_the_panels_word_and_no_file_line(doctor, server):
    for finding in doctor.scan(server)["findings"]:
        sources = {e["source"] for e in finding["evidence"]}
        assert "cPanel" in sources and not any(s.startswith("/etc/") for s in sources)
        assert finding["fix"] is None and "Nothing can be changed from here" in finding["advice"]


def test_one_domain_is_shown(doctor, server):
    done = doctor.run(server.url, command="show lost.example")
    assert done.returncode == 1
    assert "in force: local" in done.stdout and "/etc/" not in done.stdout
    assert "arg0=lost.example" in server.asked[1][1]
    assert "cpanel.user%3Dbob" in server.asked[2][1] and "ann" not in server.asked[2][1]


# ---- failures, each by its sentence ------------------------------------------

FAILURES = {
    "403 as real servers send it": (Text(403, DENIED, "text/plain"), "access denied (HTTP 403)"),
    "401 with a page": (Text(401, HTML), "access denied (HTTP 401)"),
    "a redirect to the login": (Text(302, "", more=["Location: /login"]),
                                "another page (HTTP 302)"),
    "a page instead of data": (Text(200, HTML), "a page instead of data"),
    "denied with status 200": (Text(200, DENIED, "text/plain"), "Access denied"),
    "an internal error": (Text(500, HTML), "failed (HTTP 500)"),
    "an answer nobody expects": (Text(204, ""), "unexpected answer (HTTP 204)"),
    "a body that is cut": (Text(200, '{"data":{"domains":[{"domain":"good.exa'), "is cut, or no JSON"),
    "an empty body": (Text(200, ""), "is cut, or no JSON"),
    "JSON of something else": (Text(200, '["WHM"]'), "none of WHM's"),
    "nested without end": (Text(200, "[" * 100000), "is cut, or no JSON"),
    "fewer bytes than announced": (Cut(), "ends before its announced length"),
    "no answer": (Drop(), "closed the connection without an answer"),
    "a reset": (Drop(hard=True), "connection"),
    "too much": (Flood(40), "larger than 32 MiB"),
    "a refusal": (Json(refused("You do not have permission to call this function.")),
                  "You do not have permission"),
    "an unknown function": (Json(refused("Unknown app (“x”) requested")), "86 or later is needed"),
    "no data": (Json({"metadata": {"result": 1}}), ""),
}


@pytest.mark.parametrize("function", ["batch", "get_domain_info"])
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_told_and_nothing_else(doctor, server, function, failure):
    answer, said = failure
    server.fail(function, answer)
    report = doctor.scan(server, status=3)
    assert said in why(report)
    assert_nothing_told(report)


def failing_batches(server, answer):
    """The server is told, its routing is not."""
    server.once.extend([None, None] + [answer] * 20)


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_routing_that_is_not_told_leaves_every_domain_unjudged(doctor, server, failure):
    failing_batches(server, failure[0])
    report = doctor.scan(server, status=3)
    assert failure[1] in why(report)
    assert_nothing_told(report)


def test_a_certificate_nobody_vouches_for_is_not_trusted(doctor, server):
    doctor.ca = None
    report = doctor.scan(server, status=3)
    assert "is not trusted (self-signed certificate)" in why(report) and "--ca" in why(report)
    assert server.asked == []


def test_another_servers_certificate_is_not_trusted(doctor, server, certificates):
    doctor.ca = certificates.get("other")[0]
    assert "is not trusted" in why(doctor.scan(server, status=3))
    assert server.asked == []


def test_a_certificate_for_another_name_is_not_taken(doctor, certificates):
    pair = certificates.get("elsewhere", "DNS:elsewhere.example")
    doctor.ca = pair[0]
    with Whm(pair, DOMAINS) as server:
        assert "certificate is not for this name" in why(doctor.scan(server, status=3))
        assert server.asked == []


def test_an_expired_certificate_is_not_taken(doctor, certificates):
    pair = certificates.get("expired", ended=True)
    doctor.ca = pair[0]
    with Whm(pair, DOMAINS) as server:
        assert "certificate has expired" in why(doctor.scan(server, status=3))
        assert server.asked == []


def test_a_server_that_speaks_no_tls_is_not_spoken_to(doctor, certificates):
    heard = []

    def speak_plainly(connection):
        heard.append(connection.recv(4096))
        connection.sendall(head(400, 0))
        connection.close()
    with Whm(certificates.get("good"), DOMAINS) as server:
        server._serve = speak_plainly
        assert server.url in why(doctor.scan(server, status=3))
    assert heard and not any(TOKEN.encode() in text for text in heard)


@pytest.mark.parametrize("url, said", [
    ("https://no-such-name.invalid", "cannot be resolved"),
    ("https://127.0.0.1:1", "https://127.0.0.1:1: no connection (Connection refused)"),
])
def test_a_server_that_is_not_there(doctor, url, said):
    done = doctor.run(url)
    assert done.returncode == 3
    assert said in done.stdout


# ---- what is only odd ----------------------------------------------------------

def with_result(server, value):
    def do_get_domain_info(pairs):
        reply = Whm.do_get_domain_info(server, pairs)
        reply["metadata"]["result"] = value
        return reply
    server.do_get_domain_info = do_get_domain_info


@pytest.mark.parametrize("value", ["1", True])
def test_success_has_many_forms(doctor, server, value):
    with_result(server, value)
    assert ids(doctor.scan(server, status=1)) == FOUND


def test_an_answer_in_small_chunks_is_whole(doctor, server):
    server.answer = lambda function, pairs: Chunks(server.call(function, pairs))
    assert ids(doctor.scan(server, status=1)) == FOUND


def test_a_connection_closed_between_requests_is_made_again(doctor, certificates):
    with Whm(certificates.get("good"), DOMAINS, keep=1) as server:
        assert ids(doctor.scan(server, status=1)) == FOUND
        assert server.connections == 3


@pytest.mark.parametrize("answer", [Drop(), Drop(hard=True), Cut()])
def test_a_request_that_broke_is_sent_once_more(doctor, server, answer):
    server.once.extend([None, answer])
    assert ids(doctor.scan(server, status=1)) == FOUND
    assert [f for f, _ in server.asked] == ["batch", "get_domain_info", "get_domain_info", "batch"]


def test_a_list_that_grows_while_it_is_read_is_read_again(doctor, server):
    server.domains = [Domain(name, "ann") for name in MANY]
    original = Whm.do_get_domain_info

    def growing(pairs):
        reply = original(server, pairs)
        if len(server.asked) == 2:
            server.domains.insert(0, Domain("good.example", "ann"))
        return reply
    server.do_get_domain_info = growing
    report = doctor.scan(server, status=0)
    assert report["server"]["domains"] == len(MANY) + 1
    pages = [form for function, form in server.asked if function == "get_domain_info"]
    assert [("chunk.start=1&" in form) for form in pages] == [True, False, True, False]


def test_a_list_that_never_rests_is_not_told_in_part(doctor, server):
    server.domains = [Domain(name, "ann") for name in MANY]
    original = Whm.do_get_domain_info

    def growing(pairs):
        server.domains.append(Domain(f"e{len(server.domains)}.example", "ann"))
        return original(server, pairs)
    server.do_get_domain_info = growing
    report = doctor.scan(server, status=3)
    assert "changed while it was read" in why(report)
    assert_nothing_told(report)


@pytest.mark.parametrize("answer", [
    refused("You do not have permission"),
    ok({"uapi": {"status": 0, "errors": ["The request failed. (Error ID: xkdxqa)"], "data": None}}),
    ok({"uapi": None}), ok({}), {}, None,
], ids=["refused", "inner failure", "null", "empty", "no metadata", "nothing"])
def test_an_account_that_fails_leaves_its_domains_alone_unknown(doctor, server, answer):
    server.fails["bob"] = answer
    report = doctor.scan(server, status=1)
    assert ids(report) == {"routing_untold:lost.example": "unknown",
                           "routing_remote_mx_here:refused.example.net": "critical"}


def test_a_server_without_domains_is_fine(doctor, server):
    server.domains = []
    assert doctor.scan(server, status=0)["findings"] == []


def test_a_server_too_old_is_told_so(doctor, certificates):
    with Whm(certificates.get("good"), DOMAINS, version="11.84.0.20") as server:
        assert "11.84.0.20, and 86 or later" in why(doctor.scan(server, status=3))
        assert len(server.asked) == 1


def test_a_server_that_keeps_its_addresses_is_not_judged_by_guess(doctor, server):
    server.fail("listips", refused("You do not have permission"))
    report = doctor.scan(server, status=0)
    assert_nothing_told(report)
    assert "--address" in why(report, "addresses")
    assert ids(doctor.scan(server, "--address", "192.0.2.10", status=1)) == FOUND


def test_a_resolver_that_is_not_there_ends_in_status_3(doctor, server):
    doctor.resolver = "127.0.0.1:1"
    assert_nothing_told(doctor.scan(server, status=3))


# ---- the token ----------------------------------------------------------------

def test_the_token_travels_in_one_header_and_no_redirect_takes_it_further(
        doctor, server, certificates):
    with Whm(certificates.get("good"), DOMAINS) as other:
        server.fail("batch", Text(307, "", more=[f"Location: {other.url}/json-api/batch"]))
        assert "another page (HTTP 307)" in why(doctor.scan(server, status=3))
        assert other.connections == 0
    function, form = server.asked[0]
    assert TOKEN not in function + form
    assert [k for k, v in server.headers[0].items() if TOKEN in v] == ["authorization"]


def test_no_proxy_of_the_environment_gets_it(doctor, server, certificates):
    with Whm(certificates.get("good"), DOMAINS, tls=False) as proxy:
        environment = {name: f"http://127.0.0.1:{proxy.port}" for name in
                       ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy")}
        assert ids(doctor.scan(server, status=1, env=environment)) == FOUND
        assert proxy.connections == 0


def test_the_environment_does_not_widen_the_trust(doctor, server, certificates):
    cert = str(certificates.get("good")[0])
    doctor.ca = None
    environment = {"SSL_CERT_FILE": cert, "SSL_CERT_DIR": os.path.dirname(cert),
                   "CURL_CA_BUNDLE": cert}
    assert "is not trusted" in why(doctor.scan(server, status=3, env=environment))


@pytest.fixture(params=[0, NOBODY], ids=["root", "nobody"])
def caller(request, doctor, tmp_path):
    """Whose scan it is, as words for subprocess; the token file is his."""
    if os.geteuid():
        pytest.skip("becomes another user, which needs root")
    for path in (tmp_path, *list(tmp_path.parents)[:2]):
        path.chmod(0o755)
    os.chown(doctor.token, request.param, request.param)
    return {"user": request.param, "group": request.param, "extra_groups": [], "cwd": "/"}


def test_a_running_scan_shows_no_token(doctor, server, caller):
    """Neither its arguments, nor a core or a debugger of the same account; and it has
    given root up."""
    server.once.append(Silence(3))
    process = subprocess.Popen(doctor.words(server.url, more=["--json"]), **caller,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 10
        while not server.asked and time.monotonic() < end:
            time.sleep(0.02)
        place = f"/proc/{process.pid}"
        with open(f"{place}/cmdline", "rb") as words, open(f"{place}/environ", "rb") as names:
            assert TOKEN.encode() not in words.read() + names.read()
        assert os.stat(f"{place}/mem").st_uid == 0      # not dumpable
        with open(f"{place}/status", encoding="ascii") as status:
            uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
        assert "0" not in uids
    finally:
        process.kill()
        process.communicate()


def test_anybody_may_scan_with_a_token_of_his_own(doctor, server, caller):
    assert ids(doctor.scan(server, status=1, **caller)) == FOUND


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which needs root")
def test_root_does_not_take_another_users_token(doctor, server):
    os.chown(doctor.token, NOBODY, NOBODY)
    done = doctor.run(server.url)
    assert done.returncode == 2 and "belongs to neither you nor root" in done.stderr
    assert server.connections == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_a_token_that_others_can_reach_is_not_used(doctor, server, mode):
    doctor.token.chmod(mode)
    done = doctor.run(server.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "chmod 600" in done.stderr and TOKEN not in done.stderr
    assert server.connections == 0


@pytest.mark.parametrize("text", ["", "one two\n", f"{TOKEN}\n{TOKEN}\n", f"root:{TOKEN}:x"])
def test_a_token_file_of_another_form_is_not_sent(doctor, server, text):
    doctor.token.write_text(text)
    done = doctor.run(server.url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "USER:TOKEN" in done.stderr and TOKEN not in done.stderr
    assert server.connections == 0


def test_a_wrong_token_is_denied(doctor, server):
    doctor.token.write_text("root:0123\n")
    assert "access denied (HTTP 403)" in why(doctor.scan(server, status=3))


def test_a_certificate_file_that_others_can_change_is_not_trusted(doctor, server, tmp_path):
    doctor.ca = tmp_path / "ca.pem"
    doctor.ca.write_bytes(b"x")
    doctor.ca.chmod(0o666)
    done = doctor.run(server.url)
    assert done.returncode == 2 and "chmod 644" in done.stderr
    doctor.ca.chmod(0o644)
    assert doctor.run(server.url).returncode == 3
    assert server.asked == []


# ---- the command line ------------------------------------------------------------

@pytest.mark.parametrize("command", ["scan", "show lost.example"])
@pytest.mark.parametrize("words, said", [
    (["--server", "https://127.0.0.1"], "--server needs --token-file"),
    (["--token-file", "/etc/hostname"], "belong to --server"),
    (["--ca", "/etc/hostname"], "belong to --server"),
    (["--server", "https://127.0.0.1", "--token-file", "x", "--root", "/"], "exclude each other"),
    (["--server", "https://127.0.0.1", "--token-file", "x", "--world", "/"], "exclude each other"),
    (["--server", "https://127.0.0.1", "--token-file", "/nonexistent"], "cannot be read"),
    (["--server", "http://127.0.0.1", "--token-file", "TOKEN"], "could read the token"),
    (["--server", "https://root:x@127.0.0.1", "--token-file", "TOKEN"], "no login belongs into it"),
    (["--server", "127.0.0.1", "--token-file", "TOKEN"], "https://"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_what_cannot_be_meant_is_told_with_status_2(doctor, command, words, said):
    words = [str(doctor.token) if word == "TOKEN" else word for word in words]
    done = subprocess.run([BUILD / "relaydoctor", *command.split(), *words], timeout=20,
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_progress_counts_accounts(doctor, server):
    done = doctor.run(server.url, "--progress", "--json")
    assert "panel: 3 of 3" in done.stderr


def test_declared_addresses_count_for_one_domain_too(doctor, server):
    server.fail("listips", refused("No"))
    look = ("--json", "--address", "192.0.2.10")
    done = doctor.run(server.url, *look, command="show refused.example.net")
    assert '"verdict":"remote_mx_here"' in done.stdout


# ---- patience: all of it at once, so that it takes as long as the longest -------

@pytest.mark.skipif("RD_SLOW" not in os.environ, reason="takes 33 s; RD_SLOW=1 runs it")
def test_silence_is_not_waited_for_without_end(doctor, server, certificates):
    ends = {}

    def ask(name, s):
        start = time.monotonic()
        report = doctor.scan(s, status=3)
        ends[name] = why(report), time.monotonic() - start

    with Whm(certificates.get("good"), DOMAINS) as half, \
            Whm(certificates.get("good"), DOMAINS) as mute:
        server.once.append(Silence(60))
        half.once.append(Silence(60, head(200, 100) + b'{"data":'))
        mute._serve = lambda connection: time.sleep(60)     # no handshake either
        threads = [threading.Thread(target=ask, args=pair) for pair in
                   (("silent", server), ("half", half), ("mute", mute))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
    assert "said nothing for 30 s" in ends["silent"][0] and 29 < ends["silent"][1] < 45
    assert "said nothing for 30 s" in ends["half"][0] and 29 < ends["half"][1] < 45
    assert "no connection within 10 s" in ends["mute"][0] and 9 < ends["mute"][1] < 20
