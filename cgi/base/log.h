#ifndef BASE_LOG_H
#define BASE_LOG_H

/* One event, one line on stderr, one write: "<level>text", as journald reads
 * it. Control bytes in what the format produces are shown as \xHH, so a stranger's
 * text cannot forge a line. Cut at 2 KiB. */
enum log_level { LOG_LINE_ERROR = 3, LOG_LINE_WARNING = 4, LOG_LINE_INFO = 6 };

__attribute__((format(printf, 2, 3)))
void log_line(enum log_level level, const char *fmt, ...);

#endif
