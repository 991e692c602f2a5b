#ifndef MAIL_BOUNCE_TEXT_H
#define MAIL_BOUNCE_TEXT_H

#include "base/arena.h"
#include "mail/cause.h"

/* The words of a bounce, piece by piece; for bounce.c alone. */

#define BOUNCE_BLOCKS 4000	/* pieces of a text that are looked at */
#define BOUNCE_BLOCK_MAX 8192	/* bytes; a longer piece is read in pieces */
#define BOUNCE_OF_EXIM "This message was created automatically by mail delivery software"

/* What stands between blank lines: one recipient and why, mostly. */
struct bounce_block {
	struct slice words;
	unsigned places;	/* who says it: PLACE_REMOTE, PLACE_HERE … or PLACE_LOOSE */
	bool exim;		/* in the words of Exim's delivery */
	bool header;		/* a header line that somebody copied */
	struct slice recipient, remote, reporter;	/* empty: not said */
};

/* The next piece of *text, which has plain lines; false at the end, or where a copy of the message
 * that comes back begins. */
bool bounce_block(struct slice *text, struct bounce_block *out);

/* Where the copy of the message that comes back stands in it, behind its mark; empty:
 * there is none. */
struct slice bounce_copy(struct slice text);

/* The next field of a delivery status with its continuation lines; an empty one
 * between two groups. */
bool bounce_field(struct slice *text, struct slice *field);

/* The text with LF alone at the end of each line, without the marks of a reply
 * that quotes it. */
struct slice bounce_plain_lines(struct slice text, struct arena *a);

/* HTML as the lines that a reader sees, roughly. */
struct slice bounce_without_tags(struct slice html, struct arena *a);

#endif
