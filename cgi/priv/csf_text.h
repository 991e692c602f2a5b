#ifndef PRIV_CSF_TEXT_H
#define PRIV_CSF_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

/*
 * The text of csf.conf, read as CSF itself reads it (ConfigServer::Config of
 * CSF 14 to 16): a line that begins with white space or '#', or has no '=', is
 * none of its settings; every other one is KEY = "value", the value standing
 * between the line's first and last quotation mark after the '='; no key comes twice.
 */

/* ERR_UNAVAILABLE, with the line, for a text that CSF would refuse to start
 * with. */
int csf_text_check(struct slice text, struct err *e);
/* The value of the key, a piece of a text that was checked; p is NULL when it
 * is not there. */
struct slice csf_text_value(struct slice text, const char *key);

/* What the elements of a list may be. */
enum csf_list { CSF_LIST_PORTS, CSF_LIST_USERS };

/* The list "a,b,c" has the item. For a port *ranged (unless NULL) tells that a
 * range of the list covers it. */
bool csf_list_has(struct slice list, const char *item, bool *ranged);
/*
 * The list with the item at its end, or without it, all else as it was: what was
 * added is taken away again without a trace. ERR_DENIED for a list that is not
 * understood, or where a range covers the port; the same list where nothing is
 * to be done.
 */
int csf_list_with(enum csf_list kind, struct slice list, const char *item, bool in,
		  struct arena *a, struct slice *out, struct err *e);

#endif
