#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "sources/world.h"

const struct world_file_row world_files[NWORLD_FILES] = {
#define X(id, row, path, mib) [WORLD_##id] = { row, path, (uint64_t)(mib) << 20 },
	WORLD_FILES(X)
#undef X
};

const char *world_command_name(enum world_command c)
{
	static const char *const names[NWORLD_COMMANDS] = {
		[WORLD_EXIM_BV] = "exim_bv",
		[WORLD_EXIM_BP] = "exim_bp",
		[WORLD_EXIM_DAEMON] = "exim_daemon",
		[WORLD_EXIM_BT] = "exim_bt",
		[WORLD_EXIM_BH] = "exim_bh",
		[WORLD_LISTENING] = "listening",
		[WORLD_PROBE_OUT] = "probe_out",
		[WORLD_LIST_MXS] = "list_mxs",
		[WORLD_LIST_POPS] = "list_pops",
		[WORLD_FILTER_RULES] = "filter_rules",
		[WORLD_CPHULK] = "cphulk",
		[WORLD_MAILBOX_STATUS] = "mailbox_status",
		[WORLD_MX_RECORDS] = "mx_records",
		[WORLD_LOCAL_AUTHORITY] = "local_authority",
		[WORLD_PROGRAM] = "program",
		[WORLD_HOME_MAIL] = "home_mail",
		[WORLD_FROZEN] = "frozen",
		[WORLD_FILTER_STATE] = "filter_state",
	};

	return names[c];
}

struct world_mode world_mode_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return (struct world_mode){ 0, 0 };
	return (struct world_mode){ st.st_mode & 07777, st.st_uid };
}

int world_text(struct world *w, enum world_file f, struct arena *a,
	       struct slice *out, struct err *e)
{
	const struct world_file_row *row = &world_files[f];
	struct world_mode ignored;
	char *text;
	size_t n;
	int fd = w->ops->file(w, f, &ignored, e), rc;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, row->max_size, a, &text, &n, row->path, e);
	close(fd);
	if (!rc)
		*out = (struct slice){ text, n };
	return rc;
}

void world_ahead(struct world *w, const struct world_question *q, size_t n,
		 void (*progress)(void *ctx, size_t done, size_t total), void *ctx)
{
	if (w->ops->ahead && n > 1)
		w->ops->ahead(w, q, n, progress, ctx);
}
