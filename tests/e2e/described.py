"""Replies of the API held against its own description (openapi.json): what it says of
types, members, words and patterns, and no name that it does not know."""

import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "..", "..", "whm-plugin", "openapi.json"), encoding="utf-8") as f:
    DESCRIPTION = json.load(f)

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def _is(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def _resolved(schema):
    while "$ref" in schema:
        node = DESCRIPTION
        for part in schema["$ref"].split("/")[1:]:
            node = node[part]
        schema = node
    return schema


def _object_faults(value, schema, where):
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{where}: lacks {name}"
    for name, member in value.items():
        if name in known:
            yield from faults(member, known[name], f"{where}.{name}")
        elif known and schema.get("additionalProperties") is None:
            yield f"{where}: {name} is not described"


def faults(value, schema, where="data"):
    """What of the value the schema does not allow, one line each."""
    schema = _resolved(schema)
    if "oneOf" in schema and not schema.get("properties"):
        each = [list(faults(value, s, where)) for s in schema["oneOf"]]
        if not any(not found for found in each):
            yield from min(each, key=len)
        return
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if wanted and not any(_is(value, name) for name in wanted):
        yield f"{where}: {value!r} is no {'/'.join(wanted)}"
    elif "const" in schema and value != schema["const"] or \
            "enum" in schema and value not in schema["enum"]:
        yield f"{where}: {value!r} is no word of it"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where}: {value!r} does not fit {schema['pattern']}"
    elif isinstance(value, dict):
        yield from _object_faults(value, schema, where)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from faults(item, schema.get("items", {}), f"{where}[{i}]")


def check(name, method, reply):
    """AssertionError unless the reply is as the call's description says."""
    call = DESCRIPTION["paths"][f"/admin.cgi?api=v1/{name}"][method]
    schema = call["responses"]["200"]["content"]["application/json"]["schema"]
    found = list(faults(reply, schema, name))
    assert not found, "\n".join(found[:10])
