#ifndef PRIV_ADDRESS_LIST_H
#define PRIV_ADDRESS_LIST_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "priv/setting.h"

/*
 * A file of root's that lists addresses, one entry a line: CSF's, Exim's. What is
 * a setting here is one line of it, "line 12: 192.0.2.1 # why", or
 * "not listed". A network that covers the address is another entry than the
 * address, and is never touched.
 */
#define NOT_LISTED "not listed"

struct address_list {
	const char *dir, *name;	/* "etc/csf", "csf.deny" */
	/* TIME|ADDRESS|…, as CSF keeps what is over after a while; otherwise
	 * ADDRESS, or CSF's advanced form tcp|in|d=25|s=ADDRESS. */
	bool temporary;
};

struct address_file {
	struct slice text;	/* in the arena of address_file_read */
	struct stat st;
};

struct address_entry {
	unsigned number;	/* of its line, from 1 */
	struct slice line;	/* without the LF */
	size_t at, whole;	/* where it begins, and its length with the LF */
};

#define ADDRESS_LIST_MAX (64u << 20)

/* A missing file is an empty one whose st_mode is 0. */
int address_file_read(const struct address_list *l, struct arena *a,
		      struct address_file *out, struct err *e);
/* How many lines name this address alone; the first of them in out. */
unsigned address_entries(const struct address_list *l, struct slice text,
			 const char *ip, struct address_entry *out);
/* The setting's value. ERR_DENIED: a line that could not be put back as it is, or
 * more than one. */
int address_list_read(const struct address_list *l, const char *ip,
		      char value[SETTING_MAX], struct err *e);
/* "line 12: TEXT" → both; false when it is not of that form. */
bool address_value_split(const char *value, unsigned *number, struct slice *line);

/* The text without that entry, and with this line before the one that has its
 * number (or at the end, where there are fewer). In a. */
struct slice address_text_without(struct slice text, const struct address_entry *x,
				  struct arena *a);
struct slice address_text_with(struct slice text, unsigned number,
			       struct slice line, struct arena *a);
/* "/etc/csf/csf.deny" */
const char *address_list_path(const struct address_list *l, char out[64]);

#endif
