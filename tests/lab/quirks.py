"""The stand-ins' switches: what real servers of one release or another do."""

import json

STATE = "/var/cpanel/stand-in"

# Every switch, with the value that the rest of the lab expects. A test sets
# others with Box.quirk(); cpsrvd.py and programs.py act on the last group.
QUIRKS = {
    "priority_as_int": False,	# entries[].priority: "10" or 10
    "flags_zero": False,		# local/remote/secondary all 0, as 11.32 gave
    "lists_null": False,		# null where a list is empty
    "secondary_with_remote": True,	# a backup also stands in remotedomains
    "stale_read_once": False,	# the first list_mxs after a write gives the old
    "inner_failure": "",		# UAPI status 0 with this text, outer success
    "data_status_zero": False,	# set_always_accept: the third status alone is 0
    "ignore_write": False,		# says done, does nothing
    "unknown_functions": [],	# as a server too old for them
    "has_feature_fails": False,	# status 0 instead of data 0

    "filter_flags": "text",	# list_filters: enabled as "int", "text", "flag" or "word"
    "zone_dname_relative": False,	# parse_zone: names below the zone without it
    "zone_edit_detects": True,	# mass_edit_zone runs the detection when on auto
    "zone_changes_meanwhile": False,	# another edit just before ours
    "zone_edit_spoils": False,	# an edit also loses the zone's addresses
    "authority_error": "",		# has_local_authority could not ask the DNS

    "result_as_string": False,
    "shuffle_keys": True,
    "missing_acl_text": "You do not have permission to call this function.",
    "exit_code": 0,			# of a program whose call failed
    "garbage": "",			# printed instead of the reply
    "slow": 0,			# seconds before the reply
    "slow_write": 0,		# seconds inside set_always_accept, before the files change
    "truncated": False,		# half of the reply
    "die_after_write": False,	# killed between the write and the reply
    "content_type": "application/json; charset=\"utf-8\"",
    "chunked": False,
    "http_status": 0,		# answer everything with this status
    "live_api": False,		# a .live.cgi finds LiveAPI, and gets Jupiter's frame
    "auth_failure": "403",		# "403" as seen, "401" or "login" (a page, status 200)
}


def quirks():
    try:
        with open(STATE + "/quirks.json", encoding="utf-8") as f:
            return {**QUIRKS, **json.load(f)}
    except FileNotFoundError:
        return dict(QUIRKS)
