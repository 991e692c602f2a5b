"""What WHM API 1 does with the list of any reply: api.filter, .sort, .chunk, .columns."""

FILTERS = {"contains": lambda value, arg: arg in value, "eq": lambda value, arg: value == arg,
           "begins": lambda value, arg: value.startswith(arg)}


def _on(args, what):
    return args.get(f"api.{what}.enable") == "1"


def _filtered(rows, args):
    field, arg = args.get("api.filter.a.field", ""), args.get("api.filter.a.arg0", "")
    fits = FILTERS[args.get("api.filter.a.type", "contains")]
    return [row for row in rows if fits(str(row.get(field) or ""), arg)]


def _chunk(rows, args, meta):
    start, size = (int(args.get(f"api.chunk.{key}", 1)) for key in ("start", "size"))
    if args.get("api.chunk.verbose") == "1":
        meta["chunk"] = {"start": start, "size": size, "records": len(rows),
                         "chunks": -(-len(rows) // size), "current": 1 + (start - 1) // size}
    return rows[start - 1:start - 1 + size]


def cut(data, args, meta):
    """The one list of a reply, as the api.* arguments want it."""
    for key, rows in data.items():
        if not isinstance(rows, list):
            continue
        if _on(args, "filter"):
            rows = _filtered(rows, args)
            meta["filter"] = {"filtered": len(rows)}
        if _on(args, "sort"):
            field = args.get("api.sort.a.field", "")
            rows = sorted(rows, key=lambda row: str(row.get(field) or ""),
                          reverse=args.get("api.sort.a.reverse") == "1")
        if _on(args, "chunk"):
            rows = _chunk(rows, args, meta)
        if _on(args, "columns"):
            wanted = {value for name, value in args.items()
                      if name.startswith("api.columns.") and name != "api.columns.enable"}
            rows = [{k: v for k, v in row.items() if k in wanted} for row in rows]
        data[key] = rows
    return data
