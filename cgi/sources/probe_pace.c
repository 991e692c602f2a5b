#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/paths.h"
#include "sources/probe_pace.h"

/* By the address's hash: of two with one place the later is remembered. */
#define PLACES 1024

struct turn {
	char address[56];
	int64_t at;		/* milliseconds since the server was started */
};

_Static_assert(sizeof(((struct turn *)0)->address) >= IP_TEXT_MAX, "each fits");

int probe_pace_open(void)
{
	if (geteuid() != 0) {
		errno = EPERM;
		return -1;
	}
	mkdir(PATH_RUN, 0755);	/* where nothing is installed */
	return open(PATH_OUTSIDE_LAST, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    0600);
}

static int64_t since_boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static off_t place_of(const char *address)
{
	uint32_t h = 2166136261u;

	for (; *address; address++)
		h = (h ^ (unsigned char)*address) * 16777619u;
	return (off_t)(h % PLACES) * (off_t)sizeof(struct turn);
}

static int check(int fd, const char *address, int64_t now, struct err *e)
{
	struct turn last;
	int64_t ago;

	if (pread(fd, &last, sizeof(last), place_of(address)) != (ssize_t)sizeof(last) ||
	    strncmp(last.address, address, sizeof(last.address)))
		return 0;
	ago = now - last.at;
	if (ago < 0 || ago >= PROBE_PACE_S * 1000)
		return 0;
	return err_set(e, ERR_LIMIT,
		       "%s was probed from here %lld s ago, and no address is probed more than once a minute: try again in %lld s",
		       address, (long long)ago / 1000,
		       (long long)(PROBE_PACE_S * 1000 - ago + 999) / 1000);
}

static int note(int fd, const char *address, int64_t now, struct err *e)
{
	struct turn this = { .at = now };

	memcpy(this.address, address, strlen(address));
	if (pwrite(fd, &this, sizeof(this), place_of(address)) == (ssize_t)sizeof(this))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "%s cannot be written: %s", PATH_OUTSIDE_LAST,
		       strerror(errno));
}

int probe_pace_take(int fd, const struct ip *to, size_t n, struct err *e)
{
	int64_t now = since_boot_ms();
	char text[IP_TEXT_MAX];

	if (flock(fd, LOCK_EX | LOCK_NB))
		return err_set(e, ERR_LIMIT, "another probe is at work here; there is one at a time");
	for (size_t i = 0; i < n; i++)
		if (check(fd, ip_text(text, &to[i]), now, e))
			return -1;
	for (size_t i = 0; i < n; i++)
		if (note(fd, ip_text(text, &to[i]), now, e))
			return -1;
	return 0;
}
