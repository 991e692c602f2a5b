#ifndef RENDER_DIAGRAM_PATH_H
#define RENDER_DIAGRAM_PATH_H

#include <json-c/json.h>

/*
 * The drawing of view_path: a row a step, as far to the right as it is deep, with a line
 * from the step that it comes from. Numbers and texts only, as render/diagram.h.
 *
 * {"width","height","rows":[{"x","y","text","note","series","links":[{"x","from","y","to"}]}]};
 * a link goes down at x from `from` to y, then right to `to`; the first row has none.
 * series: "circle", "outside", "end" or "way". NULL: there is nothing to draw.
 */
json_object *diagram_path(json_object *path);

#endif
