#ifndef MAIL_OPEN_MESSAGES_H
#define MAIL_OPEN_MESSAGES_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Who sent the messages whose last line is still to come, by message id, so that a
 * line hours later, in another file, can be put to somebody's account. The last
 * OPEN_MESSAGES of them are known, longer names are not.
 */
#define OPEN_MESSAGES 4096
#define OPEN_ID_MAX 24
#define OPEN_ACCOUNT_MAX 96

struct open_message {
	char id[OPEN_ID_MAX];		/* "": no message */
	char account[OPEN_ACCOUNT_MAX];
	uint16_t next;			/* of the same hash, plus one */
};

struct open_messages {
	struct open_message *all;	/* OPEN_MESSAGES */
	uint16_t *bucket;		/* as many */
	size_t at;			/* the next one's place: the oldest stands there */
};

void open_messages_init(struct open_messages *m, struct arena *a);
/* A message has come; the same one again changes nothing. */
void open_messages_put(struct open_messages *m, struct slice id, struct slice account);
/* "" when it is not known. */
struct slice open_messages_find(const struct open_messages *m, struct slice id);
/* Its last line has come. */
void open_messages_end(struct open_messages *m, struct slice id);

#endif
