#ifndef MAIL_KEY_VALUE_H
#define MAIL_KEY_VALUE_H

#include <stdbool.h>

#include "base/text.h"

/*
 * "key: value" lines as /etc/userdomains (domain: account), /etc/trueuserdomains
 * and /etc/trueuserowners (account: reseller) have them. These files say what
 * the panel knows, not what Exim matches, so they are read leniently: a byte
 * order mark, CRLF, blanks around key and value, comments and blank lines are
 * passed over; a line without ':' or without a key is skipped.
 */
struct key_value {
	struct slice rest;
	unsigned line;		/* of the pair given last, 1-based */
};

#define KEY_TEXT_MAX 254

struct key_value_pair {
	unsigned line;
	char key[KEY_TEXT_MAX];		/* lower case; a trailing dot is taken off */
	bool is_domain;			/* the key is one */
	struct slice raw;		/* the key where it stands, without that dot */
	struct slice value;		/* trimmed; may be empty; case as written */
};

void key_value_init(struct key_value *k, struct slice text);
/* The next pair, false at the end. Keys too long for a domain are skipped. */
bool key_value_next(struct key_value *k, struct key_value_pair *out);

#endif
