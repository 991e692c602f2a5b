#!/usr/bin/python3
"""Finds what is wrong with a domain, shows what would be changed, changes it and puts it
back. RD_URL is https://SERVER:2087/cgi/relaydoctor/admin.cgi, RD_USER and RD_TOKEN a
WHM login and its API token; RD_CA a certificate to trust, where WHM has its own."""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

TRUSTED = ssl.create_default_context(cafile=os.environ.get("RD_CA"))


def call(name, body=None, **query):
    """The answer's data. Asked too often, or while something is busy, it waits as long
    as it is told and asks the same again."""
    words = urllib.parse.urlencode(query)
    request = urllib.request.Request(
        f"{os.environ['RD_URL']}?api=v1/{name}&{words}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"whm {os.environ['RD_USER']}:{os.environ['RD_TOKEN']}",
                 "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, context=TRUSTED, timeout=70) as reply:
            return json.load(reply)["data"]
    except urllib.error.HTTPError as e:
        if "Retry-After" in e.headers:
            time.sleep(int(e.headers["Retry-After"]))
            return call(name, body, **query)
        if e.headers.get_content_type() != "application/problem+json":
            raise
        problem = json.load(e)
        sys.exit(f"{problem['code']}: {problem['detail']}")


finding, word = sys.argv[1], (sys.argv[2:] or [""])[0]
print(call("findings", severity="critical", limit=50)["matching"])
plan = call("plan", {"finding": finding})
# The same key with the same body is never done twice: safe to send again.
change = call("apply", {"finding": finding, "digest": plan["digest"], "typed": word,
                        "idempotency_key": str(uuid.uuid4())})
print("changed:", change["id"])
print(call("undo", {"id": change["id"], "idempotency_key": str(uuid.uuid4())})["state"])
