#ifndef MAIL_FORWARD_DIFFER_H
#define MAIL_FORWARD_DIFFER_H

#include "mail/exim_route.h"
#include "mail/forward_path.h"

/*
 * Where the path of an address and Exim's own route for it (-bt) differ; Exim is right. A
 * place that Exim names and the path does not, and an address of another server that lines
 * alone lead to and Exim does not name. What hangs on a default address (is there a
 * mailbox?) or on a filter's condition is known to Exim alone: nothing is said of it. Nothing
 * either where the path was cut, or Exim could not say where the mail goes.
 *
 * bt: what `exim -bt` printed. Sentences in a; how many, FORWARD_DIFFER_MAX at most.
 */
#define FORWARD_DIFFER_MAX 10

size_t forward_differ(const struct path_step *steps, size_t n, struct slice bt,
		      const char *out[FORWARD_DIFFER_MAX], struct arena *a);

#endif
