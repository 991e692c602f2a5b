#include "mail/relay.h"

static const struct {
	const char *name, *text;
} limits[RELAY_LIMITS] = {
	[RELAY_STALE] = { "stale",
		"The configuration on disk is newer than the running daemon and may not have been read yet: a test session goes by the file, a real one by what the daemon has read." },
	[RELAY_LOOPBACK] = { "loopback",
		"The client is this server itself. Where the configuration identifies local users by their socket, a real connection may be judged otherwise: a test session has none." },
	[RELAY_LOGIN] = { "login",
		"The login is taken for granted: neither the password nor TLS was tried. A real client must use TLS where AUTH is only offered within it." },
	[RELAY_TLS] = { "tls",
		"An ACL asks whether the session is encrypted, and a test session never is." },
	[RELAY_RATE] = { "rate",
		"A rate limit takes part. It counts this session too, and a real client meets it with the count of that moment." },
	[RELAY_CALLOUT] = { "callout",
		"An address is verified by asking another server, which a test session leaves out." },
	[RELAY_IPV6] = { "ipv6",
		"A test session writes the client's IPv6 address out in full and a real one shortens it. Lists of addresses do not mind; a condition that compares it as text does." },
};

const char *relay_limit_name(enum relay_limit l)
{
	return limits[l].name;
}

const char *relay_limit_text(enum relay_limit l)
{
	return limits[l].text;
}
