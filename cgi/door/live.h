#ifndef DOOR_LIVE_H
#define DOOR_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * cPanel's LiveAPI, of which the users' door wants one thing: Jupiter's header
 * and footer (UAPI Chrome::get_dom). cpsrvd waits until a program that it started
 * from a .live.cgi has connected and said that it is done, so the connection is
 * opened first and shut whatever happens; live_shut() is safe in a signal
 * handler. LIVE_MS for all of it together: who answers later answers nobody.
 * Requests are "LENGTH LF TEXT"; replies carry no length and end with
 * </cpanelresult>, which may also stand in one of their values.
 */
#define LIVE_MS 2000
#define LIVE_REPLY_MAX (1u << 20)	/* bytes of all replies together */

/* Both are texts of markup, in the reply's own memory. */
struct live_frame {
	const char *header, *footer;
	size_t nheader, nfooter;
};

struct live {
	int fd;			/* -1: there is no LiveAPI */
	int64_t until;		/* ms of CLOCK_MONOTONIC */
	size_t n, from;		/* of bytes: received; before from it is taken */
	char bytes[LIVE_REPLY_MAX];
};

/* Connects to where cPanel says; a caller that gets -1 goes on without. */
int live_connect(const char *path);

/* Asks for the frame; false when it does not come whole, sound and in time. */
bool live_frame(struct live *l, int fd, struct live_frame *out);

/* The last word, and the end of the connection. -1 is nothing. */
void live_shut(int fd);

/*
 * Finds the frame in one reply, from its first byte to an end mark. LIVE_CUT: what
 * stands after <cpanelresult> is no whole JSON object (RFC 8259), so the mark may
 * be part of a value. LIVE_NONE: it is one, but does not say status 1 or has not
 * both texts. With LIVE_FRAME strings were unescaped in place and text is spent,
 * otherwise it is as it was.
 */
enum live_answer { LIVE_CUT, LIVE_NONE, LIVE_FRAME };

enum live_answer live_read_frame(char *text, size_t n, struct live_frame *out);

#endif
