#ifndef PRIV_CONVERSATION_H
#define PRIV_CONVERSATION_H

/*
 * Serves one connection until the peer closes it or is silent too long: 10 s
 * for the first word. fd is a SOCK_SEQPACKET socket, taken over. The exit
 * status of the process: 0, or 1 when it was no such socket.
 */
int conversation_serve(int fd);

#endif
