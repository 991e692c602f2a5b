#ifndef PRIV_PROTO_H
#define PRIV_PROTO_H

#include <stdint.h>

/*
 * The whole language spoken with the root helper: one SOCK_SEQPACKET datagram
 * each way, fixed size, verb names, no paths, nothing to parse. A descriptor
 * may travel beside either (SCM_RIGHTS): the accepted socket with `as_user`,
 * the answer's file with a read verb. Unused bytes are zero.
 */
#define PRIV_VERSION 1u

struct priv_request {
	uint32_t version;
	char verb[28];
	char name[256];		/* domain, account, file row, change id, login */
	char expect[256];	/* the value the plan was made against */
	char value[512];
};

/*
 * A job is handed over whole, as a sealed memory file of such rows beside the
 * verb `bulk`: what the verb that it names would be asked one by one. At most
 * PRIV_ROWS_MAX, no name twice.
 */
#define PRIV_ROWS_MAX 2000

struct priv_row {
	char name[256];
	char expect[256];
	char value[512];
};

struct priv_reply {
	uint32_t version;
	int32_t code;		/* enum errcode; 0: done */
	char text[512];		/* why not, for the administrator */
	char before[256];	/* what the verb found */
	char after[256];	/* what it read back */
	char change[64];	/* journal entry, a ticket, or what the verb names */
};

#endif
