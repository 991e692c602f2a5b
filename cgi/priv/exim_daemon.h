#ifndef PRIV_EXIM_DAEMON_H
#define PRIV_EXIM_DAEMON_H

#include "base/buf.h"
#include "priv/setting.h"

/*
 * Since when Exim runs, and its configuration is as it is: "process PID PARENT
 * START" for each process of Exim's program that leads a session, and "file PATH
 * MTIME" for each place of its configuration. Times are seconds since 1970. Nothing is
 * opened but /proc.
 */
#define EXIM_DAEMON_TEXT_MAX (256u << 10)

int exim_daemon_tell(struct buf *b, struct err *e);

/*
 * "old" while the daemon's process began before its configuration was last changed,
 * else "new". It is made new by a restart through WHM (restartservice), which cannot
 * be undone. name is "server".
 */
extern const struct setting setting_exim_daemon;
bool valid_exim_daemon(const char *value);
bool valid_the_server(const char *name);

#endif
