#ifndef PRIV_PROGRAM_H
#define PRIV_PROGRAM_H

#include "base/err.h"

/*
 * Whether an account could start the program at this path: asked by a child that has
 * become that account for good, so that neither links nor what stands in a home are
 * anything that root looks at. Nothing is opened. A memory file with one word:
 * "there", "missing", "denied" (it may not be started, or a directory above it not be
 * entered), "odd" (no regular file).
 */
int program_look(const char *account, const char *path, struct err *e);

#endif
