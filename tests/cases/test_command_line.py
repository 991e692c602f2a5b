"""What scripts rely on: options, exit statuses, the form of what is printed, and that
no input, however odd, ends in anything else."""

import json
import os
import pathlib
import random
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("RD_BUILD", pathlib.Path(__file__).parents[2] / "build"))
NOBODY = 65534
HERE = {"etc/localdomains": "a.example\n", "etc/userdomains": "a.example: bob\n",
        "var/cpanel/mainip": "192.0.2.10\n"}
FINDING = {"id", "check", "rule", "severity", "subject", "text", "evidence", "impact", "fix"}


def run(*words, **more):
    more = {"capture_output": True, "text": True, "timeout": 60, **more}
    return subprocess.run([BUILD / "relaydoctor", *words], check=False, **more)


@pytest.fixture
def root(tmp_path):
    """root(path=text or bytes …): a directory with these files over the usual ones."""
    def make(files=()):
        for path, text in {**HERE, **dict(files)}.items():
            if text is None:
                continue
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        for place, _, names in os.walk(tmp_path):
            os.chmod(place, 0o755)
            for name in names:
                os.chmod(os.path.join(place, name), 0o644)
        return tmp_path
    return make


def scan(root, *words, status=None):
    done = run("scan", "--root", root, "--json", *words)
    if status is not None:
        assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("words", [
    (), ("--version",), ("nosuch",), ("scan", "extra"), ("scan", "--nosuch"),
    ("scan", "--root"), ("scan", "--root", ""), ("scan", "--root", "/nonexistent"),
    ("scan", "--root", "/etc/passwd"), ("scan", "--root", "/", "--world", "/"),
    ("scan", "--root", "/tmp", "--check", "nosuch"),
    ("scan", "--root", "/tmp", "--check", "routing_unlisted,dns_unanswered"),
    ("scan", "--root", "/tmp", "--address", "garbage"),
    ("scan", "--root", "/tmp", "--address", "192.0.2.0/24"),
    ("scan", "--root", "/tmp", "--domain", ""),
    ("scan", "--root", "/tmp", "--domain", "two words"),
    ("scan", "--root", "/tmp", "--resolver", "localhost"),
    ("scan", "--root", "/tmp", "--resolver", "::1]:53"),
    ("show",), ("show", "a..b"), ("show", "192.0.2.0/24"), ("show", "fe80::1%eth0"),
    ("fix",), ("undo",), ("checks", "x"), ("fixes", "x"), ("record",),
    ("log",), ("log", "nosuch"), ("log", "parse", "a", "b"), ("log", "parse", "--since", "1d"),
    ("log", "parse", "/nonexistent"), ("log", "summary", "--since", "soon"), ("log", "--nosuch"),
    ("explain", "a", "b"), ("explain", "--nosuch"), ("explain", "/nonexistent"), ("explain", "/tmp"),
], ids=" ".join)
def test_what_cannot_be_meant_is_told_on_stderr_with_status_2(words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_a_root_directory_without_resolver_asks_nothing_of_the_dns(root):
    report = scan(root(), status=0)
    assert report["schema"] == "relaydoctor/1"
    assert report["server"]["world"] == "root"
    absent = {s["name"]: s["why"] for s in report["sources"] if not s["ok"]}
    assert set(absent) == {"csf", "daemon", "dns", "exim", "firewall", "forwarders", "homes", "log",
                           "ports", "queue", "relay",
                           "restrictions", "whm", "zones"} and all(absent.values())
    assert report["findings"] == []
    assert "routing_local_mx_elsewhere" in report["summary"]["not_asked"]
    assert "domain_lists_unreadable" not in report["summary"]["not_asked"]


def test_own_addresses_are_the_directorys_and_the_declared(root):
    files = {"etc/wwwacct.conf": "ADDR 192.0.2.11\nADDR6 2001:db8::11\nHOST h.example\n",
             "etc/ips": "192.0.2.12:255.255.255.0:192.0.2.255\n",
             "etc/domainips": "192.0.2.13: a.example\n",
             "var/cpanel/cpnat": "10.0.0.1 198.51.100.1\n"}
    report = scan(root(files), "--address", "192.0.2.14", "--address", "2001:DB8::14")
    assert set(report["server"]["addresses"]) == {
        "192.0.2.10", "192.0.2.11", "2001:db8::11", "192.0.2.12", "192.0.2.13",
        "10.0.0.1", "198.51.100.1", "192.0.2.14", "2001:db8::14"}
    assert report["server"]["hostname"] == "h.example"


@pytest.mark.parametrize("files, words", [
    ({"etc/localdomains": None}, ()),
    ({"etc/localdomains": "a.example\n" * 1_800_000}, ()),
    ({}, ("--resolver", "127.0.0.1:1")),
], ids=["no list", "a list too large", "a resolver that is not there"])
def test_what_could_not_be_read_ends_in_status_3(root, files, words):
    report = scan(root(files), *words, status=3)
    assert not all(s["ok"] for s in report["sources"] if s["name"] in ("domains", "dns"))


def test_a_directory_that_may_not_be_entered_is_no_usage_error(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "root").mkdir(mode=0o700)
    done = run("scan", "--root", tmp_path / "root", user=NOBODY, group=NOBODY,
               extra_groups=[], cwd="/")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Permission denied" in done.stderr


def test_findings_have_every_field_and_a_stable_id(root):
    files = {"etc/localdomains": "a.example\nB.Example.\n"}
    first, second = scan(root(files), status=1), scan(root(files))
    assert first["findings"] == second["findings"]
    for f in first["findings"]:
        assert f.keys() >= FINDING
        assert f["severity"] in ("critical", "warning", "info", "unknown")
        assert f["id"] == f'{f["check"]}:{f["subject"]["name"]}'
        assert f["evidence"] and all(e["source"] and e["text"] for e in f["evidence"])
    assert "b.example" in {f["subject"]["name"] for f in first["findings"]}


def test_a_domain_in_upper_case_is_judged_in_lower_case(root):
    report = scan(root(), "--domain", "OTHER.Example")
    assert report["server"]["domains"] == 2
    assert scan(root(), "--domain", "A.EXAMPLE")["server"]["domains"] == 1


def test_only_the_checks_asked_for_are_told(root):
    files = {"etc/localdomains": "b.example.\n"}
    assert scan(root(files), "--check", "routing_unlisted", status=0)["findings"] == []
    scan(root(files), "--check", "domain_lists_unreadable", status=1)


@pytest.mark.parametrize("files", [
    {"etc/localdomains": "", "etc/userdomains": ""},
    {path: random.Random(1).randbytes(100_000) for path in HERE},
    {"etc/localdomains": "a" * 9_000_000, "etc/userdomains": "b" * 9_000_000 + ": bob"},
    {"etc/localdomains": b"a.example\0\nb.example\n"},
    {"etc/localdomains": "a.example\n".encode("utf-16")},
    {"var/log/exim_mainlog": random.Random(2).randbytes(300_000)},
    {"var/log/exim_mainlog-20261101.gz": b"\x1f\x8b" + random.Random(3).randbytes(3000)},
], ids=["empty", "random", "huge lines", "NUL", "UTF-16", "a random log", "a broken gzip"])
def test_odd_files_are_read_or_reported(root, files):
    done = run("scan", "--root", root(files), "--json")
    assert done.returncode in (0, 1, 3) and done.stderr == ""
    assert json.loads(done.stdout)["schema"] == "relaydoctor/1"


def test_a_hundred_thousand_domains_are_all_there(root):
    names = [f"d{n}.example" for n in range(100_000)]
    files = {"etc/localdomains": "\n".join(names), "etc/userdomains":
             "".join(f"{name}: bob\n" for name in names)}
    assert scan(root(files), status=0)["server"]["domains"] == 100_000


def test_standard_input_is_not_waited_for(root):
    reading, writing = os.pipe()
    try:
        assert run("scan", "--root", root(), stdin=reading).returncode == 0
    finally:
        os.close(reading)
        os.close(writing)


def test_findings_that_could_not_be_written_are_not_called_fine(root):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = run("scan", "--root", root(), capture_output=False, stdout=full,
                   stderr=subprocess.PIPE)
    assert done.returncode == 3 and "could not be written" in done.stderr


def test_every_check_and_fix_has_its_texts():
    checks = json.loads(run("checks", "--json").stdout)
    fixes = json.loads(run("fixes", "--json").stdout)
    assert len({c["id"] for c in checks}) == len(checks)
    assert all(c[key] for c in checks for key in ("id", "rule", "title", "why"))
    assert {c["fix"] for c in checks if c.get("fix")} <= {f["id"] for f in fixes}


def test_a_look_at_one_domain_tells_of_its_own_forwarders_alone(root):
    loop = "".join(f"a@{d}: b@{d}\nb@{d}: a@{d}\n" for d in ("one.example",))
    files = {"etc/localdomains": "one.example\ntwo.example\n",
             "etc/userdomains": "one.example: bob\ntwo.example: bob\n",
             "etc/valiases/one.example": loop,
             "etc/valiases/two.example": loop.replace("one", "two")}
    where = root(files)
    assert {f["id"] for f in scan(where)["findings"] if f["check"] == "forward_loop_here"} == {
        "forward_loop_here:a@one.example", "forward_loop_here:a@two.example"}
    done = run("show", "a@two.example", "--root", where, "--json")
    told = json.loads(done.stdout)
    assert {f["id"] for f in told["findings"] if f["check"].startswith("forward_")} == {
        "forward_loop_here:a@two.example"}
    assert [(s["text"], s["end"]) for s in told["path"]["steps"]] == [
        ("a@two.example", "goes_on"), ("b@two.example", "goes_on"), ("a@two.example", "circle")]
