#ifndef MAIL_SMTP_TALK_H
#define MAIL_SMTP_TALK_H

#include "base/arena.h"
#include "base/text.h"
#include "core/ports.h"

/*
 * The transcript of a conversation with a mail port, as sources/smtp_client
 * writes and a recording keeps it: printable ASCII, what is not shown as \xHH,
 * one line each of
 *	= connected | = refused | = no answer | = error TEXT
 *	< a line that the server said		> a command that we sent
 *	= tls PROTOCOL | = tls failed TEXT
 *	= certificate NAME			the first name in it
 *	= until SECONDS				when it expires, since 1970
 *	= names us | = names others		whether it is for the name in our EHLO
 *	= silent | = closed | = broken WHY	how it ended early
 * What is not understood makes the state TALK_UNKNOWN, never TALK_ANSWERS.
 */
void smtp_talk_read(struct slice transcript, struct arena *a,
		    struct smtp_talk *out);

#endif
