#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/text.h"
#include "priv/sockets.h"

#define TEXT_MAX (4u << 20)
#define LISTEN_STATE "0A"

struct search {
	struct buf out;
	uint64_t inode[SOCKETS_MAX];
	size_t n;
	size_t left;		/* those whose process is not found yet */
	int64_t until;
};

/* ---- sockets ------------------------------------------------------------ */

/* The inode in a line of state LISTEN; 0 for any other. */
static uint64_t inode_of(const char *line)
{
	unsigned long inode = 0;
	char state[3];

	if (sscanf(line, " %*[0-9]: %*s %*s %2s %*s %*s %*s %*s %*s %lu", state,
		   &inode) != 2 || strcmp(state, LISTEN_STATE))
		return 0;
	return inode;
}

static int take_table(struct search *s, const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[512];

	if (!f)
		return -1;
	while (s->n < SOCKETS_MAX && fgets(line, sizeof(line), f)) {
		uint64_t inode = inode_of(line);

		if (!inode)
			continue;
		s->inode[s->n++] = inode;
		buf_printf(&s->out, "%s %s", name, line);
	}
	fclose(f);
	return 0;
}

/* ---- processes ---------------------------------------------------------- */

/* Takes the inode out of those that are looked for. */
static bool take_inode(struct search *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->inode[i] == inode) {
			s->inode[i] = 0;
			s->left--;
			return true;
		}
	return false;
}

static void name_of(int proc, char out[32])
{
	int fd = openat(proc, "comm", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 31);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
}

static void take_descriptor(struct search *s, int proc, int fds,
			    const char *number, const char *pid)
{
	char target[64], name[32];
	ssize_t n = readlinkat(fds, number, target, sizeof(target) - 1);
	unsigned long inode;

	if (n <= 0)
		return;
	target[n] = '\0';
	if (sscanf(target, "socket:[%lu]", &inode) != 1 || !inode ||
	    !take_inode(s, inode))
		return;
	name_of(proc, name);
	buf_printf(&s->out, "process %lu %s %s\n", inode, pid, name);
}

static bool goes_on(const struct search *s)
{
	return s->left && io_monotonic_ms() < s->until;
}

static void take_process(struct search *s, int root, const char *pid)
{
	int proc = openat(root, pid, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int fds = proc < 0 ? -1 : openat(proc, "fd", O_RDONLY | O_DIRECTORY |
					 O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fds < 0 ? NULL : fdopendir(fds);
	struct dirent *x;

	while (d && goes_on(s) && (x = readdir(d)))
		take_descriptor(s, proc, fds, x->d_name, pid);
	if (d)
		closedir(d);
	else if (fds >= 0)
		close(fds);
	if (proc >= 0)
		close(proc);
}

/* In the order of their numbers: a listener comes before what it forks. */
static void take_processes(struct search *s)
{
	DIR *d = opendir("/proc");
	struct dirent *x;
	uint64_t pid;

	while (d && goes_on(s) && (x = readdir(d)))
		if (slice_uint(slice_of(x->d_name), UINT32_MAX, &pid))
			take_process(s, dirfd(d), x->d_name);
	if (d)
		closedir(d);
}

int sockets_listening(struct err *e)
{
	struct search *s = calloc(1, sizeof(*s));
	int fd = -1;

	if (!s)
		abort();
	s->out = (struct buf)BUF_INIT(TEXT_MAX);
	s->until = io_monotonic_ms() + SOCKETS_MS;
	if (take_table(s, "/proc/net/tcp", "tcp")) {
		err_set(e, ERR_UNAVAILABLE, "/proc/net/tcp: %s", strerror(errno));
		goto out;
	}
	take_table(s, "/proc/net/tcp6", "tcp6");	/* a kernel without IPv6 has none */
	s->left = s->n;
	take_processes(s);
	fd = io_memfd("listening", s->out.data ? s->out.data : "", s->out.len);
	if (fd < 0)
		err_set(e, ERR_UNAVAILABLE, "no memory file: %s", strerror(errno));
out:
	buf_free(&s->out);
	free(s);
	return fd;
}
