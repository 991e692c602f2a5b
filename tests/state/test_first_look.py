"""What a scan tells while it waits for the last name servers."""

import subprocess
import time

from conftest import BUILD
from name_servers import A, MX, Responder, mx


def answer(question, _):
    if "silent" in question.name:
        return None
    if question.type == MX:
        return question.reply([mx(5, "mx.here.test")])
    return question.reply([(A, bytes([192, 0, 2, 1]))] if question.type == A else [])


def test_findings_appear_while_others_are_waited_for_and_stay(server):
    server.has("silent.test", remote=["shop.test"])
    start, seen = time.monotonic(), {}
    with Responder(answer) as resolver, subprocess.Popen(
            [BUILD / "relaydoctor", "scan", "--root", server.root, "--resolver", resolver.address,
             "--progress"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            seen.setdefault(line.strip(), time.monotonic() - start)
        result = process.stdout.read()
    told = [line for line in seen if line.startswith("CRITICAL")]
    assert len(told) == 1 and "shop.test" in told[0] and told[0] in result
    assert seen[told[0]] < 3 < time.monotonic() - start
    assert any(line.startswith("so far 1 critical") and "preliminary" in line for line in seen)


def test_what_is_not_known_yet_is_not_told(server):
    server.has("silent.test")
    with Responder(answer) as resolver:
        done = server.run(resolver.address, "--progress")
    assert "so far" not in done.stderr and "UNKNOWN" in done.stdout
