"""A resolver that cannot answer so much at once is asked more slowly; one that is silent
or gone gives way to the next."""

import os
import subprocess
import time

import pytest

from internet import own_network
from name_servers import A, AAAA, MX, REFUSED, SERVFAIL, Responder, mx
from test_dns_client import BUILD, Result, ask

NAMES = [f"d{i}.test" for i in range(1500)]


class Limited:
    """Answers so many questions of each second; what becomes of the others?"""

    def __init__(self, limit, more):
        self.limit, self.more, self.second, self.seen, self.refused = limit, more, 0, 0, 0

    def __call__(self, question, _):
        if int(time.monotonic()) != self.second:
            self.second, self.seen = int(time.monotonic()), 0
        self.seen += 1
        if self.seen > self.limit:
            self.refused += 1
            return self.more(question)
        if question.type == MX:
            return question.reply([mx(5, "mx.shared.test")])
        return question.reply([(A, bytes(4))] if question.type == A else [(AAAA, bytes(16))])


@pytest.mark.parametrize("more", [lambda q: None, lambda q: q.reply(rcode=SERVFAIL),
                                  lambda q: q.reply(rcode=REFUSED)],
                         ids=["drops", "fails", "refuses"])
def test_a_resolver_with_a_limit_is_asked_more_slowly_and_answers_all(more):
    limited = Limited(300, more)
    with Responder(limited) as server:
        result = ask(server.address, *NAMES)
    assert {result.status(n) for n in NAMES} == {"answered"}
    assert result.seconds < 20          # 1502 questions at 300 a second: 5 s at best
    assert limited.refused < 2 * len(NAMES)


def test_a_resolver_without_a_limit_is_not_slowed_down():
    dead = {f"d{i}.test" for i in range(0, 1500, 20)}

    def answer(question, tcp):
        return None if question.name in dead else Limited(10 ** 9, None)(question, tcp)

    with Responder(answer) as server:
        result = ask(server.address, *NAMES)
    assert {result.status(n) for n in dead} == {"timeout"}
    assert {result.status(n) for n in NAMES if n not in dead} == {"answered"}
    assert result.seconds < 11          # the silent ones wait all together


def test_a_lost_packet_costs_a_second_and_no_more():
    lost = set()

    def answer(question, tcp):
        if question.name not in lost and len(lost) < 20:
            return lost.add(question.name)
        return Limited(10 ** 9, None)(question, tcp)

    with Responder(answer) as server:
        result = ask(server.address, *NAMES[:200])
    assert {result.status(n) for n in NAMES[:200]} == {"answered"}
    assert result.seconds < 2.5


# ---- the system's resolvers, in a network and with a resolv.conf of our own ---------

def ask_system(tmp_path, resolvers, *names):
    conf = tmp_path / "resolv.conf"
    conf.write_text("".join(f"nameserver {r}\n" for r in resolvers))
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'mount --bind {conf} /etc/resolv.conf && exec "$@"', "sh",
         BUILD / "tests/dns_ask", "system"],
        input="".join(f"{n}\n" for n in names), timeout=60, capture_output=True, text=True,
        check=True)
    return Result(done.stdout)


pytestmark_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")


@pytestmark_root
@pytest.mark.parametrize("first", ["silent", "closed"])
def test_the_second_resolver_stands_in_for_the_first(tmp_path, first):
    names = NAMES[:300]
    with own_network(), Responder(Limited(10 ** 9, None), "127.0.0.2", 53) as good:
        silent = Responder(lambda *_: None, "127.0.0.1", 53) if first == "silent" else None
        if silent:
            silent.__enter__()
        result = ask_system(tmp_path, ["127.0.0.1", "127.0.0.2"], *names)
        if silent:
            silent.__exit__()
    assert {result.status(n) for n in names} == {"answered"}
    assert result.seconds < 6           # two rounds of waiting for the first
    assert sum(good.asked.values()) >= 302


@pytestmark_root
def test_the_first_resolver_is_asked_while_it_answers(tmp_path):
    with own_network(), Responder(Limited(10 ** 9, None), "127.0.0.1", 53) as first, \
            Responder(Limited(10 ** 9, None), "127.0.0.2", 53) as second:
        result = ask_system(tmp_path, ["127.0.0.1", "127.0.0.2"], *NAMES[:300])
    assert {result.status(n) for n in NAMES[:300]} == {"answered"}
    assert sum(first.asked.values()) >= 302 and not second.asked
