#ifndef PRIV_USER_PROOF_H
#define PRIV_USER_PROOF_H

#include "base/err.h"
#include "priv/accounts.h"

/*
 * The users' front proves for whom it speaks with the very socket that it
 * accepted: the kernel has noted who connected. Believed only if it is an
 * AF_UNIX stream, not listening, bound to user.sock, its other end unnamed (a
 * connecting end reports who called listen(), and may have bound itself to any
 * name in a namespace of its own) and not hung up. The account is the peer's
 * uid's, must be one of this server's, not suspended, and have the feature
 * `relaydoctor`.
 */
int user_proof(int fd, char account[ACCOUNT_MAX], struct err *e);

#endif
