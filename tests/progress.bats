# `rlshim --progress`: a line on the terminal, and else what a command is without it.
# shellcheck disable=SC2016,SC2034,SC2154 # shells within shells; variables of other files

load lib
bats_require_minimum_version 1.5.0
load tree
load seen
load terminal

LIMIT='out 20kB/s burst=4kB'
LINE='out 20kB/s: [12][0-9]\.[0-9] kB/s, [0-9.]* kB, held [0-9.]* s, 1 waiting$'

# sender PYTHON: a command in quotes that sends for as long as it is not ended; PYTHON comes first.
sender() {
    cat >"$BATS_TEST_TMPDIR/send.py" <<END
import os, signal, socket, sys, time
open('$BATS_TEST_TMPDIR/pid', 'w').write(str(os.getpid()))
$1
s = socket.create_connection(('127.0.0.1', $port))
while True:
    s.sendall(bytes(2000))
END
    echo "'$(system_python)' '$BATS_TEST_TMPDIR/send.py'"
}

# start_progress [OPTION]... [-- PYTHON]: such a sender in the terminal, until the line is there.
start_progress() {
    local options=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    rm -f "$BATS_TEST_TMPDIR/pid"
    keys "'$RLSHIM' --progress -l '$LIMIT' ${options[*]} $(sender "${2:-}"); echo status=\$?" Enter
    wait_for test -s "$BATS_TEST_TMPDIR/pid"
    sending=$(<"$BATS_TEST_TMPDIR/pid")
    launcher=$(ps -o ppid= -p "$sending" | tr -d ' ')
    echo "$sending" >>"$BATS_TEST_TMPDIR/pids"
}

# The shell is back, and nothing is left: no line, and no setting.
all_is_well() {
    wait_for hides 'waiting'
    wait_for gone "$launcher"
    is_set_as_before
}

is_zombie() {
    [ "$(ps -o state= -p "$1")" = Z ]
}

@test "it draws a line a second, and takes it away" {
    start_sink --raw
    terminal 100 24
    start_progress -- 'print("at the left", end="", flush=True)'
    wait_for shows "$LINE"
    screen
    [ "$(screen | grep -A 2 '^at the left$' | tail -n 1 | grep -c "$LINE")" = 1 ]
    local first
    first=$(screen | grep "$LINE")
    wait_for hides "$first"
    shows "$LINE"
    kill "$sending"
    wait_for shows 'status=143'
    all_is_well
}

@test "at the bottom of the screen as well, and it is not in what has scrolled" {
    start_sink --raw
    terminal 100 8
    start_progress -- 'for i in range(20): print("row", i)
sys.stdout.flush()'
    wait_for shows "$LINE"
    [ "$(screen | tail -n 4 | head -n 1)" = 'row 19' ]
    sleep 1.5
    [ "$(screen | tail -n 4 | head -n 1)" = 'row 19' ]
    [ "$(screen | grep -c waiting)" = 1 ]
    kill "$sending"
    wait_for shows 'status=143'
    all_is_well
    run -1 grep waiting <(tmux -L "$server" capture-pane -p -S -)
}

@test "what the command writes stays, and can be read" {
    start_sink --raw
    terminal 100 24
    start_progress -- '
import threading
def talk():
    for i in range(100):
        print("short", i, flush=True)
        time.sleep(0.7)
threading.Thread(target=talk, daemon=True).start()'
    wait_for shows "short 4"
    wait_for shows "$LINE"
    screen
    for i in 0 1 2 3; do
        shows "^short $i\$\|^short $i   * out 20kB/s"
    done
    kill "$sending"
    wait_for shows 'status=143'
    wait_for hides "$LINE\$"
}

@test "a question, its answer, and what is said to it stay" {
    start_sink --raw
    terminal 100 24
    start_progress -- '
import threading
def ask():
    print("got", input("Name: "), flush=True)
threading.Thread(target=ask, daemon=True).start()'
    wait_for shows "$LINE"
    keys x
    sleep 1.2
    shows '^Name: x$'
    keys yz Enter
    wait_for shows '^got xyz$'
    shows '^Name: xyz$'
    shows "$LINE"
    kill "$sending"
    wait_for shows 'status=143'
    all_is_well
}

@test "a summary comes whole, and nothing behind it" {
    start_sink --raw
    local width
    for width in 80 130; do
        terminal "$width" 24
        keys 'export RL_SUMMARY=1; clear' Enter
        start_progress -l "'connect 5/s'" -l "'in 1MB/s'" -- '
signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))'
        wait_for shows 'out 20kB/s: .* waiting'
        kill "$sending"
        wait_for shows 'status=3'
        tmux -L "$server" capture-pane -p -J >"$BATS_TEST_TMPDIR/screen"
        for limit in 'out 20kB/s' 'connect 5/s' 'in 1MB/s'; do
            grep "^rlshim: $limit: .* s.*; python3[.0-9]* [0-9]* *\$" "$BATS_TEST_TMPDIR/screen"
        done
        all_is_well
        tmux -L "$server" kill-server
        rm "$BATS_TEST_TMPDIR/before"
    done
}

@test "it keeps to the width of the terminal, and takes a new one" {
    start_sink --raw
    terminal 90 24
    start_progress -l "'connect 5/s'"
    wait_for shows "$LINE"
    hides 'connect 5/s:'
    tmux -L "$server" resize-window -x 130 -y 24
    wait_for shows 'out 20kB/s: .* waiting; connect 5/s: .*, 1 call, held 0.0 s, 0 waiting$'
    tmux -L "$server" resize-window -x 30 -y 24
    wait_for shows '^out 20kB/s: [0-9.]* kB/s, [0-9.]* kB*$'
    [ "$(screen | grep -c 'out 20kB/s: ')" = 1 ]
    tmux -L "$server" resize-window -x 100 -y 12
    wait_for shows "$LINE"
    [ "$(screen | grep -c 'waiting')" = 1 ]
    kill "$sending"
    wait_for shows 'status=143'
    all_is_well
}

@test "it is drawn anew as soon as the size is another one" {
    start_sink --raw
    RESIZED=1 run -5 on_terminal env TERM=xterm sh -c "exec '$RLSHIM' --progress -l '$LIMIT' $(sender '
signal.alarm(4)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(5))')"
    [ "$(grep -o 'held' <<<"$output" | wc -l)" -ge 10 ]
}

@test "in bits, if it is asked for" {
    start_sink --raw
    terminal 100 24
    start_progress --progress=bits
    wait_for shows 'out 20kB/s: 1[0-9][0-9] kbit/s, [0-9.]* [kM]bit, held'
    run "$RLSHIM" --progress=bytes -u 1MB true
    [ "$status" -eq 125 ]
    [ "${lines[0]}" = "rlshim: --progress is in bytes, and --progress=bits in bits; there is no 'bytes'" ]
}

@test "limits of others that it is in come behind its own" {
    start_sink --raw
    terminal 150 24
    local name=progress-$BASHPID-$RANDOM
    start_progress -l "'connect 5/s scope=shared:$name'"
    wait_for shows "out 20kB/s: .* waiting; connect 5/s: .* waiting$"
    kill "$sending"
    wait_for shows 'status=143'
    keys "clear; export RL_LIMITS='in 1GB/s'" Enter
    keys "'$RLSHIM' run -c 10 sh" Enter
    start_progress
    wait_for shows "out 20kB/s: .* waiting; .*in 1GB/s: .* waiting$"
}

@test "of the keyboard, ^C ends the command, or does what that wants" {
    start_sink --raw
    terminal 100 24
    start_progress -- 'signal.signal(signal.SIGINT, signal.SIG_DFL)'
    wait_for shows "$LINE"
    keys C-c
    wait_for gone "$sending"
    all_is_well
    start_progress -- 'signal.signal(signal.SIGINT, lambda *_: sys.exit(7))'
    wait_for shows "$LINE"
    keys C-c
    wait_for shows 'status=7'
    all_is_well
}

@test "^Z stops both, the shell says so, and fg continues them" {
    start_sink --raw
    terminal 100 24
    start_progress
    for _ in 1 2; do
        wait_for shows "$LINE"
        keys C-z
        wait_for is_stopped "$launcher"
        is_stopped "$sending"
        wait_for hides 'waiting'
        is_set_as_before
        keys 'clear; fg' Enter
    done
    wait_for shows "$LINE"
    # By its number alone, of which the terminal knows nothing.
    kill -TSTP "$launcher"
    wait_for is_stopped "$launcher"
    is_stopped "$sending"
    kill -CONT "$launcher"
    wait_for runs "$sending"
    keys 'clear; fg' Enter
    wait_for shows "$LINE"
    kill "$sending"
    wait_for gone "$sending"
    all_is_well
}

runs() {
    ! is_stopped "$1"
}

@test "a program that stops itself when the terminal asks for it stops both" {
    start_sink --raw
    terminal 100 24
    start_progress -- '
def stop(*_):
    os.kill(os.getpid(), signal.SIGSTOP)
signal.signal(signal.SIGTSTP, stop)'
    wait_for shows "$LINE"
    # This is of others, who continue nobody but it.
    kill -STOP "$sending"
    wait_for is_stopped "$sending"
    sleep 0.5
    runs "$launcher"
    kill -CONT "$sending"
    wait_for runs "$sending"
    keys C-z
    wait_for is_stopped "$launcher"
    is_stopped "$sending"
    keys 'clear; fg' Enter
    wait_for shows "$LINE"
    kill "$sending"
    wait_for gone "$sending"
    all_is_well
}

@test "in the background it is silent, and goes on when it is in the foreground" {
    start_sink --raw
    terminal 100 24
    keys 'stty tostop' Enter
    rm "$BATS_TEST_TMPDIR/before"
    keys "stty -g >$BATS_TEST_TMPDIR/before; clear" Enter
    wait_for test -s "$BATS_TEST_TMPDIR/before"
    start_progress
    wait_for shows "$LINE"
    keys C-z
    wait_for is_stopped "$launcher"
    keys 'clear; bg' Enter
    wait_for runs "$sending"
    sleep 2.5
    hides 'waiting'
    runs "$launcher"
    keys 'fg' Enter
    wait_for shows "$LINE"
    kill "$sending"
    wait_for gone "$sending"
    all_is_well
}

@test "signals that are sent to it are passed on" {
    start_sink --raw
    terminal 100 24
    start_progress -- '
def note(number, _):
    with open("'"$BATS_TEST_TMPDIR"'/caught", "a") as file:
        file.write(f"{number} ")
for number in (1, 2, 3, 10, 12, 14, 15):
    signal.signal(number, note)'
    wait_for shows "$LINE"
    local number
    for number in 1 2 3 10 12 14 15; do
        kill -"$number" "$launcher"
        wait_for grep -q "$number \$" "$BATS_TEST_TMPDIR/caught"
    done
    [ "$(<"$BATS_TEST_TMPDIR/caught")" = '1 2 3 10 12 14 15 ' ]
    kill -9 "$sending"
    wait_for shows 'status=137'
    all_is_well
}

@test "killed itself, it leaves the command, limited" {
    start_sink --raw
    terminal 100 24
    start_progress
    wait_for shows "$LINE"
    kill -9 "$launcher"
    wait_for shows 'status=137'
    sender=$sending
    is_seen
    kill "$sending"
}

@test "when its terminal goes, so do both" {
    start_sink --raw
    terminal 100 24
    start_progress
    wait_for shows "$LINE"
    tmux -L "$server" kill-server
    wait_for gone "$sending"
    wait_for gone "$launcher"
}

@test "a terminal that takes nothing holds up no signal, and no end" {
    start_sink --raw
    terminal 100 24
    start_progress
    wait_for shows "$LINE"
    keys C-s
    sleep 1.5
    kill "$launcher"
    wait_for gone "$sending"
    wait_for gone "$launcher"
    keys C-q
    wait_for shows 'status=143'
}

# on_terminal COMMAND...: it has that for its controlling terminal. Prints what is written there,
# and whether a signal ended it; the status is the command's, as a shell has it. RESIZED=1: the
# terminal has another size ten times a second, for three seconds.
on_terminal() {
    python3 -c '
import fcntl, os, pty, struct, sys, termios, threading, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
def resize():
    for i in range(30):
        time.sleep(0.1)
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("4H", 24, 80 + i, 0, 0))
if os.environ.get("RESIZED"):
    threading.Thread(target=resize, daemon=True).start()
while True:
    try:
        text = os.read(fd, 4096)
    except OSError:
        break
    sys.stdout.buffer.write(text)
    sys.stdout.flush()
status = os.waitpid(pid, 0)[1]
if os.WIFSIGNALED(status):
    print("by a signal", "and a core" if os.WCOREDUMP(status) else "")
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))' "$@"
}

@test "its status is the command's, and so is its end by a signal" {
    local command
    for command in 'exit 0' 'exit 3' 'kill -TERM $$' 'kill -SEGV $$' 'kill -KILL $$'; do
        run "$RLSHIM" -u 1MB sh -c "ulimit -c 0; $command"
        local expected=$status
        run -"$expected" on_terminal "$RLSHIM" --progress -u 1MB sh -c "$command"
        [[ $command != kill* || $output == *'by a signal'* ]]
        [[ $output != *rlshim* ]]
        [[ $output != *$'\e'* ]]
    done
    run -127 on_terminal "$RLSHIM" --progress -u 1MB ./nowhere
    run -126 on_terminal "$RLSHIM" --progress -u 1MB /etc/passwd
    run -125 on_terminal "$RLSHIM" --progress true
    # What is found out only by its start.
    printf '#!/bin/sh\n' >"$BATS_TEST_TMPDIR/script"
    chmod +x "$BATS_TEST_TMPDIR/script"
    RL_LIMITS='connect 1/s to=[' run -125 on_terminal "$RLSHIM" --progress "$BATS_TEST_TMPDIR/script"
}

@test "there is no core but the command's" {
    cd "$BATS_TEST_TMPDIR"
    ulimit -c unlimited 2>/dev/null || skip "no cores here"
    run -139 on_terminal "$RLSHIM" --progress -u 1MB sh -c 'kill -SEGV $$'
    [[ $output != *'and a core'* ]]
}

@test "the command finds what it would have found" {
    local show='grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status
        ls -l /proc/self/fd | sed "s/.*:.. //; s/[0-9]\{3,\}/N/"
        env | grep -v -e ^_= -e ^RL_TREE= | sort
        ps -o tpgid= -o pgid= -p $$ | awk "{ print \$1 == \$2 }"
        ps -o args= -p $$ | head -n 1
        stty -a'
    cat >"$BATS_TEST_TMPDIR/strangely.py" <<'END'
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
for number in (signal.SIGHUP, signal.SIGCHLD, signal.SIGINT, signal.SIGTSTP):
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
END
    run -3 on_terminal python3 "$BATS_TEST_TMPDIR/strangely.py" "$RLSHIM" -u 1MB bash -c "$show; exit 3"
    local plain=$output
    run -3 on_terminal python3 "$BATS_TEST_TMPDIR/strangely.py" "$RLSHIM" --progress -u 1MB bash -c "$show; exit 3"
    diff <(echo "$plain") <(echo "$output")
}

@test "while it runs, and when it has ended, there is no zombie" {
    start_sink --raw
    terminal 100 24
    start_progress
    wait_for shows "$LINE"
    run -1 is_zombie "$sending"
    kill -9 "$sending"
    wait_for shows 'status=137'
    wait_for gone "$sending"
    all_is_well
}

@test "an alarm that was set before is the command's" {
    local before='import os, signal, sys
signal.alarm(1)
os.execv(sys.argv[1], sys.argv[1:])'
    run -142 on_terminal python3 -c "$before" "$RLSHIM" --progress -u 1MB sleep 9
}

@test "a dumb terminal gets no escapes" {
    start_sink --raw
    local command term
    command=$(sender '
signal.alarm(4)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(5))')
    for term in TERM=dumb TERM= -u\ TERM; do
        # shellcheck disable=SC2086 # -u TERM are two
        run -5 on_terminal env ${term} sh -c "exec '$RLSHIM' --progress -l '$LIMIT' $command"
        [[ $output != *$'\e'* ]]
        [[ $output =~ $'\r   '\ *'out 20kB/s: '[0-9.]+' kB/s, '[0-9.]+' kB, held '[0-9.]+' s, 1 waiting'$'\r' ]]
        [[ $output =~ $'\r'\ +$'\r'$ ]]
    done
}

@test "no colour" {
    start_sink --raw
    run -5 on_terminal env TERM=xterm sh -c "exec '$RLSHIM' --progress -l '$LIMIT' $(sender '
signal.alarm(3)
signal.signal(signal.SIGALRM, lambda *_: sys.exit(5))')"
    [[ $output == *'out 20kB/s: '* ]]
    [[ ! $output =~ $'\e['[0-9]+m ]]
}

@test "where standard error is no terminal, the launcher becomes the command" {
    in_background "$RLSHIM" --progress -u 1MB sleep 60
    wait_for is_running "$!" sleep
    # Nor where only standard output is one.
    run -0 on_terminal sh -c "'$RLSHIM' --progress -u 1MB sleep 2 2>'$BATS_TEST_TMPDIR/errors'"
    [ -z "$output" ]
    [ ! -s "$BATS_TEST_TMPDIR/errors" ]
}

# is_running PID COMMAND
is_running() {
    [ "$(ps -o comm= -p "$1")" = "$2" ]
}

@test "what cannot be seen is said once, and the command runs" {
    run -3 on_terminal "$RLSHIM" --progress -l 'out 1MB/s scope=process' sh -c 'exit 3'
    [[ ${lines[0]} == "rlshim: --progress has nothing to show: limits of scope=process cannot be seen from outside"* ]]
    run -3 --separate-stderr "$RLSHIM" --progress -l 'out 1MB/s scope=process' sh -c 'exit 3'
    [ -z "$stderr" ]
}
