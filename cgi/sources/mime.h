#ifndef SOURCES_MIME_H
#define SOURCES_MIME_H

#include "mail/bounce.h"

/*
 * A message as it travels (RFC 5322, 2045–2049) taken apart by GMime: transfer
 * encodings and charsets undone, bodies in the order in which they stand, those
 * of a message inside too. At most BOUNCE_PARTS bodies, MIME_DEPTH levels.
 * Strings live in a. False: it has no header that any message has, or GMime is not
 * there, which is logged: it is loaded when it is needed first.
 */
#define MIME_DEPTH 16

bool mime_read(struct slice message, struct arena *a, struct bounce_message *out);

#endif
