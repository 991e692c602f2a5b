#ifndef BASE_ROTATION_H
#define BASE_ROTATION_H

#include "base/err.h"

#define ROTATION_MAX 64

/*
 * A rotation of a log in /var/log below rootfd, as a path relative to it
 * ("var/log/exim_mainlog-20261122.gz"). `row` is the log's name, "_" and which:
 * exim_mainlog_1 is the newest. Which names logrotate gives depends on its
 * configuration, so all of them are known: .1, .2 … before -YYYYMMDD (the latest
 * date), either with or without .gz. -1, ERR_NOT_FOUND when there are not so many.
 */
int rotation_of_row(int rootfd, const char *row, char out[ROTATION_MAX], struct err *e);

#endif
