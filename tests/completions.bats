# What shells complete for rlshim: the shells themselves, in a terminal of tmux, from where make
# install puts it. What there is to complete is asked of rlshim.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; others have variables, too

load lib
bats_require_minimum_version 1.5.0
load tree
load shells



setup() {
    need make tmux
    usr=$BATS_FILE_TMPDIR/usr
    [ -e "$usr" ] || make_in_place "$usr" install
    home_of_shells "$usr"
}

# make_in_place PREFIX TARGET
make_in_place() {
    env -u MAKEFLAGS -u MAKELEVEL make -s -C "$ROOT" BUILD="$BUILD" PREFIX="$1" "$2"
}

## What rlshim says there is.

commands_of_rlshim() {
    grep -oE '\{"[a-z]+", *[a-z_]+_command\}' "$ROOT/src/cli/main.c" | cut -d '"' -f 2
}

is_command() {
    "$RLSHIM" "$1" --no-such-option 2>&1 | grep -q '^rlshim: there is no option'
}

# options_of COMMAND: long ones, as it lists them, and each letter that it knows.
options_of() {
    local letter
    "$RLSHIM" "$1" --no-such-option 2>&1 | sed -n 's/.*; there are: //p' | tr -d , | tr ' ' '\n'
    for letter in {a..z} {A..Z}; do
        # The second is wrong, whatever becomes of the first.
        "$RLSHIM" "$1" "-$letter" --no --no 2>&1 </dev/null |
            grep -q "there is no option -$letter" || echo "-$letter"
    done
}

# listed SPEC: the words that it takes instead of the one that is wrong in it.
listed() {
    "$RLSHIM" -l "$1" true 2>&1 | sed -n 's/.*; there are: //p' | tr -d , | tr ' ' '\n' |
        sed 's/NAME$//' | grep .
}

# same KIND EXPECTED ACTUAL
same() {
    local sorted
    sorted=$(sort -u <<<"$2")
    [ "$sorted" ] || die "rlshim tells of no $1"
    diff <(grep -vxFe "$sorted" <<<"$3") /dev/null ||
        die "$shell: there is no such $1"
    diff <(grep -vxFe "$3" <<<"$sorted") /dev/null || die "$shell: not completed: $1"
}

# all_is_completed: neither more nor less than there is.
all_is_completed() {
    local command option
    same command "$(commands_of_rlshim)" "$(choices 'rlshim ')"
    for command in $(commands_of_rlshim); do
        is_command "$command"
        same "option of $command" "$(options_of "$command")" \
            "$(choices "rlshim $command -" | grep ^-.)"
    done
    same 'option of rlshim' "$(options_of run)" "$(choices 'rlshim -' | grep ^-.)"

    same 'kind of limit' "$(listed '?')" "$(choices "rlshim -l '")"
    same 'option of a limit' "$(listed 'out 1MB/s ?=?')" \
        "$(choices "rlshim -l 'out 1MB/s " | sed -n 's/=.*//p')"
    for option in algo mode nonblock scope; do
        same "$option" "$(listed "out 1MB/s $option=?")" \
            "$(choices "rlshim -l 'out 1MB/s $option=" | sed -e 's/.*=//' -e 's/:.*/:/' |
                grep -vxF -e rlshim -e -l -e out -e 1MB/s)"
    done
    for option in 'requests 9/s count' 'tokens 9/s count' 'tokens 9/s cached'; do
        same "${option##* }" "$(listed "$option=?")" \
            "$(choices "rlshim -l '$option=" | sed 's/.*=//' |
                grep -vxF -e rlshim -e -l -e tokens -e requests -e 9/s)"
    done
    same algorithm "$(listed 'out 1MB/s algo=?'; echo all)" "$(choices 'rlshim simulate -a ')"
}

## What all shells do alike.

# A limit is one word of the shell.
limits_are_completed() {
    completes "rlshim -l 'out 1MB/s bur" "rlshim -l 'out 1MB/s burst="
    completes "rlshim -u 1MB -l 'in 1MB/s burst=4kB sco" \
        "rlshim -u 1MB -l 'in 1MB/s burst=4kB scope="
    completes "rlshim -l 'connect 9/m burst=1 scope=sh" \
        "rlshim -l 'connect 9/m burst=1 scope=shared:"
    completes "rlshim -l 'out 1MB/s algo=tok" "rlshim -l 'out 1MB/s algo=token-bucket' "
    completes 'rlshim -u "1MB mo' 'rlshim -u "1MB mode='
    completes "rlshim run --download '8Mbit burst=1MB timeo" \
        "rlshim run --download '8Mbit burst=1MB timeout="
    completes "rlshim simulate -l 'connec" "rlshim simulate -l 'connect "
    completes "rlshim set api 'acc" "rlshim set api 'accept "
    completes 'rlshim -u 5Mb' 'rlshim -u 5Mbit '
    completes "rlshim --rpm '60 cac" "rlshim --rpm '60 cached="
    completes "rlshim --rpm '60 count=mo" "rlshim --rpm '60 count=models' "
    completes "rlshim simulate --tpm '90k count=in" "rlshim simulate --tpm '90k count=input' "
}

# With its own arguments; the options before it are not taken for it, nor its options for ours.
commands_are_completed() {
    local before
    for before in '' '-u 1MB ' "--limit 'out 1MB/s' -c 10 " '--download 1MB -- ' 'run -d 1MB ' \
        'check ' "--limit='connect 9/m burst=1' "; do
        completes "rlshim ${before}rlto" "rlshim ${before}rltool "
        "${1:-completes}" "rlshim ${before}rltool al" "rlshim ${before}rltool alpha "
    done
    # Which zsh never looks for.
    [ "$shell" = zsh ] || completes 'rlshim --down 1MB rlto' 'rlshim --down 1MB rltool '
    completes 'rlshim rltool --ver' 'rlshim rltool --ver'
    completes 'rlshim stats --js' 'rlshim stats --json '
}

files_are_completed() {
    local line
    touch "$HOME/rltrace.csv"
    for line in 'plot' 'plot -t title' 'simulate -a gcra' 'stats -o' 'stats --json --output'; do
        completes "rlshim $line ~/rltr" "rlshim $line ~/rltrace.csv "
    done
    completes "rlshim status ~/rltr" "rlshim status ~/rltr"
}

what_runs_is_completed() {
    local begin=c$BASHPID-$RANDOM command pid
    local name=$begin-api
    mkfifo "$BATS_TEST_TMPDIR/never"
    # Until it is killed. The text of a command is no part of the JSON.
    # shellcheck disable=SC2016 # of sh
    in_background "$RLSHIM" -l "out 1MB/s scope=shared:$name" \
        sh -c 'read -r line <"$1"' '{"pid": 1, "' "$BATS_TEST_TMPDIR/never"
    pid=$!
    wait_for is_member "$pid"
    for command in stats top set pause resume reset; do
        completes "rlshim $command $begin" "rlshim $command $name "
        choices "rlshim $command " | grep -x "$pid"
    done
    choices 'rlshim status ' | grep -x "$pid"
    run -1 grep -xe "$name" -e 1 <(choices 'rlshim status ')
    completes "rlshim -l 'out 1MB/s scope=shared:$begin" "rlshim -l 'out 1MB/s scope=shared:$name' "
    completes "rlshim pause $name connec" "rlshim pause $name connect "
    kill "$pid"
    wait "$pid" || true
    completes "rlshim stats $begin" "rlshim stats $begin"
}

# Where rlshim fails, or is not there, nothing is said.
it_fails_in_silence() {
    local line program
    mkdir -p "$HOME/fails" "$HOME/lacks"
    printf '#!/bin/sh\necho itself not found >&2; exit 1\n' >"$HOME/fails/rlshim"
    chmod +x "$HOME/fails/rlshim"
    for program in mv clear; do
        ln -sf "$(command -v "$program")" "$HOME/lacks"
    done
    for path in "$HOME/fails:$PATH" "$HOME/lacks"; do
        tmux -L "$server" send-keys "export PATH=$path; clear" Enter
        wait_for is_clear
        for line in 'rlshim stats ' 'rlshim status ' "rlshim -l 'out 1MB/s scope=shared:z"; do
            completes "$line" "$line"
        done
        screen
        run -1 grep -ve '^ready>' -e '^$' <(screen)
        run -1 grep -ie 'not found' -e 'unknown command' <(screen)
    done
}

## The tests

@test "make uninstall leaves nothing" {
    [ -x "$usr/bin/rlshim" ]
    [ "$(find "$usr" -type f -name '*rlshim*' -path '*/share/*' | grep -vc /man/)" -eq 3 ]
    make_in_place "$BATS_TEST_TMPDIR/usr" install
    make_in_place "$BATS_TEST_TMPDIR/usr" uninstall
    [ "$(find "$BATS_TEST_TMPDIR/usr" ! -type d)" = "" ]
}

@test "bash by itself completes all that there is, and nothing else" {
    start_plain_bash
    all_is_completed
}

@test "bash by itself completes limits, commands and files" {
    start_plain_bash
    limits_are_completed
    commands_are_completed :
    files_are_completed
}

@test "bash by itself completes what runs, or is silent" {
    start_plain_bash
    what_runs_is_completed
    it_fails_in_silence
}

@test "bash with its package completes all that there is, and nothing else" {
    start_packaged_bash
    all_is_completed
}

@test "bash with its package completes limits, commands and files" {
    start_packaged_bash
    limits_are_completed
    commands_are_completed
    files_are_completed
}

@test "bash with its package completes what runs, or is silent" {
    start_packaged_bash
    what_runs_is_completed
    it_fails_in_silence
}

@test "zsh completes all that there is, and nothing else" {
    start_zsh
    all_is_completed
}

@test "zsh completes limits, commands and files" {
    start_zsh
    limits_are_completed
    commands_are_completed
    files_are_completed
}

@test "zsh completes what runs, or is silent" {
    start_zsh
    what_runs_is_completed
    it_fails_in_silence
}

@test "fish completes all that there is, and nothing else" {
    start_fish
    all_is_completed
}

@test "fish completes limits, commands and files" {
    start_fish
    limits_are_completed
    commands_are_completed
    files_are_completed
}

@test "fish completes what runs, or is silent" {
    start_fish
    what_runs_is_completed
    it_fails_in_silence
}
