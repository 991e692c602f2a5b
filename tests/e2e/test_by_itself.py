"""The front scans by itself: after its lists were changed, and when it is time."""

import time

import pytest

from conftest import Api
from lab.box import wait_for

CONF = "/etc/relaydoctor/relaydoctor.conf"
UNIT = "relaydoctor-admin.service"


@pytest.fixture
def settings(box):
    before = box.read(CONF)

    def write(text):
        box.write(CONF, text)
        Api(box).post("scan")
        wait_for(lambda: Api(box).get("scan")["state"] == "idle", 60, "the scan")
    yield write
    write(before)


def scanned(box):
    return Api(box).get("status")["last"]["scanned_at"]


def told(box, why):
    return box.log(UNIT).count(f"scanning by itself: {why}")


def change_a_list(box):
    """As cPanel does it: a new file in the place of the old one."""
    text = box.read("/etc/localdomains")
    box.write("/etc/localdomains.new", text + "joined.example\n")
    box.run(["/bin/mv", "/etc/localdomains.new", "/etc/localdomains"])
    return text


def test_a_changed_list_is_scanned_once_it_is_left_alone_and_not_again_at_once(box, settings):
    settings("scan_every = never\nscan_on_change = 1s\n")
    time.sleep(10.5)        # scans are ten times as long apart
    before, start = told(box, "the domain lists were changed"), time.monotonic()
    was = scanned(box)
    old = change_a_list(box)
    wait_for(lambda: scanned(box) != was, 30, "a scan by itself")
    assert time.monotonic() - start < 9
    found = Api(box).get("findings", q="joined.example")["findings"]
    assert {f["subject"]["name"] for f in found} == {"joined.example"}
    first = scanned(box)
    box.write("/etc/localdomains", old)
    for _ in range(30):     # a busy panel
        box.write("/etc/localdomains", old)
        box.write("/etc/unrelated", "x")
        time.sleep(0.1)
    assert scanned(box) == first
    wait_for(lambda: scanned(box) != first, 30, "the next one")
    assert told(box, "the domain lists were changed") == before + 2
    assert not Api(box).get("findings", q="joined.example")["findings"]


def test_other_files_are_no_reason(box, settings):
    settings("scan_every = never\nscan_on_change = 1s\n")
    was = scanned(box)
    for name in ("passwd.new", "localdomains.bak", "userdatadomains"):
        box.write(f"/etc/{name}", "x")
    time.sleep(12.5)
    assert scanned(box) == was


def test_never_is_never(box, settings):
    settings("scan_every = never\nscan_on_change = never\n")
    was, old = scanned(box), change_a_list(box)
    time.sleep(5)
    assert scanned(box) == was
    box.write("/etc/localdomains", old)


DELIVERY = ("1vN00D-00000001abC-0aBc => x@far.example R=lookuphost T=remote_smtp "
            "H=mx.far.example [192.0.2.10] C=\"250 OK\"")


def test_a_probe_is_made_by_a_scan_when_the_settings_say_so_and_only_then(box, settings):
    now = box.run(["date", "+%Y-%m-%d %H:%M:%S"]).stdout.strip()
    box.run(["/bin/sh", "-c", f"echo '{now} {DELIVERY}' >>/var/log/exim_mainlog"])
    settings("scan_every = never\n")
    assert Api(box).get("ports")["matrix"]["probed_at"] is None
    settings("scan_every = never\nprobe_every = 24h\n")
    made = Api(box).get("ports")["matrix"]
    assert made["probed_at"] and made["account"] is None
    cells = {c["user"]: c for r in made["rows"] if (r["port"], r["family"]) == (25, "IPv4")
             for c in r["cells"]}
    assert cells["root"]["state"] != "not asked" and cells["root"]["evidence"]
    settings("scan_every = never\nprobe_every = 24h\n")     # not due yet
    assert Api(box).get("ports")["matrix"]["probed_at"] == made["probed_at"]


def test_a_front_that_starts_late_makes_up_for_the_scan_that_was_due(box, settings):
    settings("scan_every = 24h\nscan_on_change = never\n")
    path = box.path("/var/lib/relaydoctor/admin/last-scan.json")
    box.stop_unit(UNIT)
    with open(path, encoding="utf-8") as f:
        text = f.read()
    day = text.split('"scanned_at":"')[1][:10]
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace(f'"scanned_at":"{day}', '"scanned_at":"2026-01-01'))
    before = told(box, "it is time")
    wait_for(lambda: not scanned(box).startswith("2026-01-01"), 30, "the scan that was due")
    assert told(box, "it is time") == before + 1
