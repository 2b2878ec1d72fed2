# terminal.bash - a real terminal, tmux's, which says what is on it. Loaded after lib.bash.
# shellcheck disable=SC2154 # variables are set by one file, and used by another

# terminal WIDTH HEIGHT [COMMAND]: a shell in it, and what it says of the terminal. Of a server of
# its own: one that was killed may still be about to end. In the background, as tests run beside each
# other, SIGQUIT is ignored, and older ones of tmux leave that so.
terminal() {
    need tmux pgrep
    local shell="env --default-signal=QUIT PS1='ready> ' sh"
    server=rlshim-$BASHPID-$RANDOM
    tmux -L "$server" -f /dev/null new-session -d -x "$1" -y "$2" "${3:-$shell}" 3>&-
    tmux -L "$server" display-message -p '#{pid}' >>"$BATS_TEST_TMPDIR/pids"
    wait_for shows 'ready>'
    keys "stty -g >$BATS_TEST_TMPDIR/before; clear" Enter
    wait_for test -s "$BATS_TEST_TMPDIR/before"
}

keys() {
    tmux -L "$server" send-keys "$@"
}

screen() {
    tmux -L "$server" capture-pane -p
}

shows() {
    screen | grep -qe "$1"
}

hides() {
    ! shows "$1"
}

# The terminal, by the shell in it.
is_set_as_before() {
    rm -f "$BATS_TEST_TMPDIR/after"
    keys "stty -g >$BATS_TEST_TMPDIR/after" Enter
    wait_for test -s "$BATS_TEST_TMPDIR/after"
    cmp "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

is_stopped() {
    [ "$(ps -o state= -p "$1")" = T ]
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}
