#ifndef PRIV_SANDBOX_H
#define PRIV_SANDBOX_H

#include <sys/types.h>

#include "base/err.h"

/* Every descriptor of this process but one. */
void sandbox_close_all_but(int keep);

/*
 * For a forked child that only computes: every descriptor but `keep` is closed,
 * groups and ids are given up for good, no new privileges, no files, no core, a
 * few seconds of time, and a seccomp filter that leaves memory, write and exit.
 * The filter alone may be missing (an old kernel, another architecture);
 * everything else must work or -1 is returned and the child must not go on.
 */
int sandbox_enter(uid_t uid, gid_t gid, int keep);

#endif
