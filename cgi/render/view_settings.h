#ifndef RENDER_VIEW_SETTINGS_H
#define RENDER_VIEW_SETTINGS_H

#include <json-c/json.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The administrator's own settings (mail/settings.h) as an object: "address",
 * "gateway", "probe_to", "one_call" and "mute", a list each, "scan_every", "scan_on_change",
 * "probe_every" and "api_rate" (null: not there), and "faults": lines that are not understood. Each is
 * {"about","expect"}: what it is about, and the value as the helper's set_own has it.
 */
json_object *view_settings(struct slice text, int64_t now, struct arena *a);

/* A mute's value as set_own has it, as the "muted" of a finding; NULL: it is none. */
json_object *view_mute(const char *finding, const char *value, struct arena *a);

#endif
