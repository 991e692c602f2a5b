"""Who means harm, in a whole box: accounts that flood the users' front, resellers that
flood the administrator's, fronts in foreign hands, other sites in a browser."""

import base64
import contextlib
import json
import os
import signal
import statistics
import subprocess
import threading
import time

import pytest

from conftest import BUILD, FINDING, TESTS, Api
from lab import seed
from lab.box import Box, wait_for

RUN = "/run/relaydoctor"
USER_DOOR = "/usr/local/cpanel/base/frontend/jupiter/relaydoctor/index.live.cgi"
ADMIN_DOOR = "/usr/local/cpanel/whostmgr/docroot/cgi/relaydoctor/admin.cgi"
STAND_IN = "/usr/local/cpanel/stand-in"

# Pages through a door, as cpsrvd starts it: [[seconds, status line], …]
PAGES = """
import json, os, pwd, subprocess, sys, time
door, user, query, times = sys.argv[1:]
account = pwd.getpwnam(user)
said = []
for _ in range(int(times)):
    start = time.monotonic()
    done = subprocess.run([door], env={"REQUEST_METHOD": "GET", "QUERY_STRING": query,
                                       "REMOTE_USER": user, "REMOTE_ADDR": "192.0.2.7"},
                          user=account.pw_uid, group=account.pw_gid, extra_groups=[],
                          capture_output=True, stdin=subprocess.DEVNULL)
    said.append([time.monotonic() - start, done.stdout.decode().split("\\r\\n")[0]])
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def box():
    world = seed.demo()
    world.domains.append(seed.Domain("inn.example", "bakery", "addon", dns="timeout"))
    with Box(build=BUILD, world=world) as b:
        os.makedirs(b.path(f"{STAND_IN}/front"), mode=0o755)
        for name in ("__init__", "wire", "hostile"):
            with open(f"{TESTS}/front/{name}.py", encoding="utf-8") as f:
                b.write(f"{STAND_IN}/front/{name}.py", f.read(), 0o644)
        api = Api(b)
        api.post("scan")
        wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")
        yield b


def pages(box, door, user, query="", times=1):
    """The median's seconds; each of them must be had."""
    said = json.loads(box.python(PAGES, door, user, query, times, timeout=120).stdout)
    assert {status for _, status in said} == {"Status: 200 OK"}, said
    return statistics.median(seconds for seconds, _ in said)


@pytest.fixture(scope="module")
def patience(box):
    """Seconds for a user's page and for the admin's: half a second; on a machine where
    a page takes long even in peace, four times what it takes."""
    return [max(0.5, 4 * pages(box, *ask, times=10))
            for ask in ((USER_DOOR, "studio"), (ADMIN_DOOR, "root", "page=history"))]


@contextlib.contextmanager
def clients(box, path, users, *kind):
    """Fifty of each user's."""
    started = [box.popen(["/usr/bin/python3", "-m", "front.hostile", path, *kind], user=user,
                         env={"PYTHONPATH": STAND_IN}, stdout=subprocess.PIPE)
               for user in users]
    try:
        for p in started:
            assert p.stdout.readline() == b"ready\n"
        yield
        assert all(p.poll() is None for p in started), "the clients gave up"
    finally:
        for p in started:
            p.kill()
            p.wait()
            p.stdout.close()


def consent(plan):
    return {"finding": FINDING, "params": {}, "digest": plan["digest"],
            "typed": "shop.example"}


# ---- floods ----------------------------------------------------------------


@pytest.mark.parametrize("users,kind", [(["bakery"], ()), (["bakery"], ("Reconnecting",)),
                                        (["bakery", "farm"], ("Reconnecting",))],
                         ids=["of-each-kind", "whole-requests", "of-two-accounts"])
def test_fifty_clients_of_an_account_hold_up_nobody_else(box, patience, users, kind):
    user, admin = patience
    with clients(box, f"{RUN}/user.sock", users, *kind):
        time.sleep(0.5)
        assert pages(box, USER_DOOR, "studio", times=10) < user * len(users)
        assert pages(box, ADMIN_DOOR, "root", "page=history", times=10) < admin


def test_the_admin_changes_and_undoes_while_an_account_floods(box):
    api = Api(box)
    with clients(box, f"{RUN}/user.sock", ["bakery"], "Reconnecting"):
        change = api.post("apply", **consent(api.post("plan", finding=FINDING)))
        assert change["state"] == "KEPT"
        api.post("undo", id=change["id"])


def test_a_flood_of_the_helpers_socket_is_over_when_it_ends(box):
    """systemd's own limit would shut the socket until somebody starts it again."""
    flood = f"""
import socket
def knock():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect("{RUN}/helper.sock")
    return s
held = [knock() for _ in range(8)]
for _ in range(300):
    knock().close()
"""
    box.python(flood)
    wait_for(lambda: not box.pids("relaydoctor-helper"), 90, "the helpers to go")
    pages(box, ADMIN_DOOR, "root", "page=history")
    pages(box, USER_DOOR, "studio")


def test_no_slow_dns_of_others_can_keep_the_admin_from_asking(box):
    """The name servers of hotel.example, which is travel's and so southhost's, never answer,
    nor do those of bakery's inn.example: the accounts look at their pages, the reseller asks."""
    reseller = Api(box, "southhost", ["edit-mx"], door="reseller.cgi")
    said = []
    accounts = [threading.Thread(target=pages, args=(box, USER_DOOR, user))
                for user in ("travel", "bakery")]
    for t in accounts:
        t.start()
    wait_for(lambda: len(box.pids("relaydoctor-scan@")) == 2, 20, "both accounts to ask")
    flood = [threading.Thread(target=lambda: said.append(
        reseller.request("domain&name=hotel.example")[0])) for _ in range(12)]
    for t in flood:
        t.start()
    wait_for(lambda: len(said) >= 10, 60, "all but two to be refused")
    assert any(t.is_alive() for t in flood), "nothing was slow"
    assert Api(box).post("plan", finding=FINDING)["finding"] == FINDING
    for t in [*accounts, *flood]:
        t.join(60)
    assert sorted(said) == [200, 200] + [503] * 10


def test_a_scan_service_without_a_place_says_so(box):
    code = f"""
import socket, sys
held = [socket.socket(socket.AF_UNIX) for _ in range(6)]
for s in held:
    s.connect("{RUN}/scan.sock")
sys.stdin.read()
"""
    with box.popen(["/usr/bin/python3", "-c", code], stdin=subprocess.PIPE) as holder:
        wait_for(lambda: len(box.pids("relaydoctor-scan@")) == 6, 10, "all places to be taken")
        status, reply = Api(box).request("plan", body={"finding": FINDING})
        holder.stdin.close()
    wait_for(lambda: not box.pids("relaydoctor-scan@"), 10, "them to be free again")
    assert status == 503 and "it has too many at once" in reply["metadata"]["reason"]


@pytest.mark.parametrize("unit,path,user", [
    ("relaydoctor-user.service", f"{RUN}/user.sock", "bakery"),
    ("relaydoctor-admin.service", f"{RUN}/admin.sock", None)], ids=["user", "admin"])
def test_a_front_stops_within_2_s_of_sigterm_under_load(box, unit, path, user):
    ask = (USER_DOOR, "studio") if user else (ADMIN_DOOR, "root")
    pages(box, *ask)
    with clients(box, path, [user]):
        time.sleep(0.5)
        pid = box.pids(unit)[0]
        start = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}"), 10, "the front to stop")
        assert time.monotonic() - start < 2
    pages(box, *ask)


# ---- requests that are none ------------------------------------------------


CUT = """
import sys
from front import wire
path, door, body = sys.argv[1:]
whole = wire.request("api=v1/scan", body.encode(), door, CONTENT_TYPE="application/json")
places = [1, 8, 9, 40, len(whole) // 2, len(whole) - 9, len(whole) - 1]
print({wire.status(wire.exchange(path, whole[:at], cut=True)) for at in places},
      wire.status(wire.exchange(path, whole.replace(b"RD_END", b"RD_EMD"))))
"""


@pytest.mark.parametrize("path,door,user", [
    (f"{RUN}/user.sock", "index.live.cgi", "school"),
    (f"{RUN}/admin.sock", "admin.cgi", None)], ids=["user", "admin"])
def test_a_cut_request_starts_nothing(box, path, door, user):
    before = Api(box).get("scan")
    assert box.python(CUT, path, door, "{}", user=user).stdout == "{400} 400\n"
    assert Api(box).get("scan") == before


def test_a_user_who_says_to_be_root_is_the_user(box):
    code = """
import sys
from front import wire
answer = wire.exchange(sys.argv[1], wire.request("api=v1/status", door="admin.cgi"))
print(wire.output(answer).split(b"\\r\\n\\r\\n", 1)[1].decode())
"""
    said = json.loads(box.python(code, f"{RUN}/user.sock", user="school").stdout)["data"]
    assert (said["door"], said["login"]) == ("user", "school")
    assert {d["name"] for d in said["domains"]} == {
        d.name for d in box.world.domains if d.account == "school"}


# ---- other people's pages --------------------------------------------------


def basic(box, user="root"):
    return "Basic " + base64.b64encode(f"{user}:{box.password}".encode()).decode()


@pytest.mark.parametrize("query", ["api=v1/apply", "api=v1/undo", "api=v1/scan"])
def test_another_sites_form_cannot_use_the_browsers_basic_credentials(box, query):
    """What enctype=text/plain lets a form of any site send."""
    api, before = Api(box), box.state()
    api.headers = {"Authorization": basic(box)}
    plan = api.post("plan", finding=FINDING)
    raw = (json.dumps(consent(plan))[:-1] + ',"x":"="}').encode()
    for more in ({"Content-Type": "text/plain"},
                 {"Content-Type": "text/plain", "Origin": "https://evil.example",
                  "Sec-Fetch-Site": "cross-site"},
                 {"Content-Type": "text/plain; x=application/json"},
                 {"Content-Type": "application/json; charset=utf-8"}):
        assert api.request(query[len("api=v1/"):], raw=raw, headers=more)[0] == 403
    assert box.state() == before


def test_a_user_sees_the_own_domains_alone(box):
    for user in ("school", "studio"):
        request = Api(box)
        request.headers = {"Authorization": basic(box, user)}
        request.box = type("AsUser", (), {"whm": staticmethod(
            lambda _: box.cpanel("/frontend/jupiter/relaydoctor/index.live.cgi"))})
        status, page = request.request("")
        own = {d.name for d in box.world.domains if d.account == user}
        shown = {d.name for d in box.world.domains if f"<bdi>{d.name}</bdi>" in page}
        assert (status, shown) == (200, own)


def test_a_suspended_account_is_told_nothing(box):
    code = """
import sys
from front import wire
print(wire.status(wire.exchange(sys.argv[1], wire.request("api=v1/status"))))
"""
    assert box.python(code, f"{RUN}/user.sock", user="closed").stdout == "403\n"


# ---- fronts in foreign hands -----------------------------------------------


SPEAK = """
import json, socket, struct, sys

def helper():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect("/run/relaydoctor/helper.sock")
    return s

def ask(s, verb, name="", expect="", value=""):
    s.send(struct.pack("=I28s256s256s512s", 1, *(w.encode() for w in (verb, name, expect, value))))
    reply = struct.unpack("=Ii512s256s256s64s", s.recv(4096))
    return reply[1], reply[5].split(b"\\0")[0].decode()
"""
DENIED = 2


def speak(box, user, code, *args):
    return json.loads(box.python(SPEAK + code, *args, user=user).stdout)


def ticket(box, door, login):
    code, value = speak(box, None, "print(json.dumps(ask(helper(), 'ticket', sys.argv[2], "
                        "'192.0.2.7', sys.argv[1])))", door, login)
    assert code == 0
    return value


CHANGE = """
s = helper()
codes = [ask(s, "as_ticket", value=sys.argv[1])[0],
         ask(s, "set_routing", sys.argv[2], "auto", "remote")[0]]
print(json.dumps(codes))
"""


def test_a_resellers_ticket_is_no_good_for_a_foreign_account(box):
    before = box.state()
    codes = speak(box, "relaydoctor-admin", CHANGE,
                  ticket(box, "reseller.cgi", "southhost"), "shop.example")
    assert codes == [0, DENIED]
    assert box.state() == before


def test_a_ticket_is_used_once(box):
    before, once = box.state(), ticket(box, "admin.cgi", "root")
    spend = "print(json.dumps(ask(helper(), 'as_ticket', value=sys.argv[1])[0]))"
    assert speak(box, "relaydoctor-admin", spend, once) == 0
    assert speak(box, "relaydoctor-admin", CHANGE, once, "shop.example") == [DENIED, DENIED]
    assert box.state() == before


@pytest.mark.parametrize("user", ["relaydoctor-user", "relaydoctor-scan",
                                  "relaydoctor-parse", "bakery"])
def test_only_root_and_the_admin_front_reach_a_scan(box, user):
    code = """
import socket
for name in ("scan.sock", "admin.sock"):
    try:
        socket.socket(socket.AF_UNIX).connect("/run/relaydoctor/" + name)
        print(name)
    except PermissionError:
        pass
"""
    assert box.python(code, user=user).stdout == ""


def test_what_reads_hostile_text_is_confined(box):
    """Two system-call filters each, and no way to more rights."""
    code = """
import socket, sys
held = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for s, name in zip(held, ("scan", "user", "admin")):
    s.connect(f"/run/relaydoctor/{name}.sock")
print("there", flush=True); sys.stdin.read()
"""
    with box.popen(["/usr/bin/python3", "-c", code], stdin=subprocess.PIPE,
                   stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout.readline() == "there\n"
        time.sleep(0.5)
        for unit in ("relaydoctor-admin", "relaydoctor-user", "relaydoctor-scan"):
            pids = box.pids(unit)
            assert pids, unit
            for pid in pids:
                with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                    told = dict(line.rstrip().split(":\t", 1) for line in f if ":\t" in line)
                assert (told["Seccomp"], told["Seccomp_filters"], told["NoNewPrivs"]) == \
                    ("2", "2", "1"), unit
        asker.stdin.close()


@pytest.mark.parametrize("user", ["relaydoctor-admin", "relaydoctor-user",
                                  "relaydoctor-scan"])
def test_without_a_proof_no_front_changes_anything(box, user):
    before = box.state()
    code = """
print(json.dumps([ask(helper(), "set_routing", "shop.example", "auto", "remote")[0],
                  ask(helper(), "ticket", "root", "192.0.2.7", "admin.cgi")[0]]))
"""
    assert 0 not in speak(box, user, code)
    assert box.state() == before
