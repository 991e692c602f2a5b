"""The mail that has come before the box started, as exim_mainlog tells it."""

import gzip
import time

from lab import seed

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _base62(number, width):
    text = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text


def _arrival_lines(when, number, arrival):
    identity = f"{_base62(int(when), 6)}-{_base62(number, 6)}-{_base62(number % 3844, 2)}"
    stamp = time.strftime("%Y-%m-%d %H:%M:%S ", time.gmtime(when)) + identity
    local, _, domain = arrival.to.partition("@")
    host = f"{arrival.host} [{arrival.address}]" if arrival.host else f"[{arrival.address}]"
    return [
        f"{stamp} <= {arrival.sender} H={host}:{40000 + number} P=esmtps "
        f"X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=no S=2041 id={number}@stranger.example "
        f'T="Message {number}" for {arrival.to}\n',
        f"{stamp} => {local} <{arrival.to}> R=virtual_user T=dovecot_virtual_delivery "
        f'C="250 2.0.0 <{arrival.to}> Saved"\n',
        f"{stamp} Completed\n"]


def _refusal(when, recipient):
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(when))
    return (f"{stamp} H=client.stranger.example [{seed.STRANGER}]:51234 "
            f"F=<someone@stranger.example> rejected RCPT <{recipient}>: Rejected relay attempt: "
            f"'{seed.STRANGER}' From: 'someone@stranger.example' To: '{recipient}'\n")


def _failure_line(when, number, failure):
    identity = f"{_base62(int(when), 6)}-{_base62(number, 6)}-{_base62(number % 3844, 2)}"
    stamp = time.strftime("%Y-%m-%d %H:%M:%S ", time.gmtime(when)) + identity
    return f"{stamp} H={failure.host} [{failure.address}] {failure.why}\n"


def write(tree, world):
    """The older part in the newest rotation, compressed."""
    lines = [(world.now - seed.LOG_DAYS * seed.DAY, time.strftime(
        "%Y-%m-%d %H:%M:%S exim 4.96 daemon started: pid=871, -q1h, listening for SMTP on "
        "port 25 (IPv6 and IPv4) port 587 (IPv6 and IPv4) and for SMTPS on port 465 "
        "(IPv6 and IPv4)\n", time.gmtime(world.now - seed.LOG_DAYS * seed.DAY)))]
    arrivals = [(world.now - a.days_ago * seed.DAY, a)
                for d in world.domains for a in d.arrivals]
    for number, (when, arrival) in enumerate(sorted(arrivals, key=lambda pair: pair[0]), 1):
        lines += [(when, line) for line in _arrival_lines(when, number, arrival)]
    for number, recipient in enumerate(world.refused):
        when = world.now - (len(world.refused) - number) * 3600
        lines.append((when, _refusal(when, recipient)))
    failures = [(world.now - f.minutes_ago * 60, f) for f in world.failures]
    for number, (when, failure) in enumerate(sorted(failures, key=lambda pair: pair[0]), 1):
        lines.append((when, _failure_line(when, number, failure)))
    for minutes, text in world.logged:
        when = world.now - minutes * 60
        lines.append((when, time.strftime("%Y-%m-%d %H:%M:%S ", time.gmtime(when)) + text + "\n"))
    cut = world.now - seed.ROTATED_DAYS * seed.DAY
    old = "".join(line for when, line in lines if when < cut)
    name = time.strftime("/var/log/exim_mainlog-%Y%m%d.gz", time.gmtime(cut))
    tree.write(name, gzip.compress(old.encode(), mtime=0), 0o640, "mailnull", "mail")
    tree.write("/var/log/exim_mainlog",
               "".join(line for when, line in lines if when >= cut),
               0o640, "mailnull", "mail")
