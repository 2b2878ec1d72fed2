# rlshim - hold unmodified programs to a rate. `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
MANDIR  ?= $(PREFIX)/share/man
INCLUDEDIR ?= $(PREFIX)/include

BUILD   ?= build
CFLAGS  ?= -O2 -g
WERROR  ?= $(if $(CI),-Werror)

WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
             -Wno-sign-conversion -Wundef -Wpointer-arith -Wvla -Wwrite-strings $(WERROR)
HARDENING := -fstack-protector-strong -fPIC -fvisibility=hidden
LINKING   := -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
# The layers: a file may include only from its own or one further left.
LAYERS    := algo limiter config shim cli
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DRL_VERSION='"$(VERSION)"' -Iinclude \
             $(LAYERS:%=-Isrc/%) $(WARNINGS) $(HARDENING) $(CFLAGS) -MMD -MP

sources = $(wildcard $(1:%=src/%/*.c))
objects = $(patsubst src/%.c,$(BUILD)/%.o,$(call sources,$(1)))

LIMITER_OBJECTS := $(call objects,algo limiter)
SHIM_OBJECTS    := $(call objects,algo limiter config shim)
CLI_OBJECTS     := $(call objects,algo limiter config cli)
UNIT_TESTS      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
TEST_PROGRAMS   := $(patsubst tests/shim/%.c,$(BUILD)/tests/%,$(wildcard tests/shim/*.c))
BENCH_PROGRAMS  := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
PAGES           := $(wildcard src/*/*.[1-8])

ifneq ($(V),1)
quiet = @echo '  $(1)	$(patsubst $(CURDIR)/%,%,$@)';
endif

.PHONY: all help check bench lint fuzz install uninstall dist clean format
all: $(BUILD)/librlshim.so $(BUILD)/rlshim $(BUILD)/librl.a librlshim.so

help:
	@echo 'make             build/librlshim.so, build/rlshim, build/librl.a'
	@echo 'make check       all tests (needs their programs: sh scripts/test.sh installs them)'
	@echo 'make bench       cost of a decision and of a call, accuracy; as ratios in one run'
	@echo 'make lint        clang-format, clang-tidy, cppcheck, shellcheck'
	@echo 'make fuzz        the configuration under libFuzzer (SECONDS=60; needs clang)'
	@echo 'make install     to PREFIX=$(PREFIX), below DESTDIR'
	@echo 'make uninstall   take it away again'
	@echo 'make dist        rlshim-$(VERSION).tar.gz'
	@echo 'make format      clang-format in place'
	@echo 'V=1 shows the commands, CI=1 makes warnings errors.'

# So that LD_PRELOAD=$$PWD/librlshim.so works where one builds.
librlshim.so: $(BUILD)/librlshim.so
	$(call quiet,LINK)ln -sf $< $@

$(BUILD)/librlshim.so: $(SHIM_OBJECTS) src/shim/exports.map
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -shared $(LINKING) -Wl,--version-script=src/shim/exports.map \
	    -o $@ $(SHIM_OBJECTS) -ldl

$(BUILD)/rlshim: $(CLI_OBJECTS)
	$(call quiet,LD)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $(LINKING) -pie -o $@ $^

$(BUILD)/librl.a: $(LIMITER_OBJECTS)
	$(call quiet,AR)$(AR) rcs $@ $^

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(ALL_CFLAGS) -c -o $@ $<

clean:
	rm -rf $(BUILD) librlshim.so

-include $(wildcard $(BUILD)/*/*.d)
