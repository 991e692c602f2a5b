#ifndef MAIL_SETTINGS_H
#define MAIL_SETTINGS_H

#include <stdbool.h>

#include "base/ip.h"
#include "base/text.h"
#include "mail/domain_list.h"

/*
 * The administrator's /etc/relaydoctor/relaydoctor.conf: "key = value" lines, each
 * key as often as needed, comments on lines of their own.
 *
 *	address = 198.51.100.7			an address is this server's too
 *	gateway = filter.example.net Our filter	hosts below it hand mail on to us
 *	scan_every = 24h			the server scans itself so often, or: never
 *	scan_on_change = 60s			and when its lists were changed and then
 *						left alone for so long, or: never
 *	probe_to = 198.51.100.9			a probe connects there, not where mail went last
 *	mute = ID until 2026-12-31 by root seen 0123456789abcdef because WHY
 *						a finding is not counted (core/mute.h)
 *	probe_every = 24h			a scan probes port 25 of others so often;
 *						without this line it never does
 *	api_rate = 600				how often a login may call the API a minute
 *	one_call = set_routing			a fix that one call may plan and apply
 *
 * A line that is not understood is told, never passed over in silence. Any bytes
 * are read; nothing is allocated.
 */
struct settings {
	struct slice rest;
	unsigned line;		/* of the setting given last, 1-based */
};

enum setting_kind { SETTING_ADDRESS, SETTING_GATEWAY, SETTING_EVERY, SETTING_ON_CHANGE,
	SETTING_PROBE_EVERY, SETTING_PROBE_TO, SETTING_MUTE, SETTING_API_RATE, SETTING_ONE_CALL,
	SETTING_FAULT };

struct setting {
	enum setting_kind kind;
	unsigned line;
	struct slice text;			/* the line, trimmed */
	struct slice key, about, value;		/* about: the first word of what may stand more */
						/* than once; value: the rest; or empty */
	struct ip ip;				/* of an address, of a probe's host */
	char suffix[DOMAIN_TEXT_MAX];		/* of a gateway: lower case */
	struct slice title;			/* of a gateway: what it is called; or empty */
	unsigned seconds;			/* of a span; 0: never */
	unsigned number;			/* of a rate */
	struct slice word;			/* of a fix: [a-z_]+, 40 at most */
	struct slice finding, by, mark, reason;	/* of a mute, */
	int64_t until;				/* and when it is over */
	const char *why;			/* of a fault: a clause */
};

void settings_init(struct settings *s, struct slice text);
/* The next line that says something, false at the end. */
bool settings_next(struct settings *s, struct setting *out);

#endif
