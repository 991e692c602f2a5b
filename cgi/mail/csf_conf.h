#ifndef MAIL_CSF_CONF_H
#define MAIL_CSF_CONF_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "core/blocking.h"

/*
 * "key=value" and `KEY = "value"` lines, as cpanel.config and csf.conf have
 * them: '#' begins a comment line, blanks around key, '=' and value do not
 * count, one pair of quotes around the value is taken off, and of two lines
 * with one key the last counts.
 */
bool config_get(struct slice text, const char *key, struct slice *value);
/* 1 for "1" … "9…", 0 for "0" and "", otherwise when the key is not there. */
int config_flag(struct slice text, const char *key, int otherwise);

/* What of csf.conf matters here (the file of csf 16; other versions have the
 * same keys). -1: that is no csf.conf, one of its main keys is missing. */
int csf_conf_read(struct slice text, struct arena *a, struct csf_facts *out);
/* "25,465,30000:35000"; known only when all of it was understood. */
void port_list_read(struct slice text, char range_mark, struct arena *a,
		    struct port_list *out);

#endif
