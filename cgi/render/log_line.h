#ifndef RENDER_LOG_LINE_H
#define RENDER_LOG_LINE_H

#include "base/buf.h"
#include "mail/exim_log.h"

/*
 * A parsed log line, added to b with a line feed. What the line does not say is
 * left out.
 *
 * As JSON: one object, fields as log parsers share them (ts, type, host, helo,
 * ip, …; README.md lists them). A log is bytes: one that is no UTF-8 becomes
 * the escape \udcXX (the low surrogate U+DC00 + byte, as Python's
 * surrogateescape reads it), so nothing is lost and the output is plain JSON.
 */
void log_line_json(struct buf *b, const struct exim_log_line *x);

/* For a terminal: time, type, message, host and what it says, in one line; all
 * that a terminal would obey is shown as \xHH. */
void log_line_text(struct buf *b, const struct exim_log_line *x);

#endif
