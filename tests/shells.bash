# shells.bash - shells that complete, in a terminal of tmux. Loaded after lib.bash.
#
# In each of them `C-x d` dumps the line, and `C-x a` inserts all that there is to choose from;
# rltool is a command with arguments of its own, alpha and beta.
# shellcheck disable=SC2154 # variables are set by one file, and used by another

# home_of_shells PREFIX: their own, and what is installed there is found.
home_of_shells() {
    prefix=$1
    server=rlshim-$BASHPID-$RANDOM
    dump=$BATS_TEST_TMPDIR/dump
    export HOME=$BATS_TEST_TMPDIR/home PATH=$prefix/bin:$PATH:$BATS_TEST_TMPDIR/home
    export TERM=xterm
    export XDG_DATA_DIRS=$prefix/share:/usr/local/share:/usr/share
    mkdir -p "$HOME/.config/fish"
    printf '#!/bin/sh\n' >"$HOME/rltool"
    chmod +x "$HOME/rltool"
}

start_bash() {
    cat >"$HOME/.bashrc" <<END
PS1='ready> '
$1
dump() { printf '%s\n' "\$READLINE_LINE" >$dump.new; mv $dump.new $dump; READLINE_LINE=; }
bind -x '"\C-xd": dump'
bind '"\C-xa": insert-completions'
bind 'set bell-style none'
complete -W 'alpha beta' rltool
END
    terminal bash bash --rcfile "$HOME/.bashrc" -i
}

# By itself, and with the package.
start_plain_bash() {
    start_bash ". $prefix/share/bash-completion/completions/rlshim"
}

start_packaged_bash() {
    local package=/usr/share/bash-completion/bash_completion
    [ -e "$package" ] || skip "bash-completion is not installed"
    start_bash ". $package"
}

start_zsh() {
    need zsh
    cat >"$HOME/.zshrc" <<END
PS1='ready> '
fpath=($prefix/share/zsh/site-functions \$fpath)
autoload -Uz compinit && compinit -u -d $HOME/zcompdump
dump() { print -r -- "\$BUFFER" >$dump.new; mv $dump.new $dump; BUFFER=; }
zle -N dump
bindkey '^Xd' dump
choices() { _main_complete; compstate[insert]=all; }
zle -C choices complete-word choices
bindkey '^Xa' choices
bindkey '^I' expand-or-complete
_rltool() { compadd alpha beta; }
compdef _rltool rltool
END
    terminal zsh env ZDOTDIR="$HOME" zsh -i
}

start_fish() {
    need fish
    # Otherwise it begins to make completions of all manual pages.
    mkdir -p "$HOME/.local/fish/generated_completions"
    cat >"$HOME/.config/fish/config.fish" <<END
set fish_greeting
function fish_prompt
    echo 'ready> '
end
bind \cxd 'commandline >$dump.new; mv $dump.new $dump; commandline ""'
complete -c rltool -f -a 'alpha beta'
END
    terminal fish env XDG_CONFIG_HOME="$HOME/.config" XDG_DATA_HOME="$HOME/.local" fish -i
}

# terminal SHELL COMMAND...
terminal() {
    shell=$1
    shift
    tmux -L "$server" -f /dev/null new-session -d -x 200 -y 50 "$(printf '%q ' "$@")" 3>&-
    tmux -L "$server" display-message -p '#{pid}' >>"$BATS_TEST_TMPDIR/pids"
    wait_for shows 'ready>'
}

screen() {
    tmux -L "$server" capture-pane -p
}

shows() {
    screen | grep -qe "$1"
}

is_clear() {
    [ "$(screen | grep .)" = 'ready>' ]
}

# typed LINE KEY...: how the line is after it was typed, and the keys were pressed.
typed() {
    rm -f "$dump"
    tmux -L "$server" send-keys -l "$1"
    tmux -L "$server" send-keys "${@:2}" C-x d
    wait_for test -e "$dump"
    cat "$dump"
}

# completes LINE INTO: a tab makes that of it. On a busy machine one may be pressed in vain: in one of
# three tries.
completes() {
    local line _
    for _ in 1 2 3; do
        line=$(typed "$1" Tab)
        if [ "$line" = "$2" ]; then
            return 0
        fi
    done
    die "'$1' became '$line' instead of '$2'"
}

# choices LINE: what there is to choose from for its last word, a word a line.
choices() {
    local line
    if [ "$shell" = fish ]; then
        # shellcheck disable=SC2016 # of fish
        line=$(line=$1 fish -c 'complete "--do-complete=$line"' | cut -f 1)
    else
        line=$(typed "$1" C-x a)
        line=${line#"${1% *} "}
    fi
    tr -s " '" '\n' <<<"$line" | grep . | sort -u
}
