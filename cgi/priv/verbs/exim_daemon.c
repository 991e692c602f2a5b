#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/valid.h"
#include "priv/verb.h"

/*
 * Since when Exim runs, and its configuration is as it is: "process PID PARENT
 * START" for each process of Exim's program, and "file PATH MTIME" for each place
 * of its configuration. Times are seconds since 1970. Nothing is opened but /proc.
 */
#define TEXT_MAX (256u << 10)
#define STAT_MAX 1024

static const char *const files[] = {
	"/etc/exim.conf", "/etc/exim4/exim4.conf", "/etc/exim/exim.conf",
};

static void take_files(struct buf *b)
{
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!stat(files[i], &st) && S_ISREG(st.st_mode))
			buf_printf(b, "file %s %lld\n", files[i], (long long)st.st_mtime);
}

static int64_t booted_at(void)
{
	struct timespec now, up;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return (int64_t)now.tv_sec - (int64_t)up.tv_sec;
}

/* Fields 4 and 22 of /proc/PID/stat (proc(5)); the name before them may hold
 * anything, and ends at the last ')'. */
static bool read_stat(int proc, const char *pid, unsigned *parent, uint64_t *ticks)
{
	char path[64], text[STAT_MAX];
	const char *after;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.32s/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	after = strrchr(text, ')');
	return after && sscanf(after + 1, " %*c %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
			       parent, ticks) == 2;
}

static void take_process(struct buf *b, int proc, const char *pid,
			 const struct stat *exim, int64_t booted)
{
	char path[64];
	struct stat st;
	unsigned parent;
	uint64_t ticks;

	snprintf(path, sizeof(path), "%.32s/exe", pid);
	if (fstatat(proc, path, &st, 0) || st.st_ino != exim->st_ino ||
	    st.st_dev != exim->st_dev || !read_stat(proc, pid, &parent, &ticks))
		return;
	buf_printf(b, "process %s %u %lld\n", pid, parent,
		   (long long)(booted + (int64_t)(ticks / (uint64_t)sysconf(_SC_CLK_TCK))));
}

static int take_processes(struct buf *b, struct err *e)
{
	DIR *d = opendir("/proc");
	int64_t booted = booted_at();
	struct dirent *x;
	struct stat exim;
	uint64_t pid;
	int rc = -1;

	if (!d)
		err_set(e, ERR_UNAVAILABLE, "/proc: %s", strerror(errno));
	else if (stat(PATH_EXIM, &exim))
		err_set(e, ERR_NOT_FOUND, "%s: %s", PATH_EXIM, strerror(errno));
	else
		rc = 0;
	while (!rc && (x = readdir(d)))
		if (slice_uint(slice_of(x->d_name), UINT32_MAX, &pid))
			take_process(b, dirfd(d), x->d_name, &exim, booted);
	if (d)
		closedir(d);
	return rc;
}

static int run(struct ask *a, struct err *e)
{
	struct buf b = BUF_INIT(TEXT_MAX);

	take_files(&b);
	if (!take_processes(&b, e)) {
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
