#include "http/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

/* One byte a turn, one that the first in the queue has, and behind them one a uid. */
#define FIRST TURNS_IN_ALL
#define UIDS (FIRST + 1)
#define LOOK_MS 5	/* no call waits for whichever of two locks is free */

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

static bool take_a_free_one(int turns)
{
	for (off_t i = 0; i < TURNS_IN_ALL; i++)
		if (!set(turns, F_SETLK, F_WRLCK, i, 1))
			return true;
	return false;
}

/* The kernel keeps those who wait for one lock in the order in which they came. */
void turn_take(int turns, uid_t uid)
{
	set(turns, F_SETLKW, F_WRLCK, UIDS + (off_t)uid, 1);
	set(turns, F_SETLKW, F_WRLCK, FIRST, 1);
	while (!take_a_free_one(turns))
		poll(NULL, 0, LOOK_MS);
	set(turns, F_SETLK, F_UNLCK, FIRST, 1);
}

void turn_end(int turns)
{
	set(turns, F_SETLK, F_UNLCK, 0, 0);
}
