"""The panel's functions for filters, for fake_uapi.py: on box.json's "filters", a list of
rows with the "of" that they are listed for (None: the whole account)."""


def functions(update):
    def of(state, args):
        return [row for row in state.get("filters", []) if row["of"] == args.get("account")]

    def list_filters(state, user, args):
        said = {"int": int, "text": str, "word": lambda on: "true" if on else "false",
                "none": lambda on: None}[state.get("filter_flags", "int")]
        return {"status": 1, "data": [{**row, "enabled": said(row["enabled"])}
                                      for row in of(state, args)] or None}

    def switch(on):
        def run(state, user, args):
            def apply(state):
                for row in of(state, args):
                    if row["filtername"] == args["filtername"]:
                        row["enabled"] = on
                        row.update(state.get("spoil", {}))
            if not state.get("ignore"):
                update(apply)
            return {"status": 1, "data": None}
        return run

    return {"list_filters": list_filters, "enable_filter": switch(1), "disable_filter": switch(0)}
