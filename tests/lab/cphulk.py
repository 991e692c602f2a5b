"""cPHulk as WHM API 1 shows it: what is blocked stands in cphulk.json of the stand-in,
{"enabled": 1, "brutes": [row], "excessive_brutes": [row], "black": {ip: comment}, …}."""


def functions(read_json, write_json, refused):
    """{function: (ACL, call)} over the panel's own files."""
    def state():
        return {"enabled": 1, **read_json("cphulk.json", {})}

    def status(_login, _args):
        return {"is_enabled": state()["enabled"], "service": "cphulkd"}

    def rows(kind):
        def call(_login, _args):
            if not state()["enabled"]:
                raise refused("cPHulk is disabled on the server.")
            return {kind: state().get(kind, [])}
        return call

    def records(_login, args):
        name = args.get("list_name", "")
        if name not in ("black", "white"):
            raise refused("Provide the “list_name” argument.")
        if not state()["enabled"] and args.get("skip_enabled_check") != "1":
            raise refused("cPHulk is disabled on the server.")
        return {"ips_in_list": state().get(name, {}), "list_name": name,
                "requester_ip": "", "requester_ip_is_whitelisted": 0}

    def flush(_login, args):
        now = state()
        for kind in ("brutes", "excessive_brutes"):
            now[kind] = [row for row in now.get(kind, []) if row["ip"] != args["ip"]]
        write_json("cphulk.json", now)
        return {"records_removed": 1, "iptable_bans_removed": 0}

    def listing(lists):
        def call(_login, args):
            now = state()
            record = now.setdefault(args["list_name"], {})
            record.pop(args["ip"], None)
            if lists:
                record[args["ip"]] = args.get("comment", "")
            write_json("cphulk.json", now)
            return {"ip": args["ip"], "list_name": args["list_name"]}
        return call

    return {"flush_cphulk_login_history_for_ips": ("all", flush),
            "create_cphulk_record": ("all", listing(True)),
            "delete_cphulk_record": ("all", listing(False)),
            "cphulk_status": ("all", status), "get_cphulk_brutes": ("all", rows("brutes")),
            "get_cphulk_excessive_brutes": ("all", rows("excessive_brutes")),
            "read_cphulk_records": ("all", records)}
