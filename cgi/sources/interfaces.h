#ifndef SOURCES_INTERFACES_H
#define SOURCES_INTERFACES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ip.h"

/* The addresses on this machine's interfaces, in a. */
int interfaces_list(struct arena *a, struct ip **out, size_t *n, struct err *e);

#endif
