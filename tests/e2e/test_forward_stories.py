"""Stories of forwarders and filters that go wrong, in a box with a real Exim: each is found
before mail is sent, mail behaves as foretold, then it is put right, sent again and arrives,
then undone, and behaves as before."""

import json
import time

import pytest

from conftest import BUILD, relaydoctor
from lab import seed
from lab.box import Box, wait_for
from lab.seed import Domain

D, E, F = "story.example", "tale.example", "fable.example"
FAR = "copy@mx1.smallmail.example"          # of seed.SMALL_MAIL
SENDER = "guest@mx1.smallmail.example"
ANSWERS = "/usr/local/cpanel/bin/autorespond"
TICKETS = "/home/studio/bin/tickets"


def world():
    w = seed.small()
    w.domains += [
        Domain(D, "studio", "addon", mxcheck="local",
               mailboxes=dict.fromkeys(("sales", "notes", "plans", "here"), 0),
               aliases=[f'help@{D}: "|{TICKETS}"', f"sales@{D}: office@gone-for-good.example",
                        f'alto@{D}: "|{ANSWERS} alto@{D}", bass@{D}',
                        f'bass@{D}: "|{ANSWERS} bass@{D}", alto@{D}',
                        f"here@{D}: there@{E}", f"board@{D}: {FAR}", f"*: board@{D}"]),
        Domain(E, "bakery", "addon", mxcheck="local", mailboxes={"there": 0},
               aliases=[f"there@{E}: here@{D}"]),
        Domain(F, "studio", "addon", mxcheck="local", mailboxes={"plans": 0},
               aliases=[f"*: plans@{F}"], forwarded=D)]
    return w


def uapi(box, function, **args):
    done = box.run(["/usr/local/cpanel/bin/uapi", "--output=json", "--user=studio", "Email",
                    function, *(f"{key}={value}" for key, value in args.items())])
    assert json.loads(done.stdout)["result"]["status"] == 1, done.stdout


def store(box, name, to, word, **more):
    uapi(box, "store_filter", filtername=name, part1="$header_subject:", match1="contains",
         val1=word, action1="deliver", dest1=to, **more)


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        b.write(ANSWERS, "#!/bin/sh\ncat >/dev/null\nprintf 'Subject: I am away\\n\\n' | "
                "exec /usr/sbin/sendmail -oi -f \"$1\" -- \"$SENDER\"\n", 0o755)
        store(b, "to the accountant", FAR, "invoice", account=f"notes@{D}")
        store(b, "everything secret", FAR, "secret")
        yield b


@pytest.fixture(scope="module")
def findings(box):
    """What a scan says before any mail was sent."""
    _, out, _ = relaydoctor(box, "scan", "--json")
    return {f["id"]: f for f in json.loads(out)["findings"]}


def still(box, finding):
    _, out, _ = relaydoctor(box, "scan", "--json", "--check", finding.partition(":")[0])
    return finding in {f["id"] for f in json.loads(out)["findings"]}


def ids(change):
    """The findings that a look after the change, or after its end, has."""
    return {f["id"] for f in change["findings"]}


def apply(box, finding, *words):
    _, out, _ = relaydoctor(box, "fix", finding, *words, "--apply", "--json", status=0)
    change = json.loads(out)
    assert change["state"] == "KEPT" and finding not in ids(change)
    return change


def undo(box, change, finding):
    _, out, _ = relaydoctor(box, "undo", change["id"], "--json", status=0)
    assert finding in ids(json.loads(out))


class Mail:
    """One message with a word of its own in its subject, and what becomes of it."""

    def __init__(self, box, to, subject="hello"):
        self.box, self.to = box, to
        self.word = f"{subject} {time.monotonic_ns()}"
        self.code, self.said = box.send(to, SENDER, f"Subject: {self.word}\n\nhello\n")

    def arrives(self, mailbox):
        wait_for(lambda: any(self.word in text for text in self.box.mailbox(mailbox)), 20,
                 f"{self.word} in {mailbox}")
        return self

    def is_in(self, mailbox):
        return any(self.word in text for text in self.box.mailbox(mailbox))

    def leaves(self, to=FAR):
        wait_for(lambda: any(self.word in m["data"] and to in m["recipients"]
                             for m in self.box.sink(seed.SMALL_MAIL)), 20, f"{self.word} at {to}")
        return self

    def fails(self):
        """Exim's words in the bounce that the sender gets."""
        def bounce():
            return [m["data"] for m in self.box.sink(seed.SMALL_MAIL)
                    if self.word in m["data"] and not m["sender"]]
        return wait_for(bounce, 20, f"a bounce of {self.word}")[0]


def test_a_pipe_to_a_missing_program(box, findings):
    finding = f"pipe_target_missing:help@{D}"
    assert TICKETS in findings[finding]["text"]
    assert "pipe" in Mail(box, f"help@{D}").fails()
    box.run(["install", "-d", "-o", "studio", "/home/studio/bin"])
    box.write(TICKETS, "#!/bin/sh\nexec cat >>/home/studio/bin/got\n", 0o755)
    box.run(["chown", "studio", TICKETS])
    assert not still(box, finding)
    word = Mail(box, f"help@{D}").word
    wait_for(lambda: box.exists("/home/studio/bin/got") and
             word in box.read("/home/studio/bin/got"), 20, "the program to get it")
    box.remove(TICKETS)
    assert still(box, finding) and "pipe" in Mail(box, f"help@{D}").fails()


def test_a_forward_to_a_dead_target(box, findings):
    finding = f"forward_target_dead:sales@{D}"
    assert findings[finding]["severity"] == "critical"
    # Mail is refused at once, or returned: by the ACL's verification here.
    assert Mail(box, f"sales@{D}").code == 550
    change = apply(box, finding)
    Mail(box, f"sales@{D}").arrives(f"sales@{D}")
    undo(box, change, finding)
    assert Mail(box, f"sales@{D}").code == 550


def answered(box):
    return sum("I am away" in m["data"] for m in box.sink(seed.SMALL_MAIL))


def test_two_autoresponders_that_get_the_same_mail(box, findings):
    finding, path = f"responder_pingpong:alto@{D}", f"/etc/valiases/{D}"
    assert findings[finding]["severity"] == "warning"

    def answers():
        had = answered(box)
        Mail(box, f"alto@{D}")
        wait_for(lambda: answered(box) > had, 20, "an answer")
        box.run(["exim", "-qf"])
        wait_for(lambda: box.run(["exim", "-bpc"]).stdout == "0\n", 20, "an empty queue")
        return answered(box) - had
    assert answers() == 2
    before = box.read(path)
    box.write(path, before.replace(f'bass@{D}: "|{ANSWERS} bass@{D}", ', f"bass@{D}: "))
    assert not still(box, finding)
    assert answers() == 1
    box.write(path, before)
    assert still(box, finding) and answers() == 2


def test_a_default_address_that_leaves_the_server(box, findings):
    finding = f"catchall_loop:{D}"
    assert FAR in findings[finding]["text"]
    Mail(box, f"invented@{D}").leaves()
    change = apply(box, finding, "--set", f"confirm={D}")
    refused = Mail(box, f"invented@{D}")
    assert refused.code == 550 and "No Such User Here" in refused.said
    undo(box, change, finding)
    Mail(box, f"invented@{D}").leaves()


def test_a_domain_forwarder_before_a_default_address(box, findings):
    """Exim gives mailboxes that there are their mail; what is written to any other address
    goes to the same one of the other domain, and none of it to the default address."""
    finding = f"domain_forward_hides_mail:{F}"
    assert findings[finding]["severity"] == "info"
    assert any(f"plans@{F} gets its mail" in e["text"] for e in findings[finding]["evidence"])
    Mail(box, f"plans@{F}").arrives(f"plans@{F}")
    Mail(box, f"notes@{F}").arrives(f"notes@{D}")
    change = apply(box, finding, "--set", f"confirm={F}")
    Mail(box, f"plans@{F}").arrives(f"plans@{F}")
    Mail(box, f"notes@{F}").arrives(f"plans@{F}")
    undo(box, change, finding)
    Mail(box, f"notes@{F}").arrives(f"notes@{D}")


def test_a_circle_over_two_accounts_that_is_broken_where_the_administrator_says(box, findings):
    finding = f"forward_loop_here:here@{D}"
    assert f"here@{D} → there@{E} → here@{D}" in findings[finding]["text"]
    lost = Mail(box, f"here@{D}").arrives(f"here@{D}")    # where it came back to
    assert not lost.is_in(f"there@{E}")
    change = apply(box, finding, "--set", f"forwarder=there@{E}")
    assert (change["name"], change["account"]) == (f"there@{E}", "bakery")
    kept = Mail(box, f"here@{D}").arrives(f"there@{E}")
    assert not kept.is_in(f"here@{D}")
    undo(box, change, finding)
    assert not Mail(box, f"here@{D}").arrives(f"here@{D}").is_in(f"there@{E}")


@pytest.mark.parametrize("of, name, word, note", [
    (f"notes@{D}", "to the accountant", "invoice", "switched off as a whole"),
    (D, "everything secret", "secret", "its other domains as well")])
def test_a_filter_that_sends_mail_to_a_stranger(box, findings, of, name, word, note):
    finding, to = f"filter_forwards_out:{of}>{FAR}", f"notes@{D}" if "@" in of else f"plans@{D}"
    assert findings[finding]["fix"]["id"] == "hold_forwarder"
    Mail(box, to, word).leaves()
    notes = relaydoctor(box, "fix", finding, status=0)[1]
    assert name in notes and note in notes
    change = apply(box, finding)
    assert change["after"].startswith("disabled ")
    Mail(box, to, word).arrives(to)
    undo(box, change, finding)
    assert not Mail(box, to, word).leaves().is_in(to)


def test_a_filter_that_was_changed_meanwhile_stays_off(box, findings):
    finding = f"filter_forwards_out:notes@{D}>{FAR}"
    change = apply(box, finding)
    store(box, "to the accountant", FAR, "anything", account=f"notes@{D}")
    uapi(box, "disable_filter", filtername="to the accountant", account=f"notes@{D}")
    _, _, err = relaydoctor(box, "undo", change["id"], status=1)
    assert "changed" in err or "something else" in err
