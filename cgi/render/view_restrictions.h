#ifndef RENDER_VIEW_RESTRICTIONS_H
#define RENDER_VIEW_RESTRICTIONS_H

#include <json-c/json.h>

#include "base/arena.h"
#include "core/facts.h"

/*
 * Who keeps the sites' own programs from other mail servers, by the rules as they run
 * and by what WHM and CSF have set. The caller's; strings of an arena are made in a.
 *
 * {"state":"free|stopped|led back|partly|unknown","text","owner":TEXT|null,
 *  "setting":"WHM off, CSF on"|null,"exempt":TEXT|null,"finding":ID,
 *  "mend":ID|null,"offer":"on|off"|null}
 *
 * finding: of which the fix set_restrictions may be asked with value=offer. mend: the one
 * that a scan has where the settings contradict each other, with the fix for that.
 */
json_object *view_restrictions(const struct facts *f, struct arena *a);

#endif
