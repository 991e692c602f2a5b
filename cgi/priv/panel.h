#ifndef PRIV_PANEL_H
#define PRIV_PANEL_H

#include "priv/commands.h"
#include "priv/reply.h"
#include "priv/setting.h"

/*
 * What every change through the panel has in common. A reply is a word, not a
 * proof: a connection can drop after the change, and a program can fail after it
 * has printed success. What is read afterwards decides.
 */

/* Asks for a change. A program that failed or was cut leaves it unclear. */
void panel_change(const struct uapi_call *c, enum reply_kind kind, struct reply *r);

/* The first reading after a write may still be the old one: waits as long as is
 * due before the i-th of PANEL_READINGS, counted from 0. */
#define PANEL_READINGS 4
void panel_pause(size_t i);

/* The end of a setting's write, as setting.h wants it: what is read decides, whatever
 * the replies were; note says what an odd one was. */
int panel_read_back(const struct setting *s, const struct setting_act *x,
		    const struct reply *r, char found[SETTING_MAX], char note[256],
		    struct err *e);

/* How often to read after this reply: what was refused needs no patience. */
size_t panel_readings(const struct reply *r);

#endif
