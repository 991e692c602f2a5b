/* json-c as of 0.13, by the headers of a newer one. */
#define json_tokener_get_parse_end newer_json_tokener_get_parse_end
#include_next <json-c/json.h>
#undef json_tokener_get_parse_end
#undef JSON_C_VERSION_NUM
#define JSON_C_VERSION_NUM (13 << 8)
