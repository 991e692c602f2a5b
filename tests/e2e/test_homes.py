"""Filters, .forward files and Sieve scripts in homes, in a box with a real Exim: what is
told of them before mail is sent is what becomes of the mail."""

import json

import pytest

from conftest import BUILD, Api, relaydoctor
from lab import seed
from lab.box import Box, wait_for
from lab.seed import Domain

D = "quartet.example"
HOME = "/home/studio"
FAR = "far@elsewhere.example"


def world():
    w = seed.small()
    boxes = ("viola", "cello", "violin", "bass", "gate", "both", "tube", "flute")
    w.domains.append(Domain(
        D, "studio", "addon", mxcheck="local", mailboxes=dict.fromkeys(boxes, 0),
        aliases=[f"back@{D}: viola@{D}", f"cello@{D}: violin@{D}", f"owner@{D}: studio",
                 f"both@{D}: both@{D}, bass@{D}"]))
    w.domains.append(Domain("trio.example", "studio", "addon", mxcheck="local",
                            mailboxes={"one": 0}))
    return w


FILES = {
    # In a circle; and one that no mail comes to, because a forwarder takes it before.
    f"etc/{D}/viola/filter": f'# Exim filter\ndeliver "back@{D}"\n',
    f"etc/{D}/cello/filter": f'# Exim filter\ndeliver "{FAR}"\n',
    # Under a condition, and as a copy.
    f"etc/{D}/violin/filter": '# Exim filter\nif $header_subject: contains "invoice" then\n'
                              f'unseen deliver "{FAR}"\nendif\n',
    f"etc/{D}/gate/filter": "# Exim filter\nfail text \"closed\"\n",
    f"etc/{D}/both/filter": f'# Exim filter\nunseen deliver "bass@{D}"\n',
    f"mail/{D}/bass/.dovecot.sieve": f'redirect :copy "bass@{D}";\n',
    # To programs, one of which is there; to a target that takes mail, and one that does not.
    f"etc/{D}/tube/filter": '# Exim filter\nunseen pipe "/bin/cat"\n'
                            'if $header_subject: contains "ticket" then\n'
                            'pipe "/home/studio/bin/none a"\npipe "/home/studio/bin/none b"\nendif\n',
    f"etc/{D}/flute/filter": '# Exim filter\nunseen deliver "copy@mx1.smallmail.example"\n'
                             f'deliver "{FAR}"\n',
    ".forward": f"gate@{D}\n",
}


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        for name, text in FILES.items():
            b.write(f"{HOME}/{name}", text, 0o640)
            b.run(["chown", "-R", "studio:studio", f"{HOME}/{name.split('/')[0]}"])
        b.run(["chgrp", "-R", "mail", f"{HOME}/etc"])
        b.write("/etc/vfilters/trio.example", f'# Exim filter\ndeliver "bass@{D}"\n', 0o640)
        b.run(["chown", "studio:mail", "/etc/vfilters/trio.example"])
        yield b


@pytest.fixture(scope="module")
def report(box):
    return json.loads(relaydoctor(box, "scan", "--json")[1])


def told(report, check):
    return {f["subject"]["name"]: f for f in report["findings"] if f["check"] == check}


def steps(box, address):
    _, out, _ = relaydoctor(box, "show", address, "--json")
    return json.loads(out)["path"]


def routed(box, address):
    return box.run(["exim", "-bt", "--", address], check=False).stdout


def test_homes_were_looked_at_and_say_so(report):
    assert next(s for s in report["sources"] if s["name"] == "homes")["ok"]


def test_a_circle_through_a_filter_is_found_with_file_and_line(report):
    found = told(report, "forward_loop_here")
    x = found[f"viola@{D}>back@{D}"]
    assert (x["severity"], x["fix"]["id"], x["owner"]) == ("warning", "hold_forwarder", "studio")
    assert [(e["source"], e["text"].split(";")[0]) for e in x["evidence"]] == [
        (f"~studio/etc/{D}/viola/filter", f"line 2: sends to back@{D}, always"),
        (f"/etc/valiases/{D}", f"line 1: back@{D}: viola@{D}")]
    assert not any(name.startswith(("cello@", "both@")) for name in found)


def test_a_filter_that_the_panel_does_not_list_stays_and_a_forwarder_may_go_instead(box):
    finding = f"forward_loop_here:viola@{D}>back@{D}"
    _, _, err = relaydoctor(box, "fix", finding, status=1)
    assert f"cPanel lists no filter of viola@{D} that delivers to back@{D}" in err
    _, out, _ = relaydoctor(box, "fix", finding, "--set", f"forwarder=back@{D}", "--json", status=0)
    assert json.loads(out)["ops"] == [{"verb": "set_forwarder", "name": f"back@{D}",
                                       "expect": f"viola@{D}", "value": "none"}]


def test_filters_that_send_outside_are_told_apart(report):
    found = told(report, "filter_forwards_out")
    assert found[f"violin@{D}>{FAR}"]["severity"] == "warning"
    assert found[f"violin@{D}>{FAR}"]["evidence"][0]["text"] == \
        f"line 3: sends to {FAR}, under a condition, as a copy"


def test_a_target_in_a_filter_that_cannot_take_mail_is_found(report):
    found = told(report, "forward_target_dead")
    assert {name: (x["severity"], x["fix"] and x["fix"]["id"]) for name, x in found.items()} == {
        f"violin@{D}>{FAR}": ("warning", "hold_forwarder"),
        f"flute@{D}>{FAR}": ("critical", "hold_forwarder")}
    assert "sends some of its mail to" in found[f"violin@{D}>{FAR}"]["text"]


def test_a_program_in_a_filter_that_is_missing_is_found_once(report):
    found = told(report, "pipe_target_missing")
    assert [(f["subject"]["name"], f["severity"], f["fix"]) for f in report["findings"]
            if f["check"] == "pipe_target_missing"] == [
        (f"tube@{D}>/home/studio/bin/none", "warning", None)]
    assert "A filter of" in found[f"tube@{D}>/home/studio/bin/none"]["text"]


def test_a_script_that_sends_to_itself_is_found(report):
    assert f"bass@{D}>itself" in told(report, "forward_self")


# What the path of an address ends in, beside Exim's own answer.
WAYS = {
    f"viola@{D}": (["rule", "goes_on", "circle"], f"viola@{D}"),
    f"violin@{D}": (["rule", "outside"], f"violin@{D}"),
    f"cello@{D}": (["mailbox", "rule", "outside"], f"violin@{D}"),
    f"gate@{D}": (["rule"], "closed"),
    f"both@{D}": (["keeps", "rule", "mailbox", "rule", "keeps", "shown"], f"bass@{D}"),
    f"owner@{D}": (["goes_on", "rule", "goes_on", "rule"], "closed"),
    "one@trio.example": (["rule", "mailbox", "rule", "keeps"], f"bass@{D}"),
}


@pytest.mark.parametrize("address", WAYS)
def test_the_way_of_an_address_is_the_one_that_exim_takes(box, address):
    ends, last = WAYS[address]
    path = steps(box, address)
    assert path["homes_why"] is None
    assert [s["end"] for s in path["steps"]][1:] == ends
    assert last in routed(box, address)


def test_mail_goes_as_it_was_told(box):
    """Where the circle is entered decides: the mailbox gets the message, or the sender; the
    domain's filter wins."""
    box.sendmail(f"viola@{D}", "studio")
    box.sendmail(f"back@{D}", "studio")
    box.sendmail("one@trio.example", "studio")
    wait_for(lambda: box.mailbox(f"viola@{D}") and box.mailbox(f"bass@{D}"), 20, "the mail")
    assert not box.mailbox("one@trio.example")
    wait_for(lambda: f"** back@{D} (viola@{D})" in box.read("/var/log/exim_mainlog"), 20, "the return")
    assert len(box.mailbox(f"viola@{D}")) == 1


def test_the_page_and_the_command_say_the_same(box):
    _, out, _ = relaydoctor(box, "show", f"violin@{D}")
    assert f"sends to {FAR}, under a condition, as a copy  (~studio/etc/{D}/violin/filter, line 3)" in out
    assert "in homes are part of this" in out
    api = Api(box).get(f"domain&name={D}", address=f"violin@{D}")
    assert api["path"] == steps(box, f"violin@{D}")


def test_a_home_that_cannot_be_read_is_unknown_and_never_fine(box):
    path = f"{HOME}/etc/{D}/viola/filter"
    text = box.read(path)
    box.run(["ln", "-sf", "/etc/passwd", path])
    try:
        report = json.loads(relaydoctor(box, "scan", "--json")[1])
        x = told(report, "forward_loop_here")["homes"]
        assert x["severity"] == "unknown"
        assert f"~studio/etc/{D}/viola/filter: it is a symbolic link" in x["evidence"][0]["text"]
        assert "symbolic link" in steps(box, f"violin@{D}")["homes_why"]
    finally:
        box.run(["rm", "-f", path])
        box.write(path, text, 0o640)
        box.run(["chown", "studio:mail", path])
