#ifndef SOURCES_SMTP_CLIENT_H
#define SOURCES_SMTP_CLIENT_H

#include "sources/world.h"

/*
 * A conversation with one of this server's own mail ports: greeting, EHLO,
 * STARTTLS where it is offered (or TLS first), EHLO again, QUIT; no login, no
 * mail. The server's certificate is looked at, not judged. The end is a
 * transcript (mail/smtp_talk.h), whatever happened; -1 only when nothing could
 * be begun.
 *
 * The port may be in anybody's hands: at most SMTP_CLIENT_BYTES are taken, and
 * everything is over within SMTP_CLIENT_MS. SIGPIPE is ignored from then on.
 */
#define SMTP_CLIENT_BYTES 32768
#define SMTP_CLIENT_MS 10000
#define SMTP_CLIENT_CONNECT_MS 3000

int smtp_client_talk(const struct smtp_place *to, struct arena *a, char **out,
		     size_t *n, struct err *e);

#endif
