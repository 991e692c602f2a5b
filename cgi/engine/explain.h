#ifndef ENGINE_EXPLAIN_H
#define ENGINE_EXPLAIN_H

#include "mail/explanation.h"

#define EXPLAIN_MAX (1u << 20)	/* bytes of a text; a longer one is refused */

/*
 * Reads whatever somebody has at hand: a bounce as a message or pasted, log
 * lines, one line of an SMTP error. Runs where nothing can be lost: the text
 * was written by strangers. Always gives an explanation; it can be "unknown".
 */
void explain_text(struct slice text, struct arena *a, struct explanation *out);

#endif
