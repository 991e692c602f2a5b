#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/err.h"

/* FILE of a command line opened for reading; NULL or "-" is standard input
 * (descriptor 0 itself). A directory or a terminal device is no log. The
 * descriptor, or -1 with e. */
int input_open(const char *file, struct err *e);

/* What to call it in an error. */
const char *input_name(const char *file);

#endif
