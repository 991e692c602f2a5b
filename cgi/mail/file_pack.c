#include <string.h>

#include "mail/cursor.h"
#include "mail/file_pack.h"

/* The lines that belong to a file, taken off *rest. */
static struct slice take_lines(struct slice *rest)
{
	struct slice all = { rest->p, 0 };

	while (rest->n && *rest->p == PACK_MARK)
		slice_cut(rest, '\n');
	all.n = (size_t)(rest->p - all.p);
	return all;
}

bool file_pack_next(struct slice *rest, struct packed_file *out)
{
	memset(out, 0, sizeof(*out));
	while (rest->n) {
		struct slice line = slice_cut(rest, '\n');

		if (!line.n || !strchr("+-!", *line.p))
			continue;
		out->name = cursor_drop(line, 1);
		if (*line.p == '+') {
			out->lines = take_lines(rest);
			return true;
		}
		out->why = out->name;
		out->name.n = 0;
		if (*line.p == '-')
			out->name = slice_cut(&out->why, ' ');
		return true;
	}
	return false;
}
