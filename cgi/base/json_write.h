#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

#include <stdint.h>

#include "base/buf.h"

/*
 * JSON as text at once, for what comes by the thousand: as objects of json-c it
 * would take four times as long. Written as base/json.h prints it, byte for byte.
 * A key is NULL in an array and of the outermost value; keys are plain words. What
 * does not fit into b ends the process.
 */
void json_write_open(struct buf *b, const char *key, char bracket);	/* '{' or '[' */
void json_write_close(struct buf *b, char bracket);			/* '}' or ']' */
void json_write_text(struct buf *b, const char *key, const char *value);	/* NULL: null */
void json_write_number(struct buf *b, const char *key, int64_t value);
void json_write_flag(struct buf *b, const char *key, int value);

#endif
