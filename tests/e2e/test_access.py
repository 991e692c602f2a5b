"""Who may do what: every door, role, route of the front's own table, method, and object of
one's own, of others and of nobody. A route that is not in REQUESTS fails."""

import base64
import concurrent.futures
import json
import os
import re
import ssl
import urllib.error
import urllib.request

import pytest

from conftest import BUILD, FINDING, TESTS, Api
from lab import seed, under
from lab.box import Box, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
RUN, STAND_IN = "/run/relaydoctor", "/usr/local/cpanel/stand-in"
DIGEST, NO_CHANGE = "0" * 64, "20200101-000000-000000"
A, R, U = 1, 2, 4
DOORS = {"TO_ADMIN": A, "TO_RESELLER": R, "TO_USER": U, "TO_WHM": A | R, "TO_ALL": A | R | U}


def routes():
    """{(kind, name, method): doors}, as cgi/http/routes.c has them."""
    with open(os.path.join(HERE, "..", "..", "cgi", "http", "routes.c"), encoding="utf-8") as f:
        rows = re.findall(r'^\t(PAGE|API)\("(\w+)", (GET|POST), (TO_\w+),', f.read(), re.M)
    return {(kind.lower(), name, method): DOORS[doors] for kind, name, method, doors in rows}


# What each wants beside an object; the object goes where the word is.
REQUESTS = {
    ("page", "overview", "GET"): {}, ("page", "mine", "GET"): {},
    ("page", "finding", "GET"): {"id": "FINDING"},
    ("page", "preview", "GET"): {"finding": "FINDING"},
    ("page", "apply", "POST"): {"finding": "FINDING", "digest": DIGEST},
    ("page", "bulk", "GET"): {}, ("page", "bulk", "POST"): {"findings": ["FINDING"]},
    ("page", "bulk_apply", "POST"): {"findings": ["FINDING"], "digest": DIGEST},
    ("page", "job", "GET"): {"id": "CHANGE"}, ("page", "stop", "POST"): {"id": "CHANGE"},
    ("page", "change", "GET"): {"id": "CHANGE"}, ("page", "undo", "POST"): {"id": "CHANGE"},
    ("page", "history", "GET"): {}, ("page", "domain", "GET"): {"name": "DOMAIN"},
    ("page", "setup", "GET"): {"name": "DOMAIN"}, ("page", "explain", "GET"): {},
    ("page", "explain", "POST"): {"text": "550 relay not permitted"},
    ("page", "address", "GET"): {"ip": "203.0.113.5"}, ("page", "ports", "GET"): {},
    ("page", "probe", "POST"): {}, ("page", "relay", "GET"): {},
    ("page", "relay", "POST"): {"ip": "203.0.113.5", "to": "b@far.example"},
    ("page", "scan", "POST"): {},
    ("page", "domains", "GET"): {}, ("page", "settings", "GET"): {},
    ("page", "set", "POST"): {"key": "scan_every", "value": "1s"},
    ("page", "mute", "POST"): {"id": "FINDING"},
    ("page", "my_setup", "GET"): {"name": "DOMAIN"}, ("page", "my_explain", "GET"): {},
    ("page", "my_explain", "POST"): {"text": "550 relay not permitted"},
    ("page", "my_address", "GET"): {}, ("page", "my_preview", "GET"): {"finding": "FINDING"},
    ("page", "my_apply", "POST"): {"finding": "FINDING", "digest": DIGEST},
    ("page", "my_changes", "GET"): {}, ("page", "my_undo", "POST"): {"id": "CHANGE"},
    ("api", "status", "GET"): {}, ("api", "findings", "GET"): {},
    ("api", "domain", "GET"): {"name": "DOMAIN"}, ("api", "setup", "GET"): {"name": "DOMAIN"},
    ("api", "address", "GET"): {"ip": "203.0.113.5"}, ("api", "ports", "GET"): {},
    ("api", "probe", "POST"): {},
    ("api", "relay", "POST"): {"ip": "203.0.113.5", "to": "b@far.example"},
    ("api", "checks", "GET"): {}, ("api", "changes", "GET"): {}, ("api", "scan", "GET"): {},
    ("api", "scan", "POST"): {}, ("api", "explain", "POST"): {"text": "550 relay not permitted"},
    ("api", "plan", "POST"): {"finding": "FINDING"},
    ("api", "apply", "POST"): {"finding": "FINDING", "digest": DIGEST},
    ("api", "fix", "POST"): {"finding": "FINDING", "fix": "set_routing"},
    ("api", "undo", "POST"): {"id": "CHANGE"}, ("api", "job", "GET"): {"id": "CHANGE"},
    ("api", "stop", "POST"): {"id": "CHANGE"}, ("api", "metrics", "GET"): {},
    ("api", "openapi", "GET"): {},
}
OBJECTS = ("FINDING", "DOMAIN", "CHANGE")
NOBODYS = {"FINDING": FINDING.replace("shop", "nobody"), "DOMAIN": "nobody.example",
           "CHANGE": NO_CHANGE}
# Sends each [method, query, body] to the front as this user: [status, …]
SPEAK = """
import json, sys, time
from front import wire
path, door = sys.argv[1:3]
said = []
def speak(method, query, body):
    return wire.status(wire.exchange(path, wire.request(
        query, body.encode(), door, REQUEST_METHOD=method, CONTENT_TYPE="application/json",
        REMOTE_ADDR="203.0.113.9")))
for request in json.loads(sys.stdin.read()):
    try:
        status = speak(*request)
        while status == 429:    # an account has so many calls a minute, and no more
            time.sleep(0.3)
            status = speak(*request)
        said.append(status)
    except PermissionError:
        said.append("no connection")
print(json.dumps(said))
"""


def filled(wants, objects):
    def put(value):
        return [put(v) for v in value] if isinstance(value, list) else objects.get(value, value)
    return {key: put(value) for key, value in wants.items()}


def has_object(wants):
    return any(word in json.dumps(wants) for word in OBJECTS)


def as_request(kind, name, method, fields):
    """(method, query, body or None)"""
    query = f"{kind}=v1/{name}" if kind == "api" else f"page={name}"
    if method == "POST":
        return method, query, json.dumps(fields)
    return method, query + "".join(f"&{key}={value}" for key, value in fields.items()), None


BY_PANEL, BY_SOCKET = ("GET", "POST"), ("GET", "POST", "PUT", "DELETE")


def cells(methods):
    """(kind, name, method, doors or None): each route under each of these methods."""
    table = routes()
    for kind, name in sorted({key[:2] for key in table}):
        for method in methods:
            yield kind, name, method, table.get((kind, name, method))


def allowed(doors, door):
    """What the gate before every route says: None when it lets the request in."""
    if doors is None:
        return 405
    return None if doors & door else 403


def world():
    small = seed.small()
    small.accounts += [a for a in seed.demo().accounts if a.name == "southhost"]
    return small


@pytest.fixture(scope="module")
def box():
    with Box(build=BUILD, world=world()) as b:
        os.makedirs(b.path(f"{STAND_IN}/front"), mode=0o755, exist_ok=True)
        for name in ("__init__", "wire"):
            with open(f"{TESTS}/front/{name}.py", encoding="utf-8") as f:
                b.write(f"{STAND_IN}/front/{name}.py", f.read(), 0o644)
        b.write("/etc/relaydoctor/relaydoctor.conf", "api_rate = 60000\none_call = set_routing\n")
        api = Api(b)
        api.post("scan")
        wait_for(lambda: api.get("scan")["state"] == "idle", 60, "the scan")
        yield b


@pytest.fixture(scope="module")
def objects(box):
    """northweb's, and so foreign to southhost."""
    api = Api(box, "northweb", ["edit-mx"], door="reseller.cgi")
    plan = api.post("plan", finding=FINDING)
    change = api.post("apply", finding=FINDING, digest=plan["digest"], typed="shop.example")
    api.post("undo", id=change["id"])       # so that the finding is there again
    return {"FINDING": FINDING, "DOMAIN": "shop.example", "CHANGE": change["id"]}


# (who, at which door, with which ACLs): the door's bit, or None where the panel lets nobody in
ROLES = {
    ("root", "admin.cgi", "all"): A, ("root", "reseller.cgi", "all"): R,
    ("northweb", "reseller.cgi", "edit-mx"): R, ("southhost", "reseller.cgi", "edit-mx"): R,
    ("root", "admin.cgi", "list-accts"): None, ("northweb", "admin.cgi", "edit-mx"): None,
    ("northweb", "reseller.cgi", "list-accts"): None, ("nobody", "admin.cgi", ""): None,
    ("nobody", "reseller.cgi", ""): None,
    ("shopco", "index.live.cgi", ""): U, ("bakery", "index.live.cgi", ""): U,
}


def credentials(box, who, door, acls):
    if door == "index.live.cgi":
        pair = base64.b64encode(f"{who}:{box.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {"Authorization": f"whm {who}:{box.token(who, [acls])}"} if acls else {}


class Door:
    """A role at its door: ask gives (status, whether a front said it, bytes)."""

    def __init__(self, box, who, door, acls):
        self.base = box.cpanel(f"/frontend/jupiter/relaydoctor/{door}") \
            if door == "index.live.cgi" else box.whm(f"/cgi/relaydoctor/{door}")
        self.headers = {**credentials(box, who, door, acls), "Content-Type": "application/json"}

    def ask(self, method, query, body):
        request = urllib.request.Request(
            f"{self.base}?{query}", data=None if body is None else body.encode(),
            headers=self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=90 * under.slower(),
                                        context=ssl._create_unverified_context()) as reply:
                return reply.status, "Content-Security-Policy" in reply.headers, reply.read()
        except urllib.error.HTTPError as e:
            return e.code, "Content-Security-Policy" in e.headers, e.read()


def asked_of_all(door, wanted):
    """The answers to [(method, query, body)], as many at once as resellers may ask."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda w: door.ask(*w), wanted))


def requests_of(objects, methods):
    """[(cell, request)]: each cell with its object, whoever asks."""
    for kind, name, method, doors in cells(methods):
        wants = REQUESTS.get((kind, name, method), {})
        yield (kind, name, method, doors), as_request(
            kind, name, method, filled(wants, objects))


def test_every_route_of_the_table_has_its_request():
    assert set(routes()) == set(REQUESTS)


# What stands in the way of one's own, by the route: the change that is there is one that was
# put back and no job, the fix asks for a person, nothing is selected, nobody is there to probe,
# a scan runs already.
IN_THE_WAY = {"fix": {403}, "set": {400}, "mute": {400}, "undo": {409}, "apply": {409}, "my_apply": {409},
              # … what others changed for an account is theirs to undo.
              "my_undo": {404},
              # … of a plan that takes long a page tells how far it is.
              "bulk_apply": {409, 503, *([200] if under.slower() > 1 else [])},
              "job": {404}, "stop": {404}, "bulk": {200, 404}, "probe": {200, 400, 503}, "scan": {200, 409}}


def expected(role, cell):
    """The statuses that this cell may have."""
    _, name, _, doors = cell
    if ROLES[role] is None:
        return {401, 403}
    if allowed(doors, ROLES[role]):
        return {allowed(doors, ROLES[role])}
    owns = role[0] in ("northweb", "shopco") or ROLES[role] == A
    if not owns and has_object(REQUESTS[cell[:3]]):
        return {404}
    return IN_THE_WAY.get(name, {200})


@pytest.mark.parametrize("role", ROLES, ids="-".join)
def test_each_role_gets_through_its_door_to_its_own_routes_alone(box, objects, role):
    table = list(requests_of(objects, BY_PANEL))
    answers = asked_of_all(Door(box, *role), [request for _, request in table])
    wrong = [(*cell, status) for (cell, _), (status, ours, _) in zip(table, answers)
             if status not in expected(role, cell) or ours != (ROLES[role] is not None)]
    assert not wrong


def renamed(text, objects):
    """A page's link back names what was asked for."""
    for word in OBJECTS:
        text = text.replace(objects[word].encode(), NOBODYS[word].encode())
        text = text.replace(objects[word].replace(":", "%3A").encode(),
                            NOBODYS[word].replace(":", "%3A").encode())
    return text


@pytest.mark.parametrize("role", [("southhost", "reseller.cgi", "edit-mx"),
                                  ("root", "reseller.cgi", "all"),
                                  ("bakery", "index.live.cgi", "")], ids="-".join)
def test_what_is_foreign_answers_like_what_is_not_there(box, objects, role):
    door, bit = Door(box, *role), ROLES[role]
    table = [key for key, doors in routes().items() if doors & bit and has_object(REQUESTS[key])]
    foreign, nobodys = (asked_of_all(door, [
        as_request(kind, name, method, filled(REQUESTS[kind, name, method], what))
        for kind, name, method in table]) for what in (objects, NOBODYS))
    wrong = [(key, a, b) for key, a, b in zip(table, foreign, nobodys)
             if (*a[:2], renamed(a[2], objects)) != b or a[0] != 404]
    assert not wrong and len(table) >= (5 if bit == U else 16)


REFUSED = ("2026-11-24 07:19:38 H=(pc) [203.0.113.5]:4000 F=<info@{0}> rejected RCPT <info@{1}>: "
           "relay not permitted\n")
FAR = "far.example"


def test_a_text_about_what_is_foreign_is_explained_like_one_about_nobody(box, objects):
    # … as recipient, as sender, and as both, by the call and on the page; root is told of it.
    pairs = (("{}", FAR), (FAR, "{}"), ("{}", "{}"))
    asked = {domain: [as_request(kind, "explain", "POST", {"text": REFUSED.format(
        sender.format(domain), to.format(domain))}) for sender, to in pairs for kind in ("api", "page")]
        for domain in (objects["DOMAIN"], NOBODYS["DOMAIN"])}
    foreign, nobodys = (asked_of_all(Door(box, "southhost", "reseller.cgi", "edit-mx"), wanted)
                        for wanted in asked.values())
    assert [(status, ours, renamed(text, objects)) for status, ours, text in foreign] == nobodys
    assert {status for status, _, _ in nobodys} == {200}
    for who, door, acls, told in (("northweb", "reseller.cgi", "edit-mx", True),
                                  ("root", "reseller.cgi", "all", False),
                                  ("root", "admin.cgi", "all", True)):
        for _, _, text in asked_of_all(Door(box, who, door, acls), asked[objects["DOMAIN"]]):
            assert (b"account shopco" in text) is told, (who, door, text)


@pytest.mark.parametrize("who", ["shopco", "relaydoctor-user", "relaydoctor-scan"])
def test_whoever_speaks_to_a_socket_directly_gets_no_further(box, objects, who):
    table = list(requests_of(objects, BY_SOCKET))
    wanted = json.dumps([[method, query, body or ""] for _, (method, query, body) in table])
    code = {door: json.loads(box.run(
        ["/usr/bin/python3", "-c", SPEAK, f"{RUN}/{socket}.sock", door], user=who, input=wanted,
        env={"PYTHONPATH": STAND_IN}, timeout=120).stdout)
        for socket, door in (("user", "admin.cgi"), ("admin", "reseller.cgi"))}
    assert set(code["reseller.cgi"]) == {"no connection"}
    for (cell, _), status in zip(table, code["admin.cgi"]):
        wanted = expected(("shopco", "index.live.cgi", ""), cell) if who == "shopco" else {403}
        assert status in wanted, (cell, status)


def test_all_that_has_changed_nothing(box, objects):
    assert "shop.example" in box.read("/etc/localdomains").split()
    changes = Api(box).get("changes")["changes"]
    assert {c["id"] for c in changes if c["state"] != "FAILED"} == {objects["CHANGE"]}
