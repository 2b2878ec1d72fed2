# `rlshim top`, in a real terminal: tmux's, which says what is on it.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
bats_require_minimum_version 1.5.0
load tree
load seen
load terminal

# start_top [OPTION]...
start_top() {
    keys "'$RLSHIM' top $* 2>/dev/null; echo status=\$?" Enter
    wait_for shows 'sorted by'
}

# all_is_well: the shell is back, with its own screen, cursor and modes.
all_is_well() {
    wait_for hides 'sorted by'
    [ "$(tmux -L "$server" display-message -p '#{alternate_on} #{cursor_flag}')" = '0 1' ]
    is_set_as_before
}

top_pid() {
    pgrep -f "^$RLSHIM top" -P "$(tmux -L "$server" display-message -p '#{pane_pid}')"
}

@test "it draws limits, rates and processes, and quits" {
    send_slowly 'out 20kB/s burst=4kB'
    terminal 120 24
    start_top "$sender"
    [ "$(tmux -L "$server" display-message -p '#{alternate_on} #{cursor_flag}')" = '1 0' ]
    wait_for shows 'out 20kB/s  *20.0 kB/s  *[12][0-9]\.[0-9] kB/s .* 1  *[0-9.]* s |.*[*#@]|'
    screen
    shows "^tree $tree: python3[.0-9]* $sender, for [0-9]* s, 1 process, 0 not limited"
    shows "^  *$sender .*python3.* -c"
    shows '^  LIMIT  *ASKED  *2 s  *10 s  *40 s LEVEL WAIT    HELD'
    keys q
    wait_for shows 'status=0'
    all_is_well
}

@test "it takes the size of the terminal, and a new one" {
    send_slowly 'out 20kB/s burst=4kB'
    terminal 120 24
    start_top "$sender"
    wait_for shows '20.0 kB/s.*|$'
    tmux -L "$server" resize-window -x 80 -y 12
    wait_for shows '^    |.*|$'
    [ "$(screen | head -n 1 | cut -c 1-7)" = 'rlshim ' ]
    tmux -L "$server" resize-window -x 30 -y 4
    wait_for hides "$sender "
    [ "$(screen | head -n 1 | cut -c 1-7)" = 'rlshim ' ]
    tmux -L "$server" resize-window -x 130 -y 30
    wait_for shows '20.0 kB/s.*|$'
    keys q
    all_is_well
}

@test "it sorts, keeps the order, pauses, and shows bits and help" {
    send_slowly 'out 20kB/s burst=4kB'
    terminal 100 24
    start_top "$sender"
    wait_for shows '20.0 kB/s'
    keys b
    wait_for shows '160 kbit/s'
    keys b
    wait_for shows '20.0 kB/s'
    for order in rate waiting 'time held' age; do
        keys s
        wait_for shows "sorted by $order"
    done
    keys o
    wait_for shows 'order frozen'
    keys o
    wait_for hides 'order frozen'
    keys p
    wait_for shows '\[paused\]'
    local paused
    paused=$(screen | grep 'out 20kB/s')
    sleep 1.5
    [ "$(screen | grep 'out 20kB/s')" = "$paused" ]
    keys Space
    wait_for hides '\[paused\]'
    keys '?'
    wait_for shows '^q  *quit'
    keys '?'
    wait_for shows 'out 20kB/s'
    keys q
    all_is_well
}

@test "whatever has most of it is on top" {
    local name=top-$BASHPID-$RANDOM
    in_background "$RLSHIM" -l "connect 1000/s scope=shared:$name" sleep 60
    sleep 1.2
    send_slowly 'out 20kB/s burst=4kB' "connect 1000/s scope=shared:$name"
    terminal 100 24
    start_top "$sender"
    wait_for shows "shared:$name"
    keys s
    wait_for shows 'sorted by rate'
    wait_for tree_is_first
    keys s s s
    wait_for shows 'sorted by age'
    wait_for name_is_first
    keys o s
    sleep 1.5
    name_is_first
    keys q
    all_is_well
}

tree_is_first() {
    screen | grep -E '^(tree|shared)' | head -n 1 | grep -q ^tree
}

name_is_first() {
    screen | grep -E '^(tree|shared)' | head -n 1 | grep -q ^shared
}

@test "killed by what can be caught, it gives the terminal back" {
    local signal status
    for signal in TERM:143 HUP:129 QUIT:131; do
        terminal 80 24
        keys 'ulimit -c 0; clear' Enter
        start_top
        kill -"${signal%:*}" "$(top_pid)"
        wait_for shows "status=${signal#*:}"
        all_is_well
        tmux -L "$server" kill-server
    done
}

# Of which a shell learns, and ends its list of commands.
@test "^C ends it, as by that signal" {
    terminal 80 24
    start_top
    keys C-c
    wait_for shows 'ready>'
    all_is_well
}

@test "suspended, it gives the terminal back; continued, it is there again" {
    terminal 80 24
    start_top
    local pid
    pid=$(top_pid)
    keys C-z
    wait_for is_stopped "$pid"
    all_is_well
    keys 'fg' Enter
    wait_for shows 'sorted by'
    keys C-z
    wait_for is_stopped "$pid"
    all_is_well
    keys 'fg' Enter
    wait_for shows 'sorted by'
    # From outside, of which no shell knows, and the screen need not be the same.
    kill -STOP "$pid"
    wait_for is_stopped "$pid"
    keys 'fg' Enter
    wait_for shows 'sorted by'
    keys q
    all_is_well
}

@test "a terminal that takes nothing does not keep it" {
    terminal 80 24
    start_top
    local pid
    pid=$(top_pid)
    keys C-s
    sleep 1.5
    kill "$pid"
    wait_for gone "$pid"
    keys C-q
    is_set_as_before
}

@test "when its terminal goes, so does it" {
    terminal 80 24
    start_top
    local pid
    pid=$(top_pid)
    tmux -L "$server" kill-server
    wait_for gone "$pid"
}


@test "without colour, where that is not wanted; nothing but ASCII in any case" {
    send_slowly 'out 20kB/s burst=4kB name=x'
    terminal 80 24
    keys "NO_COLOR=1 TERM=xterm '$RLSHIM' top $sender 2>/dev/null" Enter
    wait_for shows 'sorted by'
    wait_for shows '20.0 kB/s'
    run -1 in_colour
    run -1 is_more_than_ascii
    keys q
    wait_for hides 'sorted by'
    keys "'$RLSHIM' top $sender 2>/dev/null" Enter
    wait_for shows '20.0 kB/s'
    in_colour
    keys q
}

in_colour() {
    tmux -L "$server" capture-pane -p -e | grep -q $'\e\[3[1-6]m'
}

is_more_than_ascii() {
    screen | LC_ALL=C grep -q $'[^\t -~]'
}

@test "where it is no terminal, or a dumb one, or with --once: one plain table" {
    send_slowly 'out 20kB/s burst=4kB'
    run --separate-stderr "$RLSHIM" top "$sender"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output != *$'\e'* ]]
    [[ ${lines[1]} == "  LIMIT                 ASKED        NOW LEVEL WAIT      HELD" ]]
    [[ ${lines[2]} == "tree $tree: python3"*" $sender, for "* ]]
    [[ ${lines[3]} =~ "  out 20kB/s        20.0 kB/s  "+[12][0-9.]+" kB/s "+[0-9]+"%    1 "+[0-9.]+" s"$ ]]
    [[ ${lines[4]} == *" $sender "*python3* ]]
    terminal 100 24
    keys "TERM=dumb '$RLSHIM' top $sender 2>/dev/null" Enter
    wait_for shows 'NOW LEVEL'
    keys "clear; '$RLSHIM' top --once --bits $sender 2>/dev/null" Enter
    wait_for shows '160 kbit/s'
    all_is_well
}
