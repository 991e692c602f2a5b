#ifndef MAIL_FILE_PACK_H
#define MAIL_FILE_PACK_H

#include <stdbool.h>

#include "base/text.h"

/*
 * Reads what base/pack.h packs. Any bytes are read; a line that is none of the
 * format's belongs to nothing.
 */
struct packed_file {
	struct slice name;
	struct slice lines;	/* each begins with '=': PACK_MARK for mail/lsearch */
	struct slice why;	/* it could not be read; name is empty where that
				 * is said of all that would follow */
};

#define PACK_MARK '='

/* The next file of *rest; false at the end. */
bool file_pack_next(struct slice *rest, struct packed_file *out);

#endif
