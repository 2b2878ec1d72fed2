# rlshim - hold unmodified programs to a rate. `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
MANDIR  ?= $(PREFIX)/share/man
INCLUDEDIR ?= $(PREFIX)/include
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d

BUILD   ?= build
CFLAGS  ?= -O2 -g -D_FORTIFY_SOURCE=2
WERROR  ?= $(if $(CI),-Werror)

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
             -Wno-sign-conversion -Wundef -Wpointer-arith -Wvla -Wwrite-strings $(WERROR)
# Not -strong, which takes 16 bytes of a program's stack from every function with a pointer to a local.
HARDENING := -fstack-protector -fPIC -fvisibility=hidden
LINKING   := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
# The rooms: a file can include only from its own or one further left.
ROOMS := algo traffic limiter config program share guest talk loop gate calls
LEFT_OF_algo    := algo
LEFT_OF_traffic := traffic
LEFT_OF_limiter := algo limiter
LEFT_OF_config  := algo traffic limiter config
LEFT_OF_program := limiter program
LEFT_OF_share   := algo traffic limiter config share
LEFT_OF_guest   := algo traffic limiter config program share guest
LEFT_OF_talk    := $(LEFT_OF_guest) talk
LEFT_OF_loop    := $(LEFT_OF_guest) loop
LEFT_OF_gate    := $(LEFT_OF_guest) talk loop gate
LEFT_OF_calls   := $(ROOMS)
LEFT_OF_see     := algo traffic limiter config share see
LEFT_OF_cli     := algo traffic limiter config program share see cli
includes = -Iinclude $(patsubst %,-Isrc/%,$(LEFT_OF_$(1)))
room     = $(patsubst src/%/,%,$(dir $<))
# They declare, and define, the very functions that fortification puts wrappers around.
PLAIN           := -U_FORTIFY_SOURCE -U_FILE_OFFSET_BITS -U_TIME_BITS
# Of a small library less is read, and mapped, at each start. For size: what runs once, at the start
# or before an exec, or beside system calls that are dear anyway; but not what every send passes.
UNALIGNED       := -falign-functions=1 -falign-jumps=1 -falign-loops=1
SMALL           := -Os $(UNALIGNED)
# Nothing of the program's is above these on a stack, so nothing has to be unwound through them; but
# for a handler of a signal that comes in these microseconds, and ends the thread: then what it has
# below is not unwound.
INNERMOST       := -fno-asynchronous-unwind-tables
CFLAGS_OF_traffic = $(SMALL) $(INNERMOST)
CFLAGS_OF_config = $(SMALL) $(INNERMOST)
CFLAGS_OF_program = $(SMALL) $(INNERMOST)
CFLAGS_OF_share = $(SMALL) $(INNERMOST)
CFLAGS_OF_guest = $(PLAIN) $(SMALL)
CFLAGS_OF_talk = $(PLAIN) $(SMALL) $(INNERMOST)
CFLAGS_OF_loop = $(PLAIN) $(SMALL)
CFLAGS_OF_gate = $(PLAIN) $(SMALL)
CFLAGS_OF_calls = $(PLAIN) $(SMALL)
$(BUILD)/gate/gate.o: SMALL := $(UNALIGNED)
CFLAGS_OF_limiter = $(SMALL)
$(addprefix $(BUILD)/limiter/,limiter.o clock.o): SMALL :=
# Likewise of others that neither wait nor call the program's.
$(addprefix $(BUILD)/limiter/,limiter.o line.o change.o clock.o pages.o) \
    $(addprefix $(BUILD)/guest/,fd.o fd_table.o inherit.o iov.o messages.o next.o numbers.o own_fd.o \
    own_stack.o readable.o ready.o slots.o text.o tls.o zeroes.o) \
    $(addprefix $(BUILD)/loop/,aliases.o filter.o instants.o marks.o members.o sets.o) \
    $(addprefix $(BUILD)/gate/,addressed.o chores.o hosts.o peer.o piece.o report.o resolved.o told.o): \
    TABLES := $(INNERMOST)
INCLUDES  := $(call includes,calls) -Isrc/see -Isrc/cli
ALL_CFLAGS = -std=gnu11 $(DEFINES) $(WARNINGS) $(HARDENING) $(CFLAGS) -MMD -MP
# musl 1.2.4 and later have off64_t only with the second.
DEFINES   := -D_GNU_SOURCE -D_LARGEFILE64_SOURCE -DRL_VERSION='"$(VERSION)"' -DRL_LIBDIR='"$(LIBDIR)"'

sources = $(wildcard $(1:%=src/%/*.c))
objects = $(patsubst src/%.c,$(BUILD)/%.o,$(call sources,$(1)))

LIMITER_OBJECTS := $(call objects,algo limiter)
# The variables stand in the library in this order; those of SPARSE follow. In the last one is what is
# large, and of which a start touches the beginning, which then shares its page with what is small.
SHIM_OBJECTS    := $(filter-out %/guest/shim.o,$(call objects,$(ROOMS))) $(BUILD)/guest/shim.o
CLI_OBJECTS     := $(call objects,$(LEFT_OF_cli))
UNIT_TESTS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
RECORDER        := $(BUILD)/tests/tools/recorder.so
TOLD            := $(BUILD)/tests/tls/told.so
TEST_TOOLS      := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter-out tests/tools/recorder.c,\
                   $(wildcard tests/tools/*.c tests/holds/*.c tests/loops/*.c tests/exec/*.c))) $(RECORDER) $(TOLD) \
                   $(BUILD)/tests/tls/load
TWINS           := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/twins/*.c))
BENCH_PROGRAMS  := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
PAGES           := $(wildcard src/*/*.[1-8])
# So that LD_PRELOAD=$$PWD/librlshim.so works where one builds. A second build stays apart.
LINK            := $(if $(filter $(CURDIR)/build,$(abspath $(BUILD))),librlshim.so)

comma := ,
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
ifneq ($(V),1)
quiet = @$(if $(silent),,echo '  $(1)	$(patsubst $(CURDIR)/%,%,$@)';)
endif

.PHONY: all help check check-interpreter sanitize line loops tree accuracy bench lint fuzz prove install uninstall dist clean format
all: $(BUILD)/librlshim.so $(BUILD)/rlshim $(BUILD)/librl.a $(LINK)

help:
	@echo 'make             build/librlshim.so, build/rlshim, build/librl.a'
	@echo 'make check       all tests (needs their programs: sh scripts/test.sh installs them)'
	@echo 'make twins       only what scripts/twins.sh runs, with CC=musl-gcc BUILD=build/musl, too'
	@echo 'make sanitize    unit tests and twins under the address, undefined and thread sanitizers'
	@echo "make check-interpreter  python's own tests, plain and limited: the same; 15 to 20 minutes"
	@echo 'make line        what the tests of the line measure, with longer stops and larger crowds'
	@echo 'make loops       the tests of event loops, with 10,000 connections'
	@echo 'make tree        the tests of limits that processes share, longer, and with larger crowds'
	@echo 'make accuracy    achieved against asked rates with curl, all algorithms; some minutes'
	@echo 'make bench       cost of a decision and of a call, accuracy; as ratios in one run'
	@echo 'make lint        clang-format, clang-tidy, cppcheck, shellcheck'
	@echo 'make fuzz        configurations, programs, segments, traffic under libFuzzer, SECONDS=60 each'
	@echo 'make prove       that the algorithms agree and keep the bound (needs frama-c, why3 and z3)'
	@echo 'make install     to PREFIX=$(PREFIX), below DESTDIR'
	@echo 'make uninstall   take it away again'
	@echo 'make dist        rlshim-$(VERSION).tar.gz'
	@echo 'make format      clang-format in place'
	@echo 'V=1 shows the commands, CI=1 makes warnings errors.'

$(LINK): $(BUILD)/librlshim.so
	$(call quiet,LINK)ln -sf $< $@

# In few pages: each one that is mapped delays the start of every process. A function of ours that
# another one of ours calls is known when the library is linked: ld.so(8) need not look for it, and no
# preload before this one, which has had the call already, has it once more.
$(BUILD)/librlshim.so: $(SHIM_OBJECTS)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared $(LINKING) \
	    -Wl,-z,noseparate-code -Wl,-Bsymbolic-functions -o $@ $(SHIM_OBJECTS)

$(BUILD)/rlshim: $(CLI_OBJECTS)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LINKING) -pie -o $@ $^

$(BUILD)/librl.a: $(LIMITER_OBJECTS)
	$(call quiet,AR)$(AR) rcs $@ $^

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,$(room)) $(CFLAGS_OF_$(room)) $(TABLES) -c -o $@ $<

# Tests: a program in C each, or a .bats file; scripts/run-tests.sh runs them all and counts.
.PHONY: tests twins unit-tests
tests: twins $(UNIT_TESTS) $(TEST_TOOLS)
twins: all $(TWINS)
unit-tests: $(UNIT_TESTS)

# They see the insides of the limiter and of the configuration.
$(BUILD)/tests/unit/%: tests/unit/%.c $(call objects,config) $(BUILD)/librl.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,config) -o $@ $< $(filter %.o %.a,$^) -lpthread

# Programs, which need nothing else.
$(BUILD)/tests/unit/test_program_%: tests/unit/test_program_%.c $(call objects,program)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,program) -o $@ $(filter %.c %.o,$^) -lpthread

# Bytes, whoever sent them. (Static: nothing else asks for these objects.)
$(filter $(BUILD)/tests/unit/test_traffic_%,$(UNIT_TESTS)): $(BUILD)/tests/unit/%: tests/unit/%.c $(call objects,traffic)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,traffic) -o $@ $(filter %.c %.o,$^)

# What is known of descriptors, without a kernel that would have as many; what children inherit.
$(BUILD)/tests/unit/test_guest_%: tests/unit/test_guest_%.c $(addprefix $(BUILD)/guest/,fd.o fd_table.o \
    inherit.o next.o own_stack.o readable.o real.o sandbox.o zeroes.o) $(BUILD)/program/file.o \
    $(LIMITER_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,guest) -o $@ $(filter %.c %.o,$^) -lpthread -ldl

# Coded answers, by the libraries that the test loads.
$(BUILD)/tests/unit/test_talk_%: tests/unit/test_talk_%.c $(addprefix $(BUILD)/talk/,arena.o decode.o stream.o) \
    $(addprefix $(BUILD)/guest/,next.o own_stack.o real.o sandbox.o zeroes.o) $(LIMITER_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,talk) -o $@ $(filter %.c %.o,$^) -lpthread -ldl

# Segments and who shares them, in directories of the test's own.
$(BUILD)/tests/unit/test_share_%: tests/unit/test_share_%.c $(call objects,share config) $(BUILD)/librl.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,share) -o $@ $(filter %.c %.o %.a,$^) -lpthread

# What was looked at, without anything to look at.
$(BUILD)/tests/unit/test_see_%: tests/unit/test_see_%.c $(call objects,see share config) $(BUILD)/librl.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,see) -o $@ $(filter %.c %.o %.a,$^) -lpthread -lm

# Which descriptor is next, without any.
$(BUILD)/tests/unit/test_loop_%: tests/unit/test_loop_%.c $(addprefix $(BUILD)/,loop/instants.o guest/numbers.o \
    guest/zeroes.o guest/sandbox.o guest/next.o guest/real.o) $(BUILD)/limiter/symbols.o
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,loop) -o $@ $(filter %.c %.o,$^) -lpthread -ldl

# musl-gcc leaves out the directory of the other C library, and so those of the kernel in it.
KERNEL_HEADERS := $(if $(findstring musl,$(CC)),$(BUILD)/kernel-headers)
$(KERNEL_HEADERS):
	@mkdir -p $@
	@ln -sfn /usr/include/linux /usr/include/asm-generic \
	    /usr/include/$(shell $(CC) -print-multiarch)/asm $@

# To be preloaded after the shim.
$(RECORDER): tests/tools/recorder.c
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) -shared $(LINKING) -o $@ $< -ldl

# The shim, which writes down what it is told of TLS.
$(TOLD): tests/tls/told.c $(SHIM_OBJECTS)
	@mkdir -p $(@D)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(call includes,talk) -shared $(LINKING) \
	    $(patsubst %,-Wl$(comma)--wrap=talk_%,of_tls writes wrote reads) -o $@ $(filter %.c %.o,$^)

# Of these, glibc is one from 2.34 on.
PARTS_OF_LIBC := -Wl,--as-needed -lpthread -ldl -lrt -lutil
# Where it is installed.
$(BUILD)/tests/loops/ticker: LIBEVENT := $(if $(wildcard /usr/include/event2/event.h),-levent_core)
$(BUILD)/tests/%: tests/%.c | $(KERNEL_HEADERS)
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(addprefix -idirafter ,$(KERNEL_HEADERS)) -o $@ $< $(PARTS_OF_LIBC) $(LIBEVENT)

$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/librl.a
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) $(call includes,limiter) -o $@ $^ -lpthread -ldl

check: tests
	BUILD=$(BUILD) sh scripts/run-tests.sh

sanitize:
	BUILD=$(BUILD) sh scripts/sanitize.sh

check-interpreter: all
	BUILD=$(BUILD) sh scripts/check-interpreter.sh

line: tests
	BUILD=$(BUILD) LINE=long bats --show-output-of-passing-tests tests/line.bats

loops: tests
	BUILD=$(BUILD) LONG=1 bats --show-output-of-passing-tests tests/loops*.bats

tree: tests
	BUILD=$(BUILD) LONG=1 bats --show-output-of-passing-tests tests/tree*.bats tests/shared.bats

accuracy: tests
	BUILD=$(BUILD) bash scripts/accuracy.sh

bench: tests $(BENCH_PROGRAMS)
	BUILD=$(BUILD) CC='$(CC)' sh tests/bench/bench.sh

SECONDS ?= 60
FUZZED  := config program segment traffic
LONGEST_config  := 400
LONGEST_program := 4096
LONGEST_segment := 400
LONGEST_traffic := 4096
FUZZER = $(BUILD)/fuzz/$* -artifact_prefix=$(BUILD)/fuzz/
fuzz: $(FUZZED:%=fuzz-%)
$(FUZZED:%=fuzz-%): fuzz-%:
	@mkdir -p $(BUILD)/fuzz/corpus-$*
	clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(INCLUDES) \
	    -Itests/unit $(DEFINES) -o $(BUILD)/fuzz/$* tests/fuzz/fuzz_$*.c \
	    $(call sources,algo traffic limiter config program share)
	@# Programs begin with what is hard to guess, as do messages; and so are names.
	@! [ "$*" = program ] || head -c 2048 /bin/sh >$(BUILD)/fuzz/corpus-program/sh
	@! [ "$*" = traffic ] || printf '%b' '\0005\0000POST /v1/messages HTTP/1.1\r\n' \
	    'Content-Length: 2\r\n\r\n{}\0377HTTP/1.1 200 OK\r\n\r\n{}' \
	    >$(BUILD)/fuzz/corpus-traffic/exchange
	@! [ "$*" = traffic ] || printf '%b' '\0011\0000\0000\0007\0201\0200\0000\0001\0000\0002\0000\0000' \
	    '\0000\0000\0001a\0007example\0000\0000\0001\0000\0001\0300\0014\0000\0005\0000\0001' \
	    '\0000\0000\0000\0074\0000\0004\0001b\0300\0016\0300\0047\0000\0001\0000\0001\0000\0000' \
	    '\0000\0074\0000\0004\0177\0000\0000\0001' >$(BUILD)/fuzz/corpus-traffic/answer
	@sed -n 's/^[A-Z]*(.*, \("[^"]*"\)).*/\1/p' src/traffic/words.def >$(BUILD)/fuzz/words
	@# Where it is traced, LeakSanitizer cannot trace it.
	@leaks=1; ! $(FUZZER) -runs=0 2>&1 | grep 'LeakSanitizer does not work' || leaks=0; \
	    ASAN_OPTIONS=detect_leaks=$$leaks $(FUZZER) -detect_leaks=$$leaks -timeout=10 \
	    -max_len=$(LONGEST_$*) -max_total_time=$(SECONDS) -print_final_stats=1 \
	    $(if $(findstring traffic,$*),-dict=$(BUILD)/fuzz/words) \
	    $(BUILD)/fuzz/corpus-$*

prove:
	BUILD=$(BUILD) sh tests/prove/prove.sh

C_FILES  := $(wildcard include/*.h src/*/*.[ch] tests/*/*.[ch])
SH_FILES := .ci/run $(wildcard scripts/*.sh scripts/completions/*.bash tests/*.bats tests/*.bash tests/*/*.sh tests/llm/clients/*.sh)
lint:
	@echo '  clang-format, clang-tidy, cppcheck, shellcheck, mandoc'
	@clang-format --dry-run -Werror $(C_FILES)
	@printf '%s\n' $(wildcard src/*/*.c) | xargs -P 2 -I{} clang-tidy --quiet {} -- -std=gnu11 \
	    $(DEFINES) $(INCLUDES)
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --library=gnu $(DEFINES) -D__GLIBC__ -D__SIZEOF_LONG__=8 '-DElfW(type)=Elf64_\#\#type' \
	    $(INCLUDES) src
	@shellcheck $(SH_FILES)
	@mandoc -T lint -W warning $(PAGES)
	@# What only one C library's headers bring along is missing with the other's.
	@! command -v musl-gcc >/dev/null || $(MAKE) -s CC=musl-gcc BUILD=$(BUILD)/musl CI=1 all

format:
	clang-format -i $(C_FILES)

install: all
	install -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)' '$(DESTDIR)$(INCLUDEDIR)' \
	    '$(DESTDIR)$(BASHCOMPDIR)' '$(DESTDIR)$(ZSHCOMPDIR)' '$(DESTDIR)$(FISHCOMPDIR)' \
	    $(foreach page,$(PAGES),'$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))')
	install -m 755 $(BUILD)/rlshim '$(DESTDIR)$(BINDIR)'
	install -m 755 $(BUILD)/librlshim.so '$(DESTDIR)$(LIBDIR)'
	install -m 644 $(BUILD)/librl.a '$(DESTDIR)$(LIBDIR)'
	install -m 644 include/rl.h '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 scripts/completions/rlshim.bash '$(DESTDIR)$(BASHCOMPDIR)/rlshim'
	install -m 644 scripts/completions/_rlshim '$(DESTDIR)$(ZSHCOMPDIR)'
	install -m 644 scripts/completions/rlshim.fish '$(DESTDIR)$(FISHCOMPDIR)'
	$(foreach page,$(PAGES),install -m 644 $(page) '$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))' &&) :

uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/rlshim' '$(DESTDIR)$(LIBDIR)/librlshim.so' \
	    '$(DESTDIR)$(LIBDIR)/librl.a' '$(DESTDIR)$(INCLUDEDIR)/rl.h' \
	    '$(DESTDIR)$(BASHCOMPDIR)/rlshim' '$(DESTDIR)$(ZSHCOMPDIR)/_rlshim' \
	    '$(DESTDIR)$(FISHCOMPDIR)/rlshim.fish' \
	    $(foreach page,$(PAGES),'$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))')

dist:
	git archive --prefix=rlshim-$(VERSION)/ -o rlshim-$(VERSION).tar.gz HEAD

clean:
	rm -rf $(BUILD) $(LINK)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
