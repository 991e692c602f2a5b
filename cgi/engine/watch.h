#ifndef ENGINE_WATCH_H
#define ENGINE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When a server scans itself: so long after the last scan, and when its domain
 * lists were changed and then left alone for a while. A panel that changes them
 * all the time is not waited for longer than WATCH_PATIENCE times that while, and
 * scans for this reason are at least WATCH_APART times as long apart.
 *
 * Times are seconds of a clock that only runs forward, given by the caller.
 */
#define WATCH_PATIENCE 5
#define WATCH_APART 10

struct watch_clock {
	int64_t scanned;		/* the last scan began, whoever asked for it */
	int64_t changed, settling;	/* the first and the last change since; 0: none */
};

struct watch_times {
	int64_t every, on_change;	/* 0: never */
};

void watch_scanned(struct watch_clock *c, int64_t now);
void watch_changed(struct watch_clock *c, int64_t now);
/* Seconds until a scan is due; 0: now; -1: none will be without a change. */
int64_t watch_due(const struct watch_clock *c, const struct watch_times *t, int64_t now);

/* A descriptor that becomes readable when something happens in the directory; -1
 * with errno. */
int watch_open(const char *dir);
/* Reads what has happened: one of the domain lists was written, or another file was
 * put in its place. */
bool watch_take(int fd);

#endif
