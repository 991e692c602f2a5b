#ifndef MAIL_PROBE_H
#define MAIL_PROBE_H

#include "base/arena.h"
#include "base/text.h"
#include "core/ports.h"

/*
 * What the helper's verb `probe_out` prints:
 *	probe 1 SECONDS ACCOUNT|-
 *	try USER ADDRESS PORT RESULT ERRNO MS OFFENDER|- kept|left here|there BANNER
 * The banner is what a stranger said, printable, the rest of the line. Lines
 * that are not of this form are passed over; without the first one there is no
 * probe (present stays false).
 */
#define PROBE_TRIES_MAX 200

void probe_read(struct slice text, struct arena *a, struct out_probe *out);

#endif
