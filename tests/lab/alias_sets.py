"""Generated sets of aliases, where our path says that each address goes, and where Exim
sends it."""

import json
import random
import re

MAILBOXES = ["alto", "info", "drums"]
ACCOUNT = "studio"
NAMES_A_CALL = 1500     # a command line has room for them


def _item(dice, address):
    return dice.choice([address, address, f"Some One <{address}>", f'"Doe, J" <{address}>'])


def one(domain, number, neighbours=()):
    """(addresses, text): lines with chains, circles, copies, several targets, odd writing,
    repeated keys, a default address of one kind or another; some lead to the neighbours."""
    dice = random.Random(number)
    names = [f"u{i}@{domain}" for i in range(dice.choice([4, 12, 30, 60]))]
    names += [f"{m}@{domain}" for m in MAILBOXES]
    ends = [f"far{i}@studio.example" for i in range(9)]
    near = [f"u{i}@{n}" for n in neighbours for i in range(3)]
    lines = []
    for name in names:
        if dice.random() < 0.15:
            continue
        pool = names + ends[:2 + len(names) // 8] + dice.sample(near, min(len(near), 2))
        picked = dice.sample(pool, dice.choice([1, 1, 1, 2, 3]))
        if dice.random() < 0.1:
            picked.append(name)
        key = dice.choice([name, name.upper(), f'"{name}"', name + " "])
        value = dice.choice([", ", ",", ",\n  ", ",\n# between\n\t"]).join(
            _item(dice, to) for to in picked)
        lines.append(f"{key}: {value}")
    lines += [f"{name}: far0@studio.example"
              for name in dice.sample(names, min(len(names), 5))]
    rest = dice.choice(['":fail: No Such User Here"', ":blackhole:", *dice.sample(ends, 1),
                        *dice.sample(names, 2), f"info@{domain}"])
    return names, "\n".join(lines) + f"\n*: {rest}\n"


def many(first, n):
    """Sets first … first + n - 1: ([addresses], {domain: text})."""
    domains = [f"s{i}.example" for i in range(first, first + n)]
    names, texts = [], {}
    for i, domain in enumerate(domains):
        mine, texts[domain] = one(domain, first + i, domains[max(i - 1, 0):i])
        names += mine
    return names, texts


def forwarded(texts):
    """{domain: target}: some domains as a whole, to the one before, the one behind, the
    domain itself or another server."""
    domains, found = list(texts), {}
    for i, domain in enumerate(domains):
        dice = random.Random(domain)
        if dice.random() < 0.3:
            found[domain] = dice.choice([domains[i - 1], domains[(i + 1) % len(domains)],
                                         domain, "studio.example"])
    return found


def write(write, texts):
    """write(path, text): the files of the server, or of a copy of it."""
    for domain, target in forwarded(texts).items():
        write(f"/etc/vdomainaliases/{domain}", f"{domain}: {target}\n")
    for domain, text in texts.items():
        write(f"/etc/valiases/{domain}", text)
        write(f"/home/{ACCOUNT}/etc/{domain}/passwd", "".join(
            f"{m}:x:0:0::/home/{ACCOUNT}/mail/{domain}/{m}:/\n" for m in MAILBOXES))
    write("/etc/localdomains", "".join(f"{domain}\n" for domain in texts))
    write("/etc/userdomains", "".join(f"{domain}: {ACCOUNT}\n" for domain in texts))


def of_exim(text):
    """{address asked for: those that it is delivered to}"""
    found = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        lines = block.split("\n")
        gone = re.match(r"mail to (\S+) is discarded", lines[0])
        if gone:
            found.setdefault(gone[1].lower(), set())
            continue
        came = [line.split("<-- ")[1].strip() for line in lines if "<-- " in line]
        target = lines[0].split()[0].lower()
        asked = (came[-1] if came else target).lower()
        found.setdefault(asked, set())
        if "undeliverable" not in lines[0] and any("transport =" in line for line in lines):
            found[asked].add(target)
    return found


def _has_mailbox(address):
    local, _, domain = address.partition("@")
    return local in MAILBOXES and domain != "studio.example"


def of_ours(path):
    """The same of {"steps"}; None: it was cut. What stands below a mailbox is for those
    that have none; what was shown on another way is looked up there."""
    steps, whole = path["steps"], {}
    if any(s["end"] == "cut" for s in steps):
        return None
    for i, s in enumerate(steps):
        if s["end"] in ("goes_on", "mailbox"):
            whole.setdefault(s["text"], i)

    def below(i):
        at = i + 1
        while at < len(steps) and steps[at]["depth"] > steps[i]["depth"]:
            if steps[at]["depth"] == steps[i]["depth"] + 1:
                yield at
            at += 1

    def ends(i, above):
        s = steps[i]
        if s["kind"] != "address" and s["end"] != "rule":
            return set()
        if s["end"] == "outside" or (s["end"] != "goes_on" and _has_mailbox(s["text"]) and
                                     (s["end"] != "shown" or s["text"] in above)):
            return {s["text"]}
        if s["end"] == "shown" and s["text"] not in above:
            return ends(whole[s["text"]], above)
        return set().union(*(ends(k, above | {s["text"]}) for k in below(i)))
    return ends(0, frozenset())


def ask_exim(run, names):
    """run(argv, …) inside the box."""
    told = {}
    for i in range(0, len(names), NAMES_A_CALL):
        told.update(of_exim(run(["exim", "-bt", "--", *names[i:i + NAMES_A_CALL]],
                                check=False, timeout=300).stdout))
    return told


def ask_ours(walk, names):
    """walk(text) gives the lines of tests/forwarders/walk.c."""
    return dict(zip(names, (of_ours(json.loads(line)) for line in
                            walk("\n".join(names) + "\n").splitlines())))
