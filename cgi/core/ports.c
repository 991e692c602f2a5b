#include "core/ports.h"

const char *talk_state_name(enum talk_state s)
{
	static const char *const names[] = {
		[TALK_NOT_ASKED] = "not asked", [TALK_UNKNOWN] = "unknown",
		[TALK_REFUSED] = "refused", [TALK_UNREACHED] = "no answer",
		[TALK_SILENT] = "silent", [TALK_CLOSED] = "closed",
		[TALK_NOT_SMTP] = "not SMTP", [TALK_TLS_FAILS] = "TLS fails",
		[TALK_TURNED_AWAY] = "turned away",
		[TALK_ANSWERS] = "answers",
	};

	return names[s];
}

const char *out_user_name(enum out_user u)
{
	static const char *const names[] = {
		[OUT_ROOT] = "root", [OUT_EXIM] = "exim", [OUT_NOBODY] = "nobody",
		[OUT_ACCOUNT] = "account",
	};

	return names[u];
}

const char *out_result_name(enum out_result r)
{
	static const char *const names[] = {
		[OUT_CONNECTED] = "connected", [OUT_TIMED_OUT] = "timeout",
		[OUT_RESET] = "reset", [OUT_REJECTED] = "rejected",
		[OUT_NO_ROUTE] = "no_route", [OUT_FAILED] = "failed",
		[OUT_NOT_TRIED] = "not_tried",
	};

	return names[r];
}
