#ifndef RENDER_DIAGRAM_H
#define RENDER_DIAGRAM_H

#include <json-c/json.h>

/*
 * The drawing of view_rejections: a column a day, a piece a cause. Numbers and texts
 * only; a template makes the SVG of them, and escapes what it prints. The four most
 * frequent causes have a series of their own ("0" to "3"), the others are "4".
 *
 * {"width","height","bar","base","labels","most","columns":[{"x","middle","label","day","count",
 * "parts":[{"y","height","series"}]}],"legend":[{"series","title","count"}]}.
 * NULL: there is nothing to draw.
 */
json_object *diagram_days(json_object *rejections);

#endif
