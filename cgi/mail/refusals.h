#ifndef MAIL_REFUSALS_H
#define MAIL_REFUSALS_H

#include "base/arena.h"
#include "base/text.h"
#include "core/facts.h"

/*
 * Domains in which recipients were refused: perhaps an account that has left, and
 * an MX that still says this server. Strangers choose these names, and a probe
 * may bring any number of them, so a fixed number is remembered: a new one takes
 * the place of the one that was named least. One that mail really comes for is
 * named again and again.
 */
#define REFUSALS_REMEMBERED 256
#define REFUSALS_TOLD 32

struct refusal_look;

struct refusal_look *refusal_look_new(struct arena *a);
/* A recipient in this domain (any bytes) was refused at that time. */
void refusal_note(struct refusal_look *l, struct slice domain, int64_t at);
/* Those named most often go to f->refused, the most frequent first. */
void refusal_look_end(struct refusal_look *l, struct facts *f);

#endif
