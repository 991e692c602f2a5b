#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/paths.h"
#include "priv/lock.h"
#include "priv/place.h"

int lock_take(int wait_ms, struct err *e)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	int64_t until = io_monotonic_ms() + wait_ms;
	int fd = place_file(PATH_CHANGE_LOCK, O_RDWR, e);

	if (fd < 0)
		return -1;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || io_monotonic_ms() >= until) {
			close(fd);
			return err_set(e, ERR_UNAVAILABLE,
				       "another change is still at work (the lock %s is held); try again",
				       PATH_CHANGE_LOCK);
		}
		nanosleep(&nap, NULL);
	}
	return fd;
}

void lock_drop(int lock)
{
	if (lock < 0)
		return;
	flock(lock, LOCK_UN);
	close(lock);
}

#define AT_WORK "w"
#define ENDED "e"

bool lock_begin(int lock)
{
	char last = *AT_WORK;
	bool ended = pread(lock, &last, 1, 0) == 1 && last == *ENDED;

	/* Unwritten it would only be settled once too often. */
	return pwrite(lock, AT_WORK, 1, 0) == 1 && ended;
}

/* Unwritten, the next one settles what needs no settling. */
void lock_end(int lock)
{
	if (pwrite(lock, ENDED, 1, 0) != 1)
		log_line(LOG_LINE_WARNING, "%s cannot be written: %s",
			 PATH_CHANGE_LOCK, strerror(errno));
}
