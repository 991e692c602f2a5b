#ifndef MAIL_BAN_LIST_H
#define MAIL_BAN_LIST_H

#include "base/arena.h"
#include "base/text.h"
#include "core/blocking.h"

/*
 * Lists of banned and let-through addresses, one entry a line:
 *	csf.deny, csf.allow	ADDRESS[/BITS] # why - WHEN, or csf's advanced form
 *				tcp|in|d=25|s=1.2.3.4, or Include FILE
 *	csf.tempban, -allow	TIME|ADDRESS|PORT|in or out|SECONDS|why
 *	others			ADDRESS[/BITS] [# why]
 * (csf's readme.txt, csf.pl.) What is none of these is passed over and counted.
 */
struct ban_reader {
	enum ban_list list;
	struct arena *arena;
	struct ban *bans;	/* grows in the arena; to be set to NULL at first */
	size_t n, cap;
	unsigned odd;		/* entries that were not understood */
	unsigned includes;	/* lines that name another file, which is not read */
	const char *file;	/* the included one that is read; NULL: the list itself */
};

#define BANS_MAX 1000000u	/* further ones are counted as odd */

void ban_list_read(struct ban_reader *r, struct slice text, int64_t now);
/* What csf's lists include: "Include PATH" before the lines of each file, and
 * "Include! PATH" for one that is not read (priv/included.h). */
void ban_list_read_included(struct ban_reader *r, struct slice text, int64_t now);
void ban_add(struct ban_reader *r, const struct ban *ban);
/* Sorts what all lists gave into *out. */
void bans_settle(struct ban *bans, size_t n, struct arena *a, struct ban_facts *out);

#endif
