# Relay Doctor. `make` builds into build/ (or B=DIR); `make help` lists targets.
B       ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
DESTDIR ?=

PKGS    := json-c libcares libpsl openssl zlib
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2
ifeq ($(DEVELOPER),1)
WARN    += -Werror
endif
HARDEN  := -fstack-protector-strong -fPIE
ifndef SANITIZE
HARDEN  += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
HARDEN  += -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -U_FORTIFY_SOURCE
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Icgi -I$(B)/gen $(WARN) $(HARDEN) \
	$(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
LIBS     = $(shell pkg-config --libs $(PKGS)) -lresolv -lpthread
FCGI_LIBS := -lfcgi

obj = $(patsubst cgi/%.c,$(B)/%.o,$(wildcard $(addsuffix /*.c,$(addprefix cgi/,$(1)))))

PURE    := core mail checks fixes
LIB_OBJ := $(call obj,base $(PURE) sources engine render) $(B)/priv/client.o
CLI_OBJ := $(call obj,cli) $(B)/main_cli.o
FRONT_OBJ := $(call obj,http) $(B)/main_front.o
HELPER_OBJ := $(call obj,base priv/verbs) $(B)/main_helper.o \
	$(filter-out $(B)/priv/client.o,$(call obj,priv))
DOOR_OBJ := $(B)/main_door.o
HELPER_LIBS := $(shell pkg-config --libs json-c)

PROGRAMS := $(B)/relaydoctor $(B)/relaydoctor-front $(B)/relaydoctor-helper $(B)/door.cgi

all: $(PROGRAMS)

# One X(name) for each file in checks/, fixes/ and priv/verbs/: adding a file
# adds the rule.
$(B)/gen/%.inc: FORCE
	@mkdir -p $(@D)
	@for f in $(sort $(basename $(notdir $(wildcard cgi/$*/*.c cgi/priv/$*/*.c)))); do \
		echo "X($$f)"; done >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

$(B)/core/check.o: $(B)/gen/checks.inc
$(B)/core/fix.o: $(B)/gen/fixes.inc
$(call obj,priv) $(B)/main_helper.o: $(B)/gen/verbs.inc

$(B)/%.o: cgi/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/librelaydoctor.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(B)/relaydoctor: $(CLI_OBJ) $(B)/librelaydoctor.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/relaydoctor-front: $(FRONT_OBJ) $(B)/librelaydoctor.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(FCGI_LIBS) $(LIBS)

$(B)/relaydoctor-helper: $(HELPER_OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(HELPER_LIBS)

# Static where the platform has libc.a (EL packs it apart): it starts twice as
# fast.
$(B)/door.cgi: $(DOOR_OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -static-pie -o $@ $^ 2>/dev/null || \
		$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

include tests/tests.mk

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all clean FORCE
