"""Filters through the root helper: one that is known for sure is switched off, and what is
switched on again is what was."""
import pytest

from callers import D, front, user
from helper_box import Helper

TO = "x@far.example"
NAME = f"sales@{D}>{TO}"


def row(name="to the office", of=f"sales@{D}", to=TO, val="invoice", enabled=1):
    return {"of": of, "filtername": name, "enabled": enabled,
            "rules": [{"part": "$header_subject:", "match": "contains", "val": val, "opt": None}],
            "actions": [{"action": "deliver", "dest": to}]}


@pytest.fixture
def filters(box):
    box.reset()
    box.set(filters=[row(), row("other", to="y@far.example"),
                     row("all of it", of=None, to="z@far.example")], filter_flags="text")
    yield box


def state(h, name=NAME, account="alice"):
    return h.read("filter_state", account, name).decode().split("\n")


def off(h, name=NAME, expect=None):
    expect = expect or state(h, name)[0]
    return h.ask("set_filter", name, expect, expect.replace("enabled", "disabled"))


def enabled(h, name=NAME):
    return state(h, name)[0].startswith("enabled ")


@pytest.mark.parametrize("flags, name, called", [
    ("text", NAME, "to the office"), ("word", NAME, "to the office"),
    ("int", f"{D}>z@far.example", "all of it")])
def test_a_filter_is_switched_off_and_on_again(filters, flags, name, called):
    filters.set(filter_flags=flags)
    with Helper() as h:
        assert state(h, name)[1] == called and enabled(h, name)
        r = off(h, name)
        assert r.code == "done", r.text
        assert not enabled(h, name)
        assert h.ask("undo", r.change).code == "done"
        assert enabled(h, name)


def test_what_is_not_one_filter_for_sure_stays(filters):
    for rows, code in (
            ([], "not_found"), ([row(), row("twice")], "denied"), ([row(name="")], "denied"),
            ([row(name="a\nb")], "denied"), ([row(name="x" * 200)], "denied"),
            ([row(of=None)], "not_found"), ([row(of="alice")], "not_found")):
        filters.set(filters=rows)
        with Helper() as h:
            r = off(h, expect="enabled 0123456789abcdef")
            assert r.code == code, (rows, r.text)
            assert not h.journal()


def test_a_panel_that_does_not_say_whether_it_is_on_is_not_believed(filters):
    filters.set(filter_flags="none")
    with Helper() as h:
        assert off(h, expect="enabled 0123456789abcdef").code == "denied"


def test_another_content_is_another_filter(filters):
    with Helper() as h:
        seen = state(h)[0]
        filters.set(filters=[row(val="anything")])
        assert off(h, expect=seen).code == "stale"
        r = off(h)
        assert r.code == "done"
        filters.set(filters=[row(val="everything", enabled=0)])
        assert h.ask("undo", r.change).code == "stale"
        assert not enabled(h)


def test_a_value_of_another_content_is_refused(filters):
    with Helper() as h:
        r = h.ask("set_filter", NAME, state(h)[0], "disabled 0123456789abcdef")
        assert r.code == "stale" and enabled(h)


def test_a_panel_that_does_something_else_as_well_is_found_out(filters):
    with Helper() as h:
        filters.set(spoil={"actions": [{"action": "deliver", "dest": TO},
                                     {"action": "fail", "dest": None}]})
        assert off(h).code == "unavailable"
        assert {x["state"] for x in h.journal()} == {"FAILED"}


@pytest.mark.parametrize("name, value", [
    (D, "disabled 0123456789abcdef"), (f"sales@{D}", "disabled 0123456789abcdef"),
    (f"sales@{D}>{D}", "disabled 0123456789abcdef"), (f">{TO}", "disabled 0123456789abcdef"),
    (f"Sales@{D}>{TO}", "disabled 0123456789abcdef"), (f"{NAME}>{TO}", "disabled 0123456789abcdef"),
    (NAME, "off"), (NAME, "disabled 0123"), (NAME, "disabled 0123456789abcdeg"), (NAME, "disabled")])
def test_only_two_addresses_and_a_state_are_arguments(filters, name, value):
    with Helper() as h:
        assert h.ask("set_filter", name, "enabled 0123456789abcdef", value).code == "input"


def test_whose_the_mailbox_is_decides_and_not_whose_the_target_is(filters):
    with Helper() as h:
        seen = state(h)[0]
    filters.set(filters=[row(to="info@bob.example")])
    h, _ = user("bob")
    with h:
        assert off(h, f"sales@{D}>info@bob.example", seen).code == "denied"
    with front("reseller.cgi", "root") as h:
        assert off(h, f"sales@{D}>info@bob.example", seen).code == "denied"
    filters.set(filters=[row()])
    h, _ = user("alice")
    with h:
        assert off(h, expect=seen).code == "done"
    with Helper("relaydoctor-scan") as h:
        assert off(h).code == "denied"
