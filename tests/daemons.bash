# daemons.bash - servers that are not under the shim, for real programs that are. Loaded after
# lib.bash. Each start_NAME sets port.

# Of the module `files`, which is the directory of that name.
start_rsync_daemon() {
    port=$(free_port)
    mkdir "$BATS_TEST_TMPDIR/files"
    cat >"$BATS_TEST_TMPDIR/rsyncd.conf" <<END
uid = $(id -u)
gid = $(id -g)
use chroot = no
[files]
path = $BATS_TEST_TMPDIR/files
read only = no
END
    in_background rsync --daemon --no-detach --address=127.0.0.1 --port="$port" \
        --config="$BATS_TEST_TMPDIR/rsyncd.conf" --log-file="$BATS_TEST_TMPDIR/rsyncd.log"
    wait_for listening "$port"
}

# Of all repositories. It is the daemon itself: `git daemon` would be a second process to kill.
start_git_daemon() {
    port=$(free_port)
    in_background "$(git --exec-path)/git-daemon" --listen=127.0.0.1 --port="$port" \
        --base-path="$BATS_TEST_TMPDIR" --export-all --enable=receive-pack
    wait_for listening "$port"
}

# make_repository NAME FILE: with a commit of the file.
make_repository() {
    export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com
    export GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.com
    git init -q "$1"
    cp "$2" "$1"
    git -C "$1" add .
    git -C "$1" commit -q -m 'A file'
}

start_redis() {
    port=$(free_port)
    in_background redis-server --bind 127.0.0.1 --port "$port" --save '' \
        --dir "$BATS_TEST_TMPDIR" --logfile redis.log
    wait_for listening "$port"
}
