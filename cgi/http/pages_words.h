#ifndef HTTP_PAGES_WORDS_H
#define HTTP_PAGES_WORDS_H

#include <json-c/json.h>

/*
 * Our words for a reader: beside each member that holds one of the API's fixed
 * words ("mxcheck":"auto") a member NAME_label says it plainly; beside each
 * time one that reads as a date. A word that is not known is its own label.
 * Beside "expect" and "value" stand NAME_short, for rows of many, and "anew": both
 * are the same.
 * Beside "mxcheck" stands "automatic"; a finding's "fix" gets the "finding".
 */
void pages_words(json_object *o);

/* Beside the time KEY (at most 24 bytes) KEY_label, and nothing else. */
void pages_words_time(json_object *o, const char *key);

#endif
