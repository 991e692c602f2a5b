#ifndef CLI_PROBE_RELAY_H
#define CLI_PROBE_RELAY_H

/* `relaydoctor probe relay …`; argv[0] is "relay". */
int probe_relay(int argc, char **argv);

#endif
