#include "http/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

/* One byte a turn, and behind them one a uid. */
static int set(int turns, int how, short type, off_t at, off_t n)
{
	struct flock l = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = n,
	};
	int rc;

	do
		rc = fcntl(turns, how, &l);
	while (rc && errno == EINTR);
	return rc;
}

int turns_new(void)
{
	return memfd_create("turns", MFD_CLOEXEC);
}

void turn_take(int turns, uid_t uid)
{
	set(turns, F_SETLKW, F_WRLCK, TURNS_IN_ALL + (off_t)uid, 1);
	for (off_t i = 0; i < TURNS_IN_ALL; i++)
		if (!set(turns, F_SETLK, F_WRLCK, i, 1))
			return;
	set(turns, F_SETLKW, F_WRLCK, uid % TURNS_IN_ALL, 1);
}

void turn_end(int turns)
{
	set(turns, F_SETLK, F_UNLCK, 0, 0);
}
