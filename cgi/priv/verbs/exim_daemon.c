#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "priv/exim_daemon.h"
#include "priv/valid.h"
#include "priv/verb.h"

static int run(struct ask *a, struct err *e)
{
	struct buf b = BUF_INIT(EXIM_DAEMON_TEXT_MAX);

	if (!exim_daemon_tell(&b, e)) {
		a->answer = io_memfd("exim_daemon", b.data ? b.data : "", b.len);
		if (a->answer < 0)
			err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
	}
	buf_free(&b);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_exim_daemon = {
	.name = "exim_daemon",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
