"""Requests made from the API's own description, by a seed: what it allows, and what it does
not. Run as a program (make fuzz-api REQUESTS=12000 SEED=1) it prints what came of them."""

import base64
import collections
import concurrent.futures
import json
import random
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import described

STATUSES = {200, 400, 403, 404, 405, 409, 413, 415, 422, 429, 503}
HOSTILE = ["", " ", "\0", "\x01\x1b[31m", "\u202e\u2066", "%", "%zz", "../../etc/passwd", "'\"--",
           "<script>alert(1)</script>", "A" * 1025, "é" * 600, "-1", "0", "1e9", "99999999999999999999",
           "null", "true", "[]", "{}", "x:", ":x", "a" * 70 + ":b", "::1", "0.0.0.0", "a@b@c",
           "\ud83d\ude00", "x\ny", "x\r\nSet-Cookie: a=b", "{{name}}", "${IFS}", "$(id)"]


class Maker:
    """Random values of a schema, mostly fitting ones; `known` are names that exist."""

    def __init__(self, seed, known):
        self.r, self.known = random.Random(seed), known

    def some(self, *choices):
        return self.r.choice(choices)

    def text(self, name):
        known = self.known.get(name, [])
        if known and self.r.random() < 0.6:
            return self.r.choice(known)
        return self.r.choice(HOSTILE)

    def value(self, name, schema):
        schema = described.resolved(schema)
        if self.r.random() < 0.1:
            return self.some(None, True, 0, -1, 1.5, [], {}, [[]], {"a": {"b": {}}}, "x")
        if "enum" in schema:
            return self.r.choice([v for v in schema["enum"]] + ["other"])
        kind = schema.get("type", "string")
        if kind == "integer":
            return self.some(1, 2, 50, 0, -1, 1000000, 1000001, "7")
        if kind == "boolean":
            return self.some(True, False, "true", 1)
        if kind == "array":
            return [self.value("finding", schema.get("items", {}))
                    for _ in range(self.some(0, 1, 2, 3))]
        if kind == "object":
            return {self.some("value", "address", "days", "host", "fix", "a.b", ""):
                    self.text("param") for _ in range(self.some(0, 1, 2))}
        return self.text(name)

    def members(self, known, required):
        """{name: value} of what is described, less or more than that."""
        made = {}
        for name, schema in known.items():
            if name == "nonce" and self.r.random() < 0.9:
                continue
            if self.r.random() < (0.95 if name in required else 0.4):
                made[name] = self.value(name, schema)
        if self.r.random() < 0.08:
            made[self.some("force", "a" * 80, "params", "finding.x", "\u202e")] = self.some(1, "x", {})
        return made

    def raw(self, body):
        """The body as bytes; now and then no JSON, or too much of it."""
        whole = json.dumps(body).encode("utf-8", "surrogatepass")
        return self.some(*[whole] * 20, whole[:-1], whole * 2, b"", b"[" * 5000, b"\xff" + whole,
                         b"finding=x", b'{"finding":"a","finding":"b"}', b"1" * 100000)

    def request(self):
        """(call, method, query, body or None, headers)"""
        path, methods = self.r.choice(sorted(described.DESCRIPTION["paths"].items()))
        method, call = self.r.choice(sorted(methods.items()))
        name, query, body = path.split("v1/")[1], "", None
        kind = {"Content-Type": "application/json"}
        if method == "get":
            known = {p["name"]: p["schema"] for p in call.get("parameters", [])}
            required = [p["name"] for p in call.get("parameters", []) if p.get("required")]
            for key, value in self.members(known, required).items():
                query += "&" + urllib.parse.quote(key, safe="", errors="surrogatepass") + "=" + \
                    urllib.parse.quote(str(value), safe="", errors="surrogatepass")
        else:
            schema = call["requestBody"]["content"]["application/json"]["schema"]
            body = self.raw(self.members(schema["properties"], schema.get("required", [])))
            kind = self.some(*[kind] * 15, {"Content-Type": "text/plain"},
                             {"Content-Type": "application/x-www-form-urlencoded"}, {})
        query += self.some(*[""] * 12, "&api=v1/status", "&=", "&%00", "&x=%zz", "&page=overview")
        if self.r.random() < 0.05:
            method, body = ("post", b"{}") if method == "get" else ("get", None)
        return name, method, query, body, kind


class Fuzz:
    """Against a box: askers are (door, who); leaks are names that only some may read."""

    def __init__(self, box, findings):
        self.box, self.statuses = box, collections.Counter()
        self.calls, self.faults = collections.Counter(), []
        self.askers = [self._whm("admin.cgi", "root", "all"),
                       self._whm("reseller.cgi", "northweb", "edit-mx"),
                       self._user("studio")]
        domains = {d.name: d for d in box.world.domains}
        own = {a.name for a in box.world.accounts if getattr(a, "owner", "root") == "northweb"}
        self.foreign = {"reseller.cgi": {n for n, d in domains.items() if d.account not in own},
                        "index.live.cgi": {n for n, d in domains.items() if d.account != "studio"}}
        self.known = {"finding": findings, "id": findings + ["20200101-000000-000000"],
                      "name": sorted(domains), "ip": ["203.0.113.5", "2001:db8::1"],
                      "fix": ["set_routing", "enable_listener"], "digest": ["0" * 64],
                      "idempotency_key": ["k1", "k2", "k3"], "text": ["550 relay not permitted"],
                      "from": ["a@shop.example"], "to": ["b@far.example"], "param": ["remote", "1"]}

    def _whm(self, door, who, acl):
        return door, self.box.whm(f"/cgi/relaydoctor/{door}"), \
            {"Authorization": f"whm {who}:{self.box.token(who, [acl])}"}

    def _user(self, who):
        pair = base64.b64encode(f"{who}:{self.box.password}".encode()).decode()
        return "index.live.cgi", self.box.cpanel("/frontend/jupiter/relaydoctor/index.live.cgi"), \
            {"Authorization": f"Basic {pair}"}

    def one(self, seed):
        make = Maker(seed, self.known)
        name, method, query, body, kind = make.request()
        door, base, who = make.r.choices(self.askers, (6, 3, 1))[0]
        request = urllib.request.Request(f"{base}?api=v1/{name}{query}", data=body,
                                         headers={**who, **kind}, method=method.upper())
        try:
            with urllib.request.urlopen(request, timeout=100,
                                        context=ssl._create_unverified_context()) as reply:
                status, headers, text = reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as e:
            status, headers, text = e.code, e.headers, e.read()
        self.judge(seed, door, (name, method, query, body), status, headers, text)

    def judge(self, seed, door, asked, status, headers, text):
        name, method, query, body = asked
        self.statuses[status] += 1
        self.calls[f"{method} {name}"] += 1
        sent = urllib.parse.unquote(query) + (body or b"").decode("latin-1")
        leaked = [n for n in self.foreign.get(door, ()) if n.encode() in text and n not in sent]
        wrong = f"status {status}" if status not in STATUSES else f"leaks {leaked}" if leaked else ""
        if not wrong and headers.get("Content-Type", "").split(";")[0] != "text/html" and \
                "Content-Security-Policy" in headers:
            try:
                described.check_reply(name, method, status, headers, text.decode())
            except (AssertionError, KeyError, ValueError) as e:
                wrong = f"{type(e).__name__}: {e}"
        if wrong:
            self.faults.append((seed, door, asked, wrong[:500], text[:200]))

    def run(self, first, count, workers=6):
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(self.one, range(first, first + count)))
        return self.faults


def scanned_box(build):
    """A box in which nobody is held back for asking often, scanned, and its findings' ids."""
    from conftest import Api
    from lab import seed
    from lab.box import Box, wait_for
    box = Box(build=build, world=seed.small()).__enter__()
    box.write("/etc/relaydoctor/relaydoctor.conf", "api_rate = 60000\none_call = enable_listener\n")
    api = Api(box)
    api.post("scan")
    wait_for(lambda: api.get("scan")["state"] == "idle", 120, "the scan")
    return box, [f["id"] for f in api.get("findings")["findings"]]


def main():
    build, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    box, findings = scanned_box(build)
    try:
        start, fuzz = time.monotonic(), Fuzz(box, findings)
        faults = fuzz.run(first, count)
        took = time.monotonic() - start
        pid = box.pids("relaydoctor-admin.service")
        print(f"{count} requests in {took:.0f} s, {len(fuzz.calls)} calls, the front "
              f"{'lives' if pid else 'has died'}")
        print("statuses:", dict(sorted(fuzz.statuses.items())))
        for fault in faults[:20]:
            print("FAULT", *fault)
        sys.exit(bool(faults) or not pid)
    finally:
        box.__exit__(None, None, None)


if __name__ == "__main__":
    main()
