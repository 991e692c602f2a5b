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
 *
 * A line that is not understood is told, never passed over in silence. Any bytes
 * are read; nothing is allocated.
 */
struct settings {
	struct slice rest;
	unsigned line;		/* of the setting given last, 1-based */
};

enum setting_kind { SETTING_ADDRESS, SETTING_GATEWAY, SETTING_FAULT };

struct setting {
	enum setting_kind kind;
	unsigned line;
	struct ip ip;				/* of an address */
	char suffix[DOMAIN_TEXT_MAX];		/* of a gateway: lower case */
	struct slice title;			/* of a gateway: what it is called; or empty */
	const char *why;			/* of a fault: a clause */
};

void settings_init(struct settings *s, struct slice text);
/* The next line that says something, false at the end. */
bool settings_next(struct settings *s, struct setting *out);

#endif
