#ifndef RENDER_LOG_SUMMARY_H
#define RENDER_LOG_SUMMARY_H

#include <json-c/json.h>

#include "mail/log_summary.h"

#define SUMMARY_SHOWN 20	/* names of each kind */

/*
 * {"lines","old","from","to","classes":[{"class","count"}…],"domains":{…},
 * "clients":{…},"accounts":{…},"probes":{"refusals","networks","more"}}; each
 * kind of name is {"names":[{"name","count","at_most"}…],"others","exact"}:
 * the most frequent first, how many more were told apart, and whether all names
 * were. "at_most" is above "count" where a name may have been forgotten once.
 * Sorts what it shows.
 */
json_object *log_summary_json(struct log_summary *s);

#endif
