#include <string.h>

#include "mail/cursor.h"
#include "mail/exim_daemon.h"
#include "mail/exim_log.h"

#define PATIENCE 60		/* s, in which whoever changed it reloads Exim */

struct process {
	uint64_t pid, parent, start;
};

static bool take_process(struct slice line, struct process *out)
{
	return slice_uint(slice_cut(&line, ' '), UINT32_MAX, &out->pid) &&
		slice_uint(slice_cut(&line, ' '), UINT32_MAX, &out->parent) &&
		slice_uint(line, INT64_MAX, &out->start);
}

static void take_file(struct slice line, const char *config_file,
		      struct exim_daemon *out)
{
	struct slice path = slice_cut(&line, ' ');
	uint64_t at;

	if (config_file && slice_eq(path, config_file) && slice_uint(line, INT64_MAX, &at))
		out->changed = (int64_t)at;
}

static bool is_child(const struct process *all, size_t n, const struct process *p)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].pid == p->parent)
			return true;
	return false;
}

static void choose(const struct process *all, size_t n, struct exim_daemon *out)
{
	for (size_t i = 0; i < n; i++)
		if (!is_child(all, n, &all[i]) &&
		    (!out->pid || (int64_t)all[i].start < out->started)) {
			out->pid = (unsigned)all[i].pid;
			out->started = (int64_t)all[i].start;
		}
}

void exim_daemon_read(struct slice text, const char *config_file, struct exim_daemon *out)
{
	struct process all[EXIM_PROCESSES_MAX], one;
	struct slice line;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	while (slice_line(&text, &line)) {
		if (cursor_take(&line, "file "))
			take_file(line, config_file, out);
		else if (n < EXIM_PROCESSES_MAX && cursor_take(&line, "process ") &&
			 take_process(line, &one))
			all[n++] = one;
	}
	choose(all, n, out);
}

bool exim_daemon_is_older(const struct exim_daemon *d)
{
	return d->pid && d->changed > d->started;
}

void exim_daemon_log(struct exim_daemon *d, struct slice line, int64_t (*utc)(int64_t wall))
{
	struct exim_log_line x;
	int64_t at;
	size_t where;

	if (d->log_covers && !cursor_find(line, " daemon started: ", &where))
		return;
	exim_log_parse(line, &x);
	at = exim_log_utc(&x, utc);
	d->log_covers = d->log_covers || (at && at <= d->changed);
	if (x.type == EXIM_LOG_DAEMON_START && at > d->began)
		d->began = at;
}

enum exim_config_state exim_daemon_judge(const struct exim_daemon *d, int64_t now)
{
	if (!exim_daemon_is_older(d) || d->began >= d->changed ||
	    d->changed > now - PATIENCE)
		return EXIM_CONFIG_READ;
	return d->log_covers ? EXIM_CONFIG_UNREAD : EXIM_CONFIG_UNKNOWN;
}
