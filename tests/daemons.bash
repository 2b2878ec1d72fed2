# daemons.bash - servers that are not under the shim, for real programs that are. Loaded after
# lib.bash. Each start_NAME sets port.
# shellcheck disable=SC2034 # what is set is used by others

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

# start_sshd [VARIABLE=VALUE]...: one with keys of its own. Sets ssh and scp to commands that log in
# there.
start_sshd() {
    need sshd scp ssh-keygen
    # Its init script makes it; root's sshd insists.
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    port=$(free_port)
    local key
    for key in host user; do
        ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/$key"
    done
    cat >"$BATS_TEST_TMPDIR/sshd_config" <<END
ListenAddress 127.0.0.1:$port
HostKey $BATS_TEST_TMPDIR/host
AuthorizedKeysFile $BATS_TEST_TMPDIR/user.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
END
    echo "[127.0.0.1]:$port $(<"$BATS_TEST_TMPDIR/host.pub")" >"$BATS_TEST_TMPDIR/known_hosts"
    in_background env "$@" "$(command -v sshd)" -D -e -f "$BATS_TEST_TMPDIR/sshd_config" \
        2>"$BATS_TEST_TMPDIR/log"
    wait_for listening "$port"
    local options=(-q -F none -i "$BATS_TEST_TMPDIR/user" -o BatchMode=yes -o IdentitiesOnly=yes
        -o UserKnownHostsFile="$BATS_TEST_TMPDIR/known_hosts")
    ssh=(ssh "${options[@]}" -p "$port")
    scp=(scp "${options[@]}" -P "$port")
}
