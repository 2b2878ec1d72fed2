#!/usr/bin/env bats
# The launcher looks through programs that run another one, which their arguments name.

# shellcheck disable=SC2030,SC2031 # run sets output and lines, for the test that called it

load old_bats
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_TEST_DIRNAME/.." || return
    export RLSHIM
    RLSHIM="$(realpath "${BUILD:-build}")/rlshim"
    cd "$BATS_FILE_TMPDIR" || return
    echo 'int main(void) { return 0; }' >main.c
    gcc -o dynamic main.c
    gcc -static -o static main.c
}

setup() {
    local variable
    for variable in "${!RL_@}" LD_PRELOAD; do
        unset "$variable"
    done
    PATH=$PATH:/usr/sbin:/sbin
    cd "$BATS_FILE_TMPDIR" || return
}

need() {
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

contains() {
    [[ "$output" == *"$1"* ]] || { echo "no '$1' in: $output" && false; }
}

# refused COMMAND...: ends with ./static; neither check nor run lets it pass.
refused() {
    need "$1"
    run -1 "$RLSHIM" check "$@"
    [[ "$output" == "$1: cannot be limited: statically linked ($(type -P "$1") -> "*"/static)" ]] ||
        { echo "$output" && false; }
    run -125 "$RLSHIM" -u 1MB "$@"
    contains "rlshim: cannot limit $(type -P "$1"): what it runs, "
    contains "/static, is statically linked, so LD_PRELOAD does not reach it"
}

# passed COMMAND...: what cannot be told is left to the wrapper, which fails or not as it would.
passed() {
    need "$1"
    local expected=0
    "$@" </dev/null >/dev/null 2>&1 || expected=$?
    run -"$expected" "$RLSHIM" -u 1MB "$@" </dev/null
    [[ "$output" != *"rlshim: cannot"* ]] || { echo "$output" && false; }
}

@test "env" {
    refused env ./static
    refused env -i ./static
    refused env - A=b ./static
    refused env -u HOME --chdir=. -v A=b B=c "$PWD/static"
    refused env -S './static -u' x
    refused env -i -S 'A=b ./static'
    refused env PATH="$PWD" static
    passed env -S '"./dynamic"'
    passed env --weird ./static
    passed env A=b
    passed env -C / ./static
    passed env PATH=/nowhere ls
}

@test "nohup" {
    refused nohup ./static
    refused nohup -- ./static
    passed nohup
}

@test "setsid" {
    refused setsid ./static
    refused setsid -w --fork ./static
}

@test "timeout" {
    refused timeout 5 ./static
    refused timeout -k 1 --signal=INT 0.5s ./static -k
    refused timeout --kill-after 1 5 ./static
    passed timeout 5
    passed timeout ./static
}

@test "nice" {
    refused nice ./static
    refused nice -n 5 ./static
    refused nice -5 ./static
    refused nice --adj=5 ./static
    passed nice --weird ./static
    passed nice nosuch
    passed nice
}

@test "ionice" {
    refused ionice -c2 ./static
    refused ionice -c 2 -n 7 ./static
    passed ionice -p $$ $$
}

@test "stdbuf" {
    refused stdbuf -oL ./static
    refused stdbuf --output=L -e 0 ./static
}

@test "xargs" {
    refused xargs ./static
    refused xargs -n1 -P 4 -I{} ./static {}
    refused xargs --max-args=1 --replace ./static
    passed xargs
    passed xargs -n 1
}

@test "time, as a program" {
    [ -x /usr/bin/time ] || skip "time is not installed, but as a word of the shell"
    refused time ./static
    refused time -p ./static
    refused time -f %e -o /dev/null ./static
}

@test "chrt, taskset, choom, setpriv" {
    refused chrt -b 0 ./static
    refused taskset 1 ./static
    refused taskset -c 0 ./static
    refused choom -n 1 -- ./static
    refused setpriv --nnp ./static
    passed taskset -p $$
    passed chrt -b ./dynamic ./static # newer ones do without a priority
}

@test "flock" {
    refused flock lock ./static
    refused flock -w 1 lock ./static
    refused flock --nonblock lock ./static
    passed flock lock -c ./dynamic
}

@test "a wrapper within a wrapper, and the program behind a script in it" {
    refused env A=b nice -n 1 timeout 5 ./static
    printf '#!%s/static\n' "$PWD" >script
    chmod +x script
    run -1 "$RLSHIM" check nohup ./script
    [ "$output" = "nohup: cannot be limited: statically linked ($(type -P nohup) -> ./script -> $PWD/static)" ]
    # A script whose interpreter is a wrapper.
    printf '#!/usr/bin/env -S timeout 5 %s/static\n' "$PWD" >script
    run -125 "$RLSHIM" -u 1MB ./script
    contains "rlshim: cannot limit ./script: its interpreter $PWD/static is statically linked"
}

@test "busybox and the like: the next word is the program" {
    cp dynamic busybox
    run -1 "$RLSHIM" check ./busybox nice -n 5 ./static
    [ "$output" = "./busybox: cannot be limited: statically linked (./busybox -> ./static)" ]
    run -0 "$RLSHIM" check ./busybox ls
}

@test "check shows the steps to what can be limited" {
    run -0 "$RLSHIM" check nohup env -i ./dynamic
    [[ "$output" == "nohup: can be limited ($(type -P nohup) -> $(type -P env) -> ./dynamic, dynamically linked, /"*")" ]]
}

@test "what a wrapper does not find it says itself" {
    run -127 "$RLSHIM" -u 1MB nohup nosuch
    contains "nohup: "
    [[ "$output" != *"rlshim: cannot"* ]]
    run -0 "$RLSHIM" check nohup nosuch
    [[ "$output" == "nohup: can be limited ($(type -P nohup), dynamically linked, /"*")" ]]
}

@test "a shell is not looked through: what it starts is told then" {
    run -0 "$RLSHIM" -u 1MB sh -c ./static
    contains "rlshim: ./static is not limited: it is statically linked"
}

@test "sudo and the like are refused, and how to do it is told" {
    local name
    for name in sudo doas pkexec; do
        cp dynamic "$name"
        run -1 "$RLSHIM" check "./$name" -E ls
        [ "$output" = "./$name: cannot be limited: runs its command as another user, in an environment of its own" ]
        run -125 "$RLSHIM" -u 1MB "./$name" -E ls
        contains "'$name rlshim -u 1MB COMMAND'"
        contains "does not help"
        run -125 "$RLSHIM" -u 1MB env A=b "./$name" ls
        contains "what it runs, ./$name, runs its command as another user"
    done
}

@test "what has others run a program is warned of" {
    local name
    for name in systemd-run podman; do
        cp dynamic "$name"
        run -0 "$RLSHIM" -u 1MB "./$name" ls
        contains "rlshim: warning: ./$name is limited, but not what it has others run"
        contains "'$name ... rlshim -u 1MB COMMAND'"
        run -0 "$RLSHIM" check "./$name" ls
        contains "can be limited, but not what it has others run"
    done
    run -0 "$RLSHIM" -u 1MB ./systemd-run --scope ls # it becomes the program
    [ "$output" = "" ]
    cp dynamic ssh
    run -0 "$RLSHIM" -u 1MB ./ssh -p 22 -vi key host ls
    contains "but not what it has others run"
    run -0 "$RLSHIM" -u 1MB ./ssh -p 22 -vi key host
    [ "$output" = "" ]
}

@test "chroot to where there is no librlshim.so is refused" {
    mkdir -p root
    run -125 "$RLSHIM" -u 1MB chroot root true
    contains "rlshim: cannot limit what runs in root: there is no ${RLSHIM%/*}/librlshim.so in it"
    contains "'chroot root rlshim -u 1MB COMMAND'"
    run -0 "$RLSHIM" check chroot root true
    contains "can be limited, if librlshim.so has the same path in root ("
    chroot / true 2>/dev/null || skip "only root can do that"
    run -0 "$RLSHIM" -u 1MB chroot --skip-chdir / true
}

# without_proc COMMAND...: where nothing is mounted on /proc.
without_proc() {
    unshare -m mount -t tmpfs none /proc 2>/dev/null || skip "no namespaces here"
    # shellcheck disable=SC2016 # for sh to expand
    run unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$@"
}

@test "without /proc, librlshim.so is found beside the program that was executed" {
    local ours="${RLSHIM%/*}/librlshim.so"
    ln -sf "$RLSHIM" link
    for command in "$RLSHIM" rlshim ./link; do
        PATH="${RLSHIM%/*}:$PATH" without_proc "$command" -u 1MB printenv LD_PRELOAD
        [ "$output" = "$ours" ]
    done
}

@test "without /proc, and without a path, /proc is named as the cause" {
    [ ! -e /usr/local/lib/librlshim.so ] || skip "it is installed"
    need python3
    without_proc python3 -c "import os
os.execve(os.open('$RLSHIM', os.O_RDONLY), ['rlshim', '-u', '1MB', 'echo', 'ran'], os.environ)"
    [ "$status" -eq 125 ]
    contains "rlshim: cannot find librlshim.so"
    contains "since /proc is not mounted: mount it, or run rlshim by its path."
}
