# Children of programs that clean their environment: they have the limits, by each way there is.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; run_limited sets variables

load lib

ENTRY=$BUILD/tests/exec/entry
SHOW=$BUILD/tests/exec/show

setup() {
    export RL_LIMITS='calls 20/s burst=1' RL_SUMMARY=0
    ours="LD_PRELOAD=$SHIM
RL_LIMITS=$RL_LIMITS
RL_SUMMARY=0
RL_TREE=NAMESPACE,TREE"
}

# One name of a tree is like the other.
any_tree() {
    sed -E 's/^RL_TREE=[0-9a-f]{8},[0-9a-f]{16}$/RL_TREE=NAMESPACE,TREE/'
}

# limited_clean COMMAND...: with nothing in the environment but what a limit needs; sets output.
limited_clean() {
    status=0
    output=$(timeout --foreground 20 env -i LD_PRELOAD="${PRELOAD:-$SHIM}" RL_LIMITS="$RL_LIMITS" \
        RL_SUMMARY=0 "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
    output=$(any_tree <<<"$output")
}

# each_way ENVIRONMENT CHECK ARGUMENT: of $SHOW, however it is run; `CHECK` looks at $output.
each_way() {
    local count=0
    while read -r way; do
        limited_clean "$ENTRY" "$way" "$1" "$SHOW" "$3"
        case $way:$status in
        fexecve:126) # glibc refuses NULL
            [ "$1" = null ]
            grep -q 'Invalid argument' "$BATS_TEST_TMPDIR/stderr"
            continue
            ;;
        pidfd_*:77) continue ;; # before glibc 2.39, and in musl
        execveat:77) continue ;;
        esac
        [ "$status" -eq 0 ] || die "$way: $status: $(<"$BATS_TEST_TMPDIR/stderr")"
        "$2" || die "$way: $output"
        count=$((count + 1))
    done < <("$ENTRY")
    [ "$count" -ge 18 ]
}

# The shell sorts, and adds, as it likes.
by_shell() {
    case $way in
    system | popen | wordexp) ;;
    *) return 1 ;;
    esac
}

is_ours() {
    if by_shell; then
        output=$(grep -e ^RL_ -e ^LD_ <<<"$output" | sort)
    fi
    [ "$output" = "$ours" ]
}

is_held() {
    [ "$output" = held ]
}

own_entries="A=1
no equals
PATH=/nowhere:$BUILD/tests/exec

=nothing
B=\\xff\\xfe\\x0a\\x09 
A=2
RL_
LD_PRELOAD
RL_LIMITS"

is_own_and_ours() {
    if by_shell; then
        [[ $'\n'$output$'\n' == *$'\n'"B=\\xff\\xfe\\x0a\\x09 "$'\n'* ]] || return 1
        is_ours
        return
    fi
    [ "$output" = "$own_entries
$ours" ]
}

# But for what follows the way.
is_listed() {
    local list=$1
    output=$(grep -e ^RL_ -e ^LD_ <<<"$output" | sort)
    [ "$output" = "LD_PRELOAD=$list
${ours#*$'\n'}" ]
}

@test "an empty environment" {
    each_way cleared is_ours environment
}

@test "no environment" {
    each_way null is_ours environment
}

@test "what is in it is kept, byte for byte and in order" {
    each_way own is_own_and_ours environment
}

@test "an environment that lacks nothing" {
    each_way kept is_ours environment
}

@test "the child is held" {
    each_way cleared is_held held
}

own_list_stands_behind() {
    is_listed "$SHIM:libdl.so.2 librt.so.1"
}

own_list_with_us_stays() {
    is_listed "librt.so.1:$SHIM"
}

own_list_with_a_link_stays() {
    is_listed "$BATS_TEST_TMPDIR/librlshim.so:librt.so.1"
}

@test "a list of preloads without us stands behind ours" {
    ls /lib/*/libdl.so.2 /lib/*/librt.so.1 || skip "needs these"
    export ENTRY_LIST='libdl.so.2 librt.so.1'
    limited_clean() { limited_listed "$@"; }
    each_way listed own_list_stands_behind environment
}

@test "a list of preloads with us stays, by whichever name" {
    ls /lib/*/librt.so.1 || skip "needs this"
    limited_clean() { limited_listed "$@"; }
    export ENTRY_LIST="librt.so.1:$SHIM"
    each_way listed own_list_with_us_stays environment
    ln -s "$SHIM" "$BATS_TEST_TMPDIR/librlshim.so"
    export ENTRY_LIST="$BATS_TEST_TMPDIR/librlshim.so:librt.so.1"
    each_way listed own_list_with_a_link_stays environment
}

limited_listed() {
    status=0
    output=$(timeout --foreground 20 env -i LD_PRELOAD="$SHIM" RL_LIMITS="$RL_LIMITS" \
        RL_SUMMARY=0 ENTRY_LIST="$ENTRY_LIST" "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
    output=$(any_tree <<<"$output")
}

@test "the other preloads of the start come back with ours, which is named where it is" {
    ls /lib/*/librt.so.1 || skip "needs this"
    PRELOAD="librt.so.1 $SHIM" limited_clean "$ENTRY" execve cleared "$SHOW" environment
    [ "$output" = "LD_PRELOAD=librt.so.1 $SHIM
${ours#*$'\n'}" ]
    cd "$(dirname "$SHIM")"
    # shellcheck disable=SC2016 # for the other shell
    PRELOAD=./librlshim.so limited_clean sh -c 'cd / && exec env -i "$0" environment' "$SHOW"
    [ "$(sort <<<"$output")" = "LD_PRELOAD=$PWD/librlshim.so:./librlshim.so
${ours#*$'\n'}" ]
}

@test "without a limit nothing is put back" {
    unset RL_LIMITS
    export RL_SUMMARY=0
    run_limited "$ENTRY" execve cleared "$SHOW" environment
    [ "$status" -eq 0 ]
    [ "$stdout" = "" ]
    run_limited "$ENTRY" posix_spawn null "$SHOW" environment
    [ "$status" -eq 0 ]
    [ "$stdout" = "" ]
}

# holds_in COMMAND...: its child is held.
holds_in() {
    run_limited "$@"
    [ "$stdout" = held ]
}

@test "an environment that is too long for the kernel is refused by it" {
    need python3
    ulimit -s 8192
    limited_clean python3 -c '
import os, threading
long = [{"A%d" % i: "" for i in range(count)} for count in (200000, 1000000)]
long.append({"LD_PRELOAD": "a" * (16 << 20)})
def run():
    for environment in long:
        try:
            os.posix_spawn("/bin/true", ["true"], environment)
        except OSError as error:
            print(error.strerror, flush=True)
run()
threading.stack_size(4 << 20)
thread = threading.Thread(target=run)
thread.start()
thread.join()'
    [ "$status" -eq 0 ]
    [ "$(uniq -c <<<"$output" | xargs)" = '6 Argument list too long' ]
}

@test "what only asks whether it may be run is told so" {
    need python3
    local ask='import ctypes, sys
libc, AT_FDCWD, AT_EXECVE_CHECK = ctypes.CDLL(None, use_errno=True), -100, 0x10000
argv = (ctypes.c_char_p * 2)(b"true", None)
print(libc.execveat(AT_FDCWD, b"/bin/true", argv, None, AT_EXECVE_CHECK))'
    python3 -c "$ask" >"$BATS_TEST_TMPDIR/expected" || skip "no execveat here"
    run_limited python3 -c "$ask"
    [ "$stdout" = "$(<"$BATS_TEST_TMPDIR/expected")" ]
}

@test "env -i, and env -u" {
    holds_in env -i "$SHOW" held
    holds_in env -i env -i "$SHOW" held
    holds_in env -u LD_PRELOAD -u RL_LIMITS "$SHOW" held
    holds_in env LD_PRELOAD= "$SHOW" held
}

@test "a script of env -i" {
    printf '#!/usr/bin/env -iS sh\n%q held\n' "$SHOW" >"$BATS_TEST_TMPDIR/script"
    chmod +x "$BATS_TEST_TMPDIR/script"
    holds_in "$BATS_TEST_TMPDIR/script"
}

@test "bash: exec -c, and unset" {
    holds_in bash -c "exec -c '$SHOW' held"
    holds_in bash -c "unset LD_PRELOAD RL_LIMITS; '$SHOW' held"
    holds_in bash -c "echo held | while read -r word; do env -i '$SHOW' \$word; done"
}

@test "xargs, find, nohup, timeout and setsid below env -i" {
    need xargs find
    holds_in sh -c "echo held | env -i xargs '$SHOW'"
    holds_in find "$SHOW" -exec env -i {} held ';'
    holds_in find "$SHOW" -execdir env -i {} held ';'
    holds_in env -i nohup timeout 9 setsid -w "$SHOW" held
}

@test "make -j" {
    need make
    printf 'unexport LD_PRELOAD RL_LIMITS\nall: a b\na b:\n\t@%s held\n' "$SHOW" \
        >"$BATS_TEST_TMPDIR/Makefile"
    run_limited make -s -j 2 -f "$BATS_TEST_TMPDIR/Makefile"
    [ "$stdout" = $'held\nheld' ]
    run_limited env -i make -s -j 2 -f "$BATS_TEST_TMPDIR/Makefile"
    [ "$stdout" = $'held\nheld' ]
}

@test "python: subprocess, os, multiprocessing" {
    need python3
    local call
    for call in 'subprocess.run(show, env={})' 'subprocess.run(show, env={}, close_fds=False)' \
        'subprocess.run(show, env={}, start_new_session=True)' \
        'subprocess.run(show, env={}, preexec_fn=os.getpid)' \
        'subprocess.run(" ".join(show), env={}, shell=True)' \
        'os.waitpid(os.posix_spawn(show[0], show, {}), 0)' \
        'os.spawnve(os.P_WAIT, show[0], show, {})' 'os.execve(show[0], show, {})' \
        'os.execve(os.open(show[0], os.O_RDONLY), show, {})' \
        'os.environ.clear(); os.execv(show[0], show)' \
        'os.environ.clear(); os.system(" ".join(show))' \
        'os.environ.clear(); print(os.popen(" ".join(show)).read(), end="")' \
        'os.closerange(3, 1000); subprocess.run(show, env={})'; do
        holds_in python3 -c "import os, subprocess, sys; show = sys.argv[1:]; $call" "$SHOW" held
    done
    cat >"$BATS_TEST_TMPDIR/spawn.py" <<'END'
import multiprocessing, os, sys

def child(show):
    os.environ.clear()
    os.execv(show, [show, "held"])

if __name__ == "__main__":
    for variable in "LD_PRELOAD", "RL_LIMITS":
        del os.environ[variable]
    multiprocessing.set_start_method("spawn")
    process = multiprocessing.Process(target=child, args=(sys.argv[1],))
    process.start()
    process.join()
END
    holds_in python3 "$BATS_TEST_TMPDIR/spawn.py" "$SHOW"
}

@test "node: child_process" {
    need node
    local call
    for call in "spawnSync(show, ['held'], {env: {}, stdio: 'inherit'})" \
        "spawnSync('show', ['held'], {env: {PATH: '${SHOW%/*}'}, stdio: 'inherit'})" \
        "execSync(show + ' held', {env: {}, stdio: 'inherit'})" \
        "spawn(show, ['held'], {env: {}, stdio: 'inherit', detached: true})"; do
        holds_in node -e "const show = '$SHOW'; require('child_process').$call"
    done
}

@test "perl: exec, system, backticks" {
    need perl
    # shellcheck disable=SC2016 # perl's
    for call in 'exec @ARGV' 'system @ARGV' 'print `@ARGV`' 'open F, "-|", @ARGV; print <F>' \
        'exec "@ARGV; true"'; do
        holds_in perl -e "%ENV = (); $call" "$SHOW" held
    done
}

@test "ruby: spawn with unsetenv_others" {
    need ruby
    holds_in ruby -e 'Process.wait(spawn({}, *ARGV, unsetenv_others: true))' "$SHOW" held
}

@test "java: ProcessBuilder" {
    need java javac
    cat >"$BATS_TEST_TMPDIR/Start.java" <<'END'
public class Start {
    public static void main(String[] arguments) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(arguments).inheritIO();
        builder.environment().clear();
        builder.start().waitFor();
    }
}
END
    javac -d "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/Start.java"
    holds_in java -cp "$BATS_TEST_TMPDIR" Start "$SHOW" held
    holds_in java -Djdk.lang.Process.launchMechanism=FORK -cp "$BATS_TEST_TMPDIR" Start "$SHOW" held
    holds_in java -Djdk.lang.Process.launchMechanism=VFORK -cp "$BATS_TEST_TMPDIR" Start "$SHOW" \
        held
}

@test "what it sends is at the rate" {
    need python3 curl
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_sink -r 1000000 -b 64000
    limited python3 -c 'import subprocess, sys; subprocess.run(sys.argv[1:], env={}, check=True)' \
        "$(command -v curl)" -sS -T "$(zeros 1000000)" "http://127.0.0.1:$port/"
    stop_sink
    at_rate 1000000
}

@test "thousands of vforks beside threads that allocate" {
    local count=2000
    [ ! "${LONG:-}" ] || count=10000
    PATIENCE=300 run_limited "$BUILD/tests/exec/vforks" $count "$(type -P true)"
    echo "$stdout"
    [ "$status" -eq 0 ]
}
