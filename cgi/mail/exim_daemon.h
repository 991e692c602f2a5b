#ifndef MAIL_EXIM_DAEMON_H
#define MAIL_EXIM_DAEMON_H

#include "base/text.h"
#include "core/facts.h"

/*
 * What the helper's verb exim_daemon prints: "process PID PARENT START" and "file
 * PATH MTIME", a line each; others are passed over. The daemon is Exim's process
 * whose parent is none of Exim's; of several the oldest.
 *
 * config_file: the file that `exim -bV` names, or NULL.
 */
#define EXIM_PROCESSES_MAX 4096

void exim_daemon_read(struct slice text, const char *config_file, struct exim_daemon *out);

/* The process began before the file was changed. A daemon that is sent a HUP stays
 * that process, reads its configuration anew, and only its log says so ("daemon
 * started", daemon.c; its pid file is not written again: measured, 4.96). */
bool exim_daemon_is_older(const struct exim_daemon *d);

/* A line of the log, oldest first; utc as in exim_log_utc. */
void exim_daemon_log(struct exim_daemon *d, struct slice line, int64_t (*utc)(int64_t wall));

enum exim_config_state {
	EXIM_CONFIG_READ,	/* or changed within the last minute, in which it may be */
	EXIM_CONFIG_UNREAD,
	EXIM_CONFIG_UNKNOWN,	/* unread, unless a HUP that no log tells of any more */
};

enum exim_config_state exim_daemon_judge(const struct exim_daemon *d, int64_t now);

#endif
