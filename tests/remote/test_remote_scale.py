"""As many domains as a big server has: in bounds, and in as few requests as the API
allows."""

import os
import subprocess
import json

import pytest

import public_dns
from whm import Domain, Whm

DOMAINS, ACCOUNTS = 100_000, 5_000
PEAK_MIB = 150


def domain(i):
    """One in seven is here; one in a hundred is set the wrong way."""
    here = (i % 7 == 0) != (i % 100 == 99)
    return Domain(f"d{i:06}.bench.test", f"u{i % ACCOUNTS:05}", "auto",
                  "local" if here else "remote")


def zone(domains):
    yield "here.bench.test. A 192.0.2.10\nserver1.example.net. A 192.0.2.10\n"
    yield "10.2.0.192.in-addr.arpa. PTR server1.example.net.\n"
    yield from (f"m{h}.bench.test. A 198.51.100.{h + 1}\n" for h in range(200))
    for i, d in enumerate(domains):
        yield f"{d.name}. MX 10 {'here' if i % 7 == 0 else f'm{i % 200}'}.bench.test.\n"


@pytest.mark.skipif("RD_BUILD" in os.environ and "sanitized" in os.environ["RD_BUILD"],
                    reason="a sanitizer keeps freed memory")
def test_a_hundred_thousand_domains_are_judged_within_bounds(doctor, certificates, tmp_path):
    domains = [domain(i) for i in range(DOMAINS)]
    (tmp_path / "nsd").mkdir()
    with public_dns.nsd(tmp_path / "nsd", "".join(zone(domains))) as port, \
            Whm(certificates.get("good"), domains) as server:
        doctor.resolver = f"127.0.0.1:{port}"
        with open(tmp_path / "report", "wb") as report:
            process = subprocess.Popen(doctor.words(server.url, more=["--json"]), stdout=report)
            _, status, usage = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 1
        told = json.loads((tmp_path / "report").read_text())
        assert told["server"]["domains"] == DOMAINS
        assert len(told["findings"]) == DOMAINS // 100
        assert server.connections == 1
        # One for the server, ten pages, and batches that grow to 50 accounts.
        assert len(server.asked) <= 1 + DOMAINS // 10_000 + ACCOUNTS // 50 + 3
        assert usage.ru_maxrss <= PEAK_MIB * 1024
