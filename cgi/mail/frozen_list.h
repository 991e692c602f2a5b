#ifndef MAIL_FROZEN_LIST_H
#define MAIL_FROZEN_LIST_H

#include "base/arena.h"
#include "core/facts.h"

/*
 * What the helper's verb "frozen" prints (priv/spool.h), and of each bounce's text whether it
 * says that the mail went in circles (mail/bounce.h). A message that is not in that form is
 * passed over; strings live in a.
 */
#define FROZEN_TEXT_MAX 8192u	/* bytes of a bounce that are read */

void frozen_list_read(struct slice text, struct arena *a, struct queue_facts *out);

#endif
