# Everything that tests. Adding tests/unit/test_*.c, tests/fuzz/fuzz_*.c or
# tests/AREA/test_*.py is all it takes.
PYTHON   := /usr/bin/python3
SECONDS  ?= 600
LENGTH   ?= 131072
REQUESTS ?= 12000
SEED     ?= 1
DAYS     ?= 35
RACES    ?= 3

UNIT     := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
CORPORA  := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(B)/tests/fuzz/%)
FUZZERS  := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(B)/tests/fuzzers/%)
FUZZ     ?= $(sort $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%))
JOBS     ?= 1
TOOLS    := $(addprefix $(B)/tests/,dns_ask firewall_walk forward_walk once_ask)
FLOORS   := $(patsubst tests/bench/scan/%.c,$(B)/tests/dns_%,$(wildcard tests/bench/scan/floor.c))
BENCHES  := $(patsubst tests/bench/%/,bench-%,$(dir $(wildcard tests/bench/*/bench_*.py)))
TEST_LIBS = $(FCGI_LIBS) $(LIBS)
RUN       = RD_SANITIZE=$(SANITIZE) $(PYTHON) tests/run.py --build $(B)

check:	## build with gcc and clang, then every test and lint; ends in "N passed, N failed"
	+@$(RUN)
check-unit:	## unit tests alone, plain and sanitized
	+@$(RUN) build sanitized unit
lint:	## layering, purity and house rules
	+@$(RUN) build lint

# All objects but the mains, as an archive: what a test defines itself stands
# before the archive's member of that name, which is how a fake gets in.
$(B)/libtests.a: $(filter-out $(B)/main_%.o,$(OBJECTS))
	rm -f $@
	$(AR) rcs $@ $^

$(B)/tests/%.o: tests/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT): %: %.o $(B)/libtests.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(TEST_LIBS)

# A fuzz target that reads the files it is given, once.
$(CORPORA): $(B)/tests/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/main.o $(B)/libtests.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS)

$(FUZZERS): $(B)/tests/fuzzers/%: $(B)/tests/fuzz/fuzz_%.o $(B)/libtests.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(TEST_LIBS)

$(B)/tests/dns_ask: $(B)/tests/dns/dns_ask.o
$(B)/tests/firewall_walk: $(B)/tests/firewall/walk.o
$(B)/tests/forward_walk: $(B)/tests/forwarders/walk.o
$(B)/tests/once_ask: $(B)/tests/front/once_ask.o
$(B)/tests/once_ask: TEST_LIBS += -lcmocka
$(TOOLS): $(B)/libtests.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $< $(TEST_LIBS)

$(FLOORS): $(B)/tests/dns_%: $(B)/tests/bench/scan/%.o
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

test-programs: all $(UNIT) $(TOOLS)
sanitized-programs: $(UNIT) $(CORPORA)
fuzzers: $(FUZZERS)

# All are run, whatever one of them finds; what it found and said stays in found/.
# Inputs grow up to LENGTH bytes: by itself libFuzzer stops at 4096, behind which room ends.
fuzz:	## libFuzzer, each target with its corpus: SECONDS=600, JOBS=1 at a time (FUZZ=NAME: that one)
	+@$(MAKE) B=$(B)/fuzz CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzzers
	@mkdir -p $(addprefix $(B)/fuzz/found/,$(FUZZ)) && cd $(B)/fuzz/found && \
		printf '%s\n' $(FUZZ) | xargs -P $(JOBS) -I@ sh -c '../tests/fuzzers/@ \
			-max_total_time=$(SECONDS) -max_len=$(LENGTH) -timeout=10 -rss_limit_mb=2048 \
			@ $(CURDIR)/tests/fuzz/corpus/@ >@.log 2>&1; rc=$$?; \
		echo "@: status $$rc, $$(tail -n 1 @.log)"; exit $$rc'

# Suites that are run by hand, out of the tests' own words.
HAND_IN = RD_BUILD=$(abspath $(1)) PYTHONPATH=tests $(PYTHON) -m pytest -q \
	-p no:cacheprovider --durations=5
HAND = $(call HAND_IN,$(B))

STORY ?=
SOUND := $(B)/sound
# Shared, the two have a runtime each, and UBSan's writes nowhere but to standard error.
ONE_RUNTIME := -static-libasan -static-libubsan

e2e-sanitized:	## e2e with programs that ASan and UBSan watch (STORY=EXPRESSION: as pytest's -k)
	+@$(MAKE) B=$(SOUND) SANITIZE=address,undefined CFLAGS='-O1 -g -DLOOKED_ON' \
		LDFLAGS='$(ONE_RUNTIME)' DOOR= all $(SOUND)/tests/forward_walk
	@RD_SANITIZE=address,undefined $(call HAND_IN,$(SOUND)) -k '$(STORY)' tests/e2e

# What together sees each program, each of its children and every route of both fronts. The
# other stories of tests/e2e would take a day: programs are twenty times as slow here.
VALGRIND := /usr/bin/valgrind --log-file={file} --vgdb=no --leak-check=full --errors-for-leak-kinds=definite
ROLE     := tests/e2e/test_access.py::test_each_role_gets_through_its_door_to_its_own_routes_alone
WATCHED  := $(addprefix tests/e2e/test_,cli_story.py api_story.py) \
	'$(ROLE)[root-admin.cgi-all]' '$(ROLE)[shopco-index.live.cgi-]'

e2e-valgrind:	## command line, helper, scan, doors and both fronts under valgrind
	+@$(MAKE) B=$(SOUND)-memcheck CFLAGS='-O1 -g -DLOOKED_ON' DOOR= all
	@LAB_UNDER='$(VALGRIND)' $(call HAND_IN,$(SOUND)-memcheck) -k '$(STORY)' $(WATCHED)

fuzz-api: all	## requests out of the API's description: REQUESTS=12000 from SEED=1 on (SANITIZE: the front too)
	@PYTHONPATH=tests $(PYTHON) tests/e2e/schema_fuzz.py $(abspath $(B)) $(REQUESTS) $(SEED)

bench: $(BENCHES)	## figures for README's claims about speed; needs a quiet machine
$(BENCHES): bench-%: all $(TOOLS) $(FLOORS)
	@RD_BUILD=$(abspath $(B)) PYTHONPATH=tests $(PYTHON) $(wildcard tests/bench/$*/bench_*.py)

forwarders-differential: test-programs	## 2,000 generated alias sets: our path against exim -bt (SETS=N)
	@RD_BUILD=$(abspath $(B)) PYTHONPATH=tests $(PYTHON) tests/forwarders/differential.py $(SETS)

kills: all	## every verb, jobs and a scan's databases: killed before each step, on a broken disk
	@RD_EVERY_VERB=1 $(HAND) $(addprefix tests/priv/test_,broken_writes.py guarded.py \
		restarted.py) tests/state/test_broken_disk.py

races: all	## files that root writes, swapped while it does: each by each verb, RACES=3 times
	@RD_RACES=$(RACES) $(HAND) tests/priv/test_races.py

soak: all	## DAYS=35 days of a server whose clock is ahead: memory, files and databases of each
	@RD_DAYS=$(DAYS) RD_BUILD=$(abspath $(B)) PYTHONPATH=tests $(PYTHON) -m pytest -q -s \
		-p no:cacheprovider tests/e2e/test_soak.py

.SECONDARY:
.PHONY: check check-unit lint test-programs sanitized-programs fuzzers fuzz fuzz-api bench \
	forwarders-differential kills races soak e2e-sanitized e2e-valgrind $(BENCHES)
