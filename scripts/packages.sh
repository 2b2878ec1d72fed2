#!/bin/sh
# packages.sh COMMAND... - make sure that these commands are there.
#
# What is missing is installed, as root or through a sudo that asks for no password. Otherwise one
# line says what is missing and how to install it, and the exit status is 125. Silent if all is
# there. `cc` stands for a compiler with the C library's headers, `libfuzzer` for that of clang,
# `libevent` for that library and its headers, `python3-tests` for what python tests itself with, where
# python is $PYTHON (python3), `python3:MODULE` for a module of the system's python, and
# `bash-completion` for what completes other programs' arguments in bash; lib*.so.* are libraries
# by the names that programs load them by.
set -eu

# Some are there, which a user's PATH may lack.
PATH=$PATH:/usr/sbin:/sbin

has() {
    case $1 in
    cc) command -v cc >/dev/null && echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 ;;
    libfuzzer) has clang && ls "$(clang -print-runtime-dir)"/libclang_rt.fuzzer[.-]* >/dev/null 2>&1 ;;
    python3-tests) "${PYTHON:-python3}" -c 'import test.test_socket' 2>/dev/null ;;
    python3:*) /usr/bin/python3 -c "import ${1#*:}" 2>/dev/null ;;
    libevent) [ -e /usr/include/event2/event.h ] ;;
    lib*.so.*) [ "$(find /lib*/ /usr/lib*/ -maxdepth 2 -name "$1" 2>/dev/null)" ] ;;
    bash-completion) [ -e /usr/share/bash-completion/bash_completion ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# The package that holds command $1. apt-get, on Debian, is what is tested.
package() {
    case $manager:$1 in
    apt-get:cc) echo gcc libc6-dev ;;
    apk:cc) echo gcc musl-dev ;;
    *:cc) echo gcc ;;
    apt-get:libfuzzer) echo libclang-rt-dev ;;
    *:libfuzzer) echo compiler-rt ;;
    apt-get:frama-c) echo frama-c-base ;;
    apt-get:nc) echo netcat-openbsd ;;
    pacman:nc) echo openbsd-netcat ;;
    dnf:nc) echo netcat ;;
    apt-get:redis-benchmark) echo redis-tools ;;
    apk:redis-server | dnf:redis-server | pacman:redis-server) echo redis ;;
    *:redis-benchmark) echo redis ;;
    apt-get:dig) echo bind9-dnsutils ;;
    apk:dig) echo bind-tools ;;
    dnf:dig) echo bind-utils ;;
    pacman:dig) echo bind ;;
    apk:ncat | dnf:ncat) echo nmap-ncat ;;
    pacman:ncat) echo nmap ;;
    apt-get:sshd) echo openssh-server ;;
    dnf:sshd) echo openssh-server openssh-clients ;;
    *:sshd) echo openssh ;;
    dnf:ip) echo iproute ;;
    *:ip) echo iproute2 ;;
    apt-get:pgrep) echo procps ;;
    *:pgrep) echo procps-ng ;;
    apt-get:setcap) echo libcap2-bin ;;
    *:setcap) echo libcap ;;
    apt-get:rsvg-convert) echo librsvg2-bin ;;
    apk:rsvg-convert) echo rsvg-convert ;;
    dnf:rsvg-convert) echo librsvg2-tools ;;
    pacman:rsvg-convert) echo librsvg ;;
    apt-get:xmllint | apk:xmllint) echo libxml2-utils ;;
    *:xmllint) echo libxml2 ;;
    apk:faketime | dnf:faketime | pacman:faketime) echo libfaketime ;;
    apt-get:musl-gcc) echo musl-tools ;;
    apk:musl-gcc) echo musl-dev ;;
    dnf:musl-gcc) echo musl-gcc ;;
    pacman:musl-gcc) echo musl ;;
    pacman:python3 | pacman:python3-tests) echo python ;;
    apt-get:python3-tests)
        "${PYTHON:-python3}" -c 'import sys; print("libpython%d.%d-testsuite" % sys.version_info[:2])'
        ;;
    dnf:python3-tests) echo python3-test ;;
    apt-get:python3:prometheus_client | dnf:python3:prometheus_client)
        echo python3-prometheus-client
        ;;
    apk:python3:prometheus_client) echo py3-prometheus-client ;;
    pacman:python3:prometheus_client) echo python-prometheus_client ;;
    apk:python3:*) echo "py3-${1#*:}" ;;
    pacman:python3:*) echo "python-${1#*:}" ;;
    *:python3:*) echo "python3-${1#*:}" ;;
    dnf:libevent) echo libevent-devel ;;
    pacman:libevent) echo libevent ;;
    *:libevent) echo libevent-dev ;;
    apt-get:libz.so.1) echo zlib1g ;;
    *:libz.so.1) echo zlib ;;
    apt-get:libbrotlienc.so.1) echo libbrotli1 ;;
    apk:libbrotlienc.so.1) echo brotli-libs ;;
    dnf:libbrotlienc.so.1) echo libbrotli ;;
    pacman:libbrotlienc.so.1) echo brotli ;;
    apt-get:libzstd.so.1) echo libzstd1 ;;
    apk:libzstd.so.1) echo zstd-libs ;;
    dnf:libzstd.so.1) echo libzstd ;;
    pacman:libzstd.so.1) echo zstd ;;
    dnf:clang-format | dnf:clang-tidy) echo clang-tools-extra ;;
    apk:clang-format | apk:clang-tidy) echo clang-extra-tools ;;
    pacman:clang-format | pacman:clang-tidy) echo clang ;;
    dnf:shellcheck) echo ShellCheck ;;
    *) echo "$1" ;;
    esac
}

fail() {
    echo "${0##*/}: $*" >&2
    exit 125
}

missing=
for command; do
    has "$command" || missing="$missing $command"
done
[ "$missing" ] || exit 0

manager=
for candidate in apt-get apk dnf pacman; do
    if [ ! "$manager" ] && command -v $candidate >/dev/null; then
        manager=$candidate
    fi
done
[ "$manager" ] || fail "please install what holds these commands:$missing"

packages=
for command in $missing; do
    for package in $(package "$command"); do
        case "$packages " in
        *" $package "*) ;;
        *) packages="$packages $package" ;;
        esac
    done
done

case $manager in
apt-get) install="apt-get install -y --no-install-recommends" ;;
apk) install="apk add" ;;
dnf) install="dnf install -y" ;;
pacman) install="pacman -S --noconfirm" ;;
esac

if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    fail "not installed:$missing; please run: sudo $install$packages"
fi

echo "installing$packages" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
attempt() {
    # shellcheck disable=SC2086 # lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive $install $packages >"$log" 2>&1 </dev/null
}
# Lists of packages may be old, or, in a new container, not there at all.
refresh() {
    case $manager in
    apt-get | apk) $as_root $manager update >>"$log" 2>&1 </dev/null ;;
    pacman) $as_root pacman -Sy >>"$log" 2>&1 </dev/null ;;
    esac
}
if ! attempt && ! { refresh && attempt; }; then
    tail -n 5 "$log" >&2
    fail "could not install what is needed; please try: $install$packages"
fi
for command in $missing; do
    has "$command" || fail "$command is still missing, though $manager installed$packages"
done
