#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/paths.h"
#include "priv/valid.h"
#include "priv/verb.h"

/* Never waits: a service that is busy is one that does not answer. */
static int dial(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = PATH_SCAN_SOCK };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s >= 0 && connect(s, (struct sockaddr *)&sa, sizeof(sa))) {
		close(s);
		s = -1;
	}
	return s;
}

/* A connection to the scan service on which root has already said for whose
 * objects alone it answers (engine/ask.h): whoever gets it asks the rest. The
 * account's name is of letters, digits and "_" (valid_account). */
static int run(struct ask *a, struct err *e)
{
	char line[128];
	int s = dial(), n;

	n = snprintf(line, sizeof(line), "{\"op\":\"mine\",\"account\":\"%s\"}\n",
		     a->with->caller.by);
	if (s >= 0 && valid_account(a->with->caller.by) &&
	    send(s, line, (size_t)n, MSG_NOSIGNAL) == n && !fcntl(s, F_SETFL, 0)) {
		a->answer = s;
		return 0;
	}
	err_set(e, ERR_UNAVAILABLE, "the scan service at %s does not answer (%s)",
		PATH_SCAN_SOCK, strerror(errno));
	if (s >= 0)
		close(s);
	return -1;
}

const struct verb verb_my_scan = {
	.name = "my_scan",
	.who = WHO_ACCOUNT,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
