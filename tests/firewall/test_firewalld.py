"""A real firewalld: what is read of its rules is what a connection meets, and whose
zone a shut port is, is told."""

import pytest

import wire
from lab.firewalld import Firewalld, lacking
from test_walk import listed, needs, walk

KEYS = [(family, port) for family in (4, 6) for port in (25, 465, 587)]
MEANS = {"accepted": "box", "rejected unreachable": "unreachable",
         "rejected refused": "refused", "dropped": "timeout"}
RICH = 'rule family="ipv4" port port="25" protocol="tcp" reject'


@pytest.fixture(scope="module")
def wall():
    assert not needs() and not lacking(), needs() or lacking()
    line = wire.Wire()
    try:
        firewalld = Firewalld(line.box.holder.pid)
        firewalld.line = line
        yield firewalld
        firewalld.close()
    finally:
        line.close()


def met(wall, directory):
    """{(family, port): verdict} of the walk; each is what a connection meets."""
    options = listed(wall.line.box, directory)
    real = wall.line.world.ask([[0, 0, wire.HERE[family], port] for family, port in KEYS])
    exact, anyone = ([verdict for verdict, _ in walk(options, [
        ("in", of[family], port, 0, 0) for family, port in KEYS])]
        for of in (wire.THERE, {4: "*4", 6: "*6"}))
    assert [MEANS[v] for v in exact] == real and anyone == exact
    return dict(zip(KEYS, exact))


def shut(but=()):
    return {(family, port): "accepted" if port in but else "rejected unreachable"
            for family, port in KEYS}


# What is asked of firewall-cmd, and how it is taken back; what is met in between.
@pytest.mark.parametrize("act, back, expected", [
    (None, None, shut()),
    ("--add-port=25/tcp", "--remove-port=25/tcp", shut({25})),
    ("--add-service=smtp-submission", "--remove-service=smtp-submission", shut({587})),
    ("--add-interface=eth0", "--remove-interface=eth0", shut()),
    ("--add-forward-port=port=465:proto=tcp:toport=25",
     "--remove-forward-port=port=465:proto=tcp:toport=25",
     {**shut(), (4, 465): "accepted"}),
    ("--set-default-zone=trusted", "--set-default-zone=public", shut({25, 465, 587})),
    ("--set-default-zone=drop", "--set-default-zone=public",
     {key: "dropped" for key in shut()}),
    ("--add-rich-rule=" + RICH, "--remove-rich-rule=" + RICH,
     {**shut(), (4, 25): "rejected refused"}),
], ids=lambda x: x if isinstance(x, str) else "")
def test_the_rules_of_firewalld_mean_what_a_connection_meets(wall, tmp_path, act, back, expected):
    if act:
        wall.cmd(act)
    try:
        assert met(wall, tmp_path) == expected
    finally:
        if act:
            wall.cmd(back)


def test_with_its_iptables_backend_the_rules_mean_what_a_connection_meets_as_well(tmp_path):
    line = wire.Wire()
    try:
        firewalld = Firewalld(line.box.holder.pid, backend="iptables")
        firewalld.line = line
        refused = {key: "rejected refused" for key in KEYS}
        for act, back, expected in (
                ("--add-port=25/tcp", "--remove-port=25/tcp",
                 {**refused, (4, 25): "accepted", (6, 25): "accepted"}),
                ("--add-forward-port=port=465:proto=tcp:toport=25",
                 "--remove-forward-port=port=465:proto=tcp:toport=25",
                 {**refused, (4, 465): "accepted"})):
            firewalld.cmd(act)
            assert met(firewalld, tmp_path) == expected, act
            firewalld.cmd(back)
        firewalld.close()
    finally:
        line.close()
