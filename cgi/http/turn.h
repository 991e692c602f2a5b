#ifndef HTTP_TURN_H
#define HTTP_TURN_H

#include <sys/types.h>

/*
 * Who of the users' front speaks with the helper: one connection of a uid at a
 * time, and TURNS_IN_ALL together, which is what the helper takes of this front.
 * Whoever comes later waits in the order of coming, behind one request of each
 * other account at most, however often those ask. Record locks over a memory file
 * that the front's children inherit: a child that dies gives its turn back.
 */
#define TURNS_IN_ALL 2

int turns_new(void);	/* a descriptor, or -1 with errno; made before any fork */
void turn_take(int turns, uid_t uid);
void turn_end(int turns);

#endif
