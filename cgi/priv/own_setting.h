#ifndef PRIV_OWN_SETTING_H
#define PRIV_OWN_SETTING_H

#include "priv/setting.h"

/*
 * One line of /etc/relaydoctor/relaydoctor.conf ("key = about value"), by its key and,
 * where a key may stand more than once, the word after it: "scan_every",
 * "gateway:filter.example.net", "mute:check:subject". The value is the rest of the line;
 * "set" where there is none, "absent" without such a line. What a value means, others
 * judge (mail/settings.h): here it is a line of text. A new line is put at the end, one
 * that is there is replaced in its place, and every other byte stays.
 *
 * ERR_DENIED: there are two such lines, or one that could not be put back as it is.
 */
extern const struct setting setting_own;
bool valid_own_setting(const char *name);
bool valid_own_value(const char *value);

#endif
