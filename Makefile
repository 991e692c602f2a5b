# Relay Doctor. `make` builds into build/ (or B=DIR); `make help` lists targets.
B       ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
DESTDIR ?=

PKGS    := json-c libcares libpsl sqlite3 openssl zlib
# Loaded when needed (sources/whm_http, sources/mime): only their headers take part.
LOADED  := libcurl gmime-3.0
ifeq ($(filter help clean,$(MAKECMDGOALS)),)
ifneq ($(shell pkg-config --exists $(PKGS) $(LOADED) && echo found),found)
$(error pkg-config does not find all of: $(PKGS) $(LOADED). `sudo ./install.sh --deps` installs them)
endif
PKG_CFLAGS  := $(shell pkg-config --cflags $(PKGS) $(LOADED))
LIBS        := $(shell pkg-config --libs $(PKGS)) -lresolv -lpthread -ldl
HELPER_LIBS := $(shell pkg-config --libs json-c)
endif
FCGI_LIBS   := -lfcgi

WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wvla -Wformat=2
ifeq ($(DEVELOPER),1)
WARN    += -Werror -DCONFINE_KILLS
endif
# SANITIZE=address,undefined: sanitizers see less through fortified calls.
ifdef SANITIZE
HARDEN  := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -U_FORTIFY_SOURCE
else
HARDEN  := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Icgi -I$(B)/gen $(WARN) $(HARDEN) -fPIE \
	$(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

obj = $(patsubst cgi/%.c,$(B)/%.o,$(wildcard $(addsuffix /*.c,$(addprefix cgi/,$(1)))))

PURE       := core mail checks fixes
LIB_OBJ    := $(call obj,base $(PURE) sources engine render) $(B)/priv/client.o
CLI_OBJ    := $(call obj,cli) $(B)/main_cli.o
FRONT_OBJ  := $(call obj,http) $(B)/main_front.o
PRIV_OBJ   := $(filter-out $(B)/priv/client.o,$(call obj,priv priv/verbs))
HELPER_OBJ := $(call obj,base) $(PRIV_OBJ) $(B)/main_helper.o
DOOR_OBJ   := $(call obj,door) $(B)/main_door.o
OBJECTS    := $(sort $(LIB_OBJ) $(CLI_OBJ) $(FRONT_OBJ) $(HELPER_OBJ) $(DOOR_OBJ))

PROGRAMS := $(addprefix $(B)/,relaydoctor relaydoctor-front relaydoctor-helper door.cgi)

all: $(PROGRAMS)	## the four programs (DEVELOPER=1: warnings are errors, forbidden system calls kill)

objects: $(OBJECTS)	## compile only, link nothing

# Written anew when compiler or flags change, so that nothing stale is linked.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

# One X(name) for each file in checks/, fixes/ and priv/verbs/: adding a file
# adds the rule.
$(B)/gen/%.inc: FORCE
	@mkdir -p $(@D)
	@for f in $(sort $(basename $(notdir $(wildcard cgi/$*/*.c cgi/priv/$*/*.c)))); do \
		echo "X($$f)"; done >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

# The API's description, as bytes of an array.
$(B)/gen/openapi.inc: whm-plugin/openapi.json
	@mkdir -p $(@D)
	@od -An -v -td1 $< | sed 's/-*[0-9][0-9]*/&,/g' >$@

$(B)/http/app_status.o: $(B)/gen/openapi.inc
$(B)/core/check.o: $(B)/gen/checks.inc
$(B)/core/fix.o: $(B)/gen/fixes.inc
$(PRIV_OBJ): $(B)/gen/verbs.inc

# What reads logs, millions of lines of them, is worth the compiler's time.
$(B)/mail/%.o: private CFLAGS := $(CFLAGS:-O2=-O3)

$(B)/%.o: cgi/%.c $(B)/flags
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
# fast. DOOR=: not, where something looks on that has to be linked in.
DOOR    ?= -static-pie
$(B)/door.cgi: $(DOOR_OBJ)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(DOOR) -o $@ $^ 2>/dev/null || \
		$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

SHARE   := $(DESTDIR)/usr/share/relaydoctor
LIBEXEC := $(DESTDIR)/usr/libexec/relaydoctor
CPANEL  := $(DESTDIR)/usr/local/cpanel
WHM     := $(CPANEL)/whostmgr/docroot
CONF    := $(DESTDIR)/etc/relaydoctor/relaydoctor.conf
JUPITER := $(CPANEL)/base/frontend/jupiter

install: install-files	## put everything below DESTDIR (root's own /, if empty)
	install -D -m 755 $(B)/door.cgi $(WHM)/cgi/relaydoctor/admin.cgi
	install -D -m 755 $(B)/door.cgi $(WHM)/cgi/relaydoctor/reseller.cgi
	install -D -m 755 $(B)/door.cgi $(JUPITER)/relaydoctor/index.live.cgi
	install -D -m 644 -t $(WHM)/addon_plugins whm-plugin/icons/relaydoctor.png

# What lies outside cPanel's own tree: whm-plugin/setup puts the rest there.
install-files: all	## the same without the doors in cPanel's own directories
	install -D -m 755 $(B)/relaydoctor $(DESTDIR)/usr/bin/relaydoctor
	install -D -m 755 -t $(LIBEXEC) $(B)/relaydoctor-front $(B)/relaydoctor-helper \
		$(B)/door.cgi whm-plugin/setup/setup whm-plugin/setup/upcp-hook
	cd templates && find . -type f -exec install -D -m 644 {} $(abspath $(SHARE))/templates/{} \;
	install -D -m 644 -t $(SHARE)/appconfig whm-plugin/appconfig/*.conf
	install -D -m 644 -t $(SHARE)/jupiter whm-plugin/jupiter/install.json whm-plugin/icons/relaydoctor.png
	install -D -m 644 -t $(SHARE)/monitoring whm-plugin/monitoring/*.yml whm-plugin/monitoring/*.json
	install -D -m 755 -t $(SHARE)/monitoring whm-plugin/monitoring/textfile
	cd whm-plugin/ansible && find . -type f ! -path './reports/*' -exec install -D -m 644 {} $(abspath $(SHARE))/ansible/{} \;
	install -D -m 644 -t $(DESTDIR)/usr/lib/systemd/system whm-plugin/systemd/*
	install -D -m 644 -t $(DESTDIR)/usr/lib/sysusers.d whm-plugin/sysusers.d/*
	install -D -m 644 -t $(DESTDIR)/usr/lib/tmpfiles.d whm-plugin/tmpfiles.d/*
	install -D -m 644 -t $(DESTDIR)/etc/logrotate.d whm-plugin/logrotate.d/*
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man8 whm-plugin/man/*.8
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man5 whm-plugin/man/*.5
	install -D -m 644 -t $(DESTDIR)/usr/share/bash-completion/completions whm-plugin/bash-completion/relaydoctor
	test -e $(CONF) || install -D -m 644 whm-plugin/relaydoctor.conf $(CONF)

VERSION := $(shell sed -n 's/^version = //p' whm-plugin/package/description)

deb: all	## build/relaydoctor_VERSION_ARCH.deb
	rm -rf $(B)/deb
	+$(MAKE) -s -o all install-files DESTDIR=$(abspath $(B))/deb
	whm-plugin/package/deb $(abspath $(B))/deb $(abspath $(B))

rpm: all	## build/relaydoctor-VERSION-1.ARCH.rpm
	rm -rf $(B)/rpm
	+$(MAKE) -s -o all install-files DESTDIR=$(abspath $(B))/rpm
	whm-plugin/package/rpm $(abspath $(B))/rpm $(abspath $(B))

dist:	## build/relaydoctor-VERSION.tar.gz: the sources as committed
	@mkdir -p $(B)
	git archive --prefix=relaydoctor-$(VERSION)/ HEAD | gzip -9n >$(B)/relaydoctor-$(VERSION).tar.gz

include tests/tests.mk

clean:	## remove the build directory
	rm -rf $(B)

help:
	@echo 'make TARGET [B=DIR] [CC=gcc|clang] [DEVELOPER=1] [SANITIZE=address,undefined]'
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  \1	\2/p' Makefile tests/tests.mk | expand -t 18

-include $(shell find $(B) -name '*.d' -type f 2>/dev/null)
.PHONY: all objects install install-files deb rpm dist clean help FORCE
.DELETE_ON_ERROR:
