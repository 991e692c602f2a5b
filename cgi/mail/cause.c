#include "mail/cause.h"

static const char *const classes[CAUSE_CLASSES] = {
	[CAUSE_UNKNOWN] = "unknown",
	[CAUSE_NOISE] = "noise",
	[CAUSE_SPOOF_NEGATIVE] = "spoof_negative",
	[CAUSE_RELAY_UNAUTH] = "relay_unauth",
	[CAUSE_RELAY_REMOTE_DENIED] = "relay_remote_denied",
	[CAUSE_RELAY_OTHER_MTA] = "relay_other_mta",
	[CAUSE_AUTH_FAIL] = "auth_fail",
	[CAUSE_AUTH_TEMPFAIL] = "auth_tempfail",
	[CAUSE_AUTH_NOT_ADVERTISED] = "auth_not_advertised",
	[CAUSE_AUTH_REQUIRED_UPSTREAM] = "auth_required_upstream",
	[CAUSE_SENDER_VERIFY_FAIL] = "sender_verify_fail",
	[CAUSE_SENDER_VERIFY_DEFER] = "sender_verify_defer",
	[CAUSE_PERMISSION] = "permission",
	[CAUSE_UNROUTEABLE] = "unrouteable",
	[CAUSE_HOST_UNKNOWN_CPANEL] = "host_unknown_cpanel",
	[CAUSE_MX_DEAD] = "mx_dead",
	[CAUSE_MX_IP] = "mx_ip",
	[CAUSE_MX_NULL] = "mx_null",
	[CAUSE_MX_SELF] = "mx_self",
	[CAUSE_HOST_SELF] = "host_self",
	[CAUSE_DNS_TEMPFAIL] = "dns_tempfail",
	[CAUSE_NO_USER] = "no_user",
	[CAUSE_MAILBOX_FULL] = "mailbox_full",
	[CAUSE_LOOP] = "loop",
	[CAUSE_LOOP_EXPLOIT] = "loop_exploit",
	[CAUSE_RETRY_TIMEOUT] = "retry_timeout",
	[CAUSE_CONN_TIMEOUT] = "conn_timeout",
	[CAUSE_FW_BLOCK] = "fw_block",
	[CAUSE_HOLD] = "hold",
	[CAUSE_LIMIT_DEFERFAIL] = "limit_deferfail",
	[CAUSE_LIMIT_HOURLY] = "limit_hourly",
	[CAUSE_PTR_REMOTE] = "ptr_remote",
	[CAUSE_PROTO_ABUSE] = "proto_abuse",
	[CAUSE_RBL_LISTED] = "rbl_listed",
	[CAUSE_TOO_BIG] = "too_big",
	[CAUSE_TLS_REQUIRED] = "tls_required",
	[CAUSE_AUTH_POLICY] = "auth_policy",
};

const char *cause_class_name(enum cause_class c)
{
	return classes[c];
}

const char *cause_who_name(enum cause_who w)
{
	static const char *const names[] = {
		[WHO_NOBODY] = "nobody",
		[WHO_SENDER] = "sender",
		[WHO_US] = "this server",
		[WHO_REMOTE] = "remote server",
		[WHO_DNS] = "dns owner",
	};

	return names[w];
}

bool cause_is_known(const struct cause *c)
{
	return c->class > CAUSE_SPOOF_NEGATIVE;
}
