#ifndef HTTP_IDENTITY_H
#define HTTP_IDENTITY_H

#include "http/request.h"

/*
 * Who is asking, as far as a front can know it. For reading only: whoever
 * changes something is identified anew by the helper, by ticket or socket.
 */

/* The account of a peer on user.sock: the name of its uid, which cPanel must
 * have as an account. NULL when it has not; memory from a. */
const char *identity_account(struct arena *a, uid_t uid);

/* The door that WHM's doors (root, on admin.sock) say they are: 0, or -1 when
 * they say something else. */
int identity_door(const char *name, enum door *door);
const char *identity_door_name(enum door door);

#endif
