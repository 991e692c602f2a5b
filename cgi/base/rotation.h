#ifndef BASE_ROTATION_H
#define BASE_ROTATION_H

#include "base/err.h"

#define ROTATION_MAX 64

/*
 * The newest rotation of the log `name` in /var/log below rootfd, as a path
 * relative to it ("var/log/exim_mainlog-20261122.gz"). Which names logrotate
 * gives depends on its configuration, so all of them are known: .1 before
 * -YYYYMMDD (the latest date), either with or without .gz. -1, ERR_NOT_FOUND
 * when there is none.
 */
int rotation_newest(int rootfd, const char *name, char out[ROTATION_MAX],
		    struct err *e);

#endif
