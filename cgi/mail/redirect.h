#ifndef MAIL_REDIRECT_H
#define MAIL_REDIRECT_H

#include <stdbool.h>

#include "base/text.h"
#include "core/forwarding.h"

/*
 * The value of an alias, item by item, as a redirect router reads it (Exim
 * specification, chapter 22.5): items are separated by commas outside quotes; an
 * item is an address, a bare name, "|command", "/file", or a word between colons.
 * What follows :fail: or :defer: is one text to the end. Panels write such words in
 * quotes (":fail: No Such User Here"), which means the same here.
 */
#define ADDRESS_TEXT_MAX 320

struct redirect_item {
	enum forward_kind kind;
	/* An address: both parts in lower case, without the comment or name around
	 * it. Else "". */
	char address[ADDRESS_TEXT_MAX];
	struct slice text;	/* as written, without quotes around it */
};

/* The next item, taken off *rest; false at the end. */
bool redirect_next(struct slice *rest, struct redirect_item *out);

/* Copies an address in lower case when it is one: local part of 1–64 printable
 * bytes without blanks, a domain. */
bool redirect_address(char out[ADDRESS_TEXT_MAX], struct slice s);

#endif
