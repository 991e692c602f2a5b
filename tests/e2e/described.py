"""Replies of the API held against its own description (openapi.json): what it says of
types, members, words and patterns, and no name that it does not know."""

import copy
import json
import os

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "..", "..", "whm-plugin", "openapi.json"), encoding="utf-8") as f:
    DESCRIPTION = json.load(f)

# OpenAPI 3.1's own, where the installed package knows it; ours need nothing newer.
VALIDATOR = getattr(jsonschema, "Draft202012Validator", None) or jsonschema.Draft4Validator


def _closed(node):
    """The same, with every object closed that does not say that it is open."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and "type" in node:
        node.setdefault("additionalProperties", False)
    return node


CLOSED = _closed(copy.deepcopy(DESCRIPTION))
RESOLVER = jsonschema.RefResolver("", CLOSED)


def resolved(schema):
    """The schema that a reference leads to."""
    return RESOLVER.resolve(schema["$ref"])[1] if "$ref" in schema else schema


def _inmost(fault):
    """Where it fits none of several, the fault of the one that it fits best."""
    branches = {}
    for inner in fault.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    if not branches:
        return fault
    return _inmost(min(branches.values(), key=len)[0])


def faults(value, schema, where="data"):
    """What of the value the schema does not allow, one line each."""
    for fault in VALIDATOR(_closed(schema), resolver=RESOLVER).iter_errors(value):
        inmost = _inmost(fault)
        yield f"{where}/{'/'.join(map(str, inmost.absolute_path))}: {inmost.message[:300]}"


def _call(name, method):
    return CLOSED["paths"].get(f"/admin.cgi?api=v1/{name}", {}).get(method, {})


def check(name, method, reply):
    """AssertionError unless the reply is as the call's description says."""
    schema = _call(name, method)["responses"]["200"]["content"]["application/json"]["schema"]
    found = list(faults(reply, schema, name))
    assert not found, "\n".join(found[:10])


def check_reply(name, method, status, headers, text):
    """The same of whatever a front has answered, with its status, type and headers."""
    kind = headers.get("Content-Type", "").split(";")[0]
    if status == 200:
        content = _call(name, method)["responses"]["200"]["content"]
        assert kind in content, f"{name}: {kind} is not described"
        if kind == "application/json":
            check(name, method, json.loads(text))
        return
    assert kind == "application/problem+json", (name, status, kind, text[:200])
    reply, known = json.loads(text), DESCRIPTION["x-problems"]
    refused = CLOSED["components"]["responses"]["Refused"]["content"][kind]["schema"]
    found = list(faults(reply, refused, name))
    assert not found, "\n".join(found[:10])
    row = known[reply["code"]]
    assert (row["status"], row["title"]) == (status, reply["title"]), reply
    assert reply["status"] == status and reply["type"].endswith("/" + reply["code"])
    assert reply["detail"] == reply["metadata"]["reason"] and reply["metadata"]["result"] == 0
    assert status != 429 or int(headers["Retry-After"]) > 0
