#ifndef PRIV_LISTENER_H
#define PRIV_LISTENER_H

#include <stdbool.h>

#include "priv/setting.h"

/*
 * Whether anything listens on a port of the mail server, "26/IPv4", by the
 * kernel's own list; "listening" is had by WHM's restartservice of Exim, which
 * serves every port that its configuration and the panel's extra port name.
 */
#define LISTENING "listening"
#define NOT_LISTENING "not listening"

extern const struct setting setting_listener;

/* "26/IPv4" → 26 and 4; false when it is not of that form. */
bool listener_split(const char *name, unsigned *port, int *family);

#endif
