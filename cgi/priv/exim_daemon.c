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

#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/exim_daemon.h"
#include "priv/field.h"
#include "priv/panel.h"

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

/* Fields 4, 6 and 22 of /proc/PID/stat (proc(5)); the name before them may hold
 * anything, and ends at the last ')'. False also for a process that leads no session:
 * a daemon does, and a delivery that outlives its daemon does not. */
static bool read_stat(int proc, const char *pid, unsigned *parent, uint64_t *ticks)
{
	char path[64], text[STAT_MAX];
	const char *after;
	unsigned session;
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
	return after && sscanf(after + 1, " %*c %u %*s %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
			       parent, &session, ticks) == 3 &&
		session == strtoul(pid, NULL, 10);
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

int exim_daemon_tell(struct buf *b, struct err *e)
{
	take_files(b);
	return take_processes(b, e);
}

/* ---- as a setting --------------------------------------------------------- */

#define NEW "new"
#define OLD "old"
#define START_MS 15000

bool valid_exim_daemon(const char *value)
{
	return !strcmp(value, NEW) || !strcmp(value, OLD);
}

bool valid_the_server(const char *name)
{
	return !strcmp(name, "server");
}

static bool took(struct slice *line, const char *word)
{
	size_t n = strlen(word);

	if (!slice_starts(*line, word))
		return false;
	*line = (struct slice){ line->p + n, line->n - n };
	return true;
}

/* Our own lines, read again: the start of the first process whose parent is none of
 * Exim's, and the file that was changed last. */
static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct buf b = BUF_INIT(EXIM_DAEMON_TEXT_MAX);
	uint64_t started = 0, changed = 0, at;
	struct slice text, line;
	int rc = exim_daemon_tell(&b, e);

	(void)account;
	(void)name;
	text = (struct slice){ b.data, b.len };
	while (!rc && slice_line(&text, &line)) {
		if (took(&line, "file ")) {
			slice_cut(&line, ' ');
			if (slice_uint(line, INT64_MAX, &at) && at > changed)
				changed = at;
		} else if (took(&line, "process ")) {
			slice_cut(&line, ' ');
			slice_cut(&line, ' ');
			if (slice_uint(line, INT64_MAX, &at) && (!started || at < started))
				started = at;
		}
	}
	buf_free(&b);
	if (rc)
		return -1;
	if (!started || !changed)
		return err_set(e, ERR_NOT_FOUND, started ?
			       "Exim's configuration was not found" : "Exim does not run");
	field_print(value, SETTING_MAX, "%s", started < changed ? OLD : NEW);
	return 0;
}

static int write_value(const struct setting_act *x, char found[SETTING_MAX],
		       char note[256], struct err *e)
{
	static const struct timespec nap = { .tv_nsec = 250000000 };
	/* A daemon that is started would hold an inherited lock for ever. */
	const struct uapi_call c = {
		.function = "restartservice", .key = { "service" }, .value = { "exim" },
		.deadline_ms = 2 * COMMAND_WRITE_MS, .lock = -1,
	};
	int64_t until;
	struct reply r;

	note[0] = '\0';
	panel_change(&c, REPLY_WHM, &r);
	until = io_monotonic_ms() + START_MS;
	/* Between two daemons there is none. */
	do {
		if (!read_value(NULL, x->name, found, e) && !strcmp(found, x->value))
			break;
		found[0] = '\0';
		nanosleep(&nap, NULL);
	} while (r.verdict != REPLY_REFUSED && io_monotonic_ms() < until);
	if (!*found && read_value(NULL, x->name, found, e)) {
		found[0] = '\0';
		return -1;
	}
	if (strcmp(found, x->value))
		return err_set(e, ERR_UNAVAILABLE, "WHM was asked to restart Exim, and its daemon is the old one still%s%s",
			       *r.why ? ": " : "", r.why);
	if (*r.why)
		field_print(note, 256, "the daemon is a new one, but WHM's reply was: %s", r.why);
	return 0;
}

const struct setting setting_exim_daemon = {
	.what = "the daemon", .of_server = true,
	.no_undo = "a restart leaves nothing to put back",
	.read = read_value, .write = write_value,
};
