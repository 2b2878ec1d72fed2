# One limit for all that a command starts: whatever starts what, and however it cleans up before.
# What is measured is measured at the other side.
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib
load daemons
load tree

setup() {
    export HOME=$BATS_TEST_TMPDIR
}

@test "four curls that a shell starts at once upload at 1 MB/s together" {
    need curl
    uploads 4 sh -c 'for i in 1 2 3 4; do curl -sST FILE URL & done; wait'
}

@test "so do they one after the other" {
    need curl
    uploads 4 sh -c 'for i in 1 2 3 4; do curl -sST FILE URL; done'
}

@test "four that download" {
    need curl
    downloads 4 sh -c 'for i in 1 2 3 4; do curl -sSo /dev/null URL & done; wait'
}

@test "32 of xargs -P 16" {
    need curl
    uploads 32 sh -c 'seq 32 | xargs -P 16 -I{} curl -sST FILE URL{}'
}

@test "16 of make -j8" {
    need curl
    cat >"$BATS_TEST_TMPDIR/makefile" <<'END'
numbers := 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
all: $(numbers)
$(numbers):
	@curl -sSo /dev/null "$(url)"
END
    downloads 16 make -s -j8 -f "$BATS_TEST_TMPDIR/makefile" url=URL
}

@test "python's multiprocessing, which forks" {
    need python3
    python_pool fork
}

@test "and which spawns" {
    need python3
    python_pool spawn
}

python_pool() {
    cat >"$BATS_TEST_TMPDIR/pool.py" <<'END'
import multiprocessing, socket, sys

def send(port):
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(open(sys.argv[3], "rb").read())

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    processes = [multiprocessing.Process(target=send, args=(int(sys.argv[2]),)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
END
    sends 4 python3 "$BATS_TEST_TMPDIR/pool.py" "$1" PORT FILE
}

@test "children of fork, beside their parent's" {
    sends 8 "$TOOLS/starter" orphans "$TOOLS/sender" -f 2 -n $((2 * ((SHAPED + BURST) / 8))) send PORT
}

@test "what the children of a forking server send" {
    need socat nc
    serves() {
        pieces 4
        port=$(free_port)
        in_background_by "out $RATE/s burst=$BURST" "${@//PORT/$port}"
        wait_for listening "$port"
        passes "$(awk "BEGIN { print (4 * $size - $BURST) / $RATE }")" fetch_four
    }
    fetch_four() {
        local i pids=()
        for i in 1 2 3 4; do
            nc -d 127.0.0.1 "$port" >"$BATS_TEST_TMPDIR/answer$i" &
            pids+=($!)
        done
        for i in "${pids[@]}"; do
            wait "$i"
        done
        cat "$BATS_TEST_TMPDIR"/answer? | cmp -n $((4 * size)) - <(cat /dev/zero)
    }
    by_both_doors serves socat -U TCP4-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr "OPEN:$(zeros $(((SHAPED + BURST) / 4)))"
}

@test "programs that a forking server runs, with the socket as their standard output" {
    need python3 curl
    uploads 4 python3 -c 'import socketserver, subprocess, sys, threading
class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        subprocess.run(["curl", "-sST", "FILE", "URL"], check=True)
class Server(socketserver.ForkingMixIn, socketserver.TCPServer):
    pass
with Server(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    from socket import create_connection
    clients = [create_connection(server.server_address) for _ in range(4)]
    for client in clients:
        client.recv(1)
    server.shutdown()'
}

@test "a chain of ten shells, each with an upload of its own" {
    need curl
    cat >"$BATS_TEST_TMPDIR/chain" <<'END'
#!/bin/sh
curl -sST "$2" "$3" &
[ "$1" -eq 1 ] || "$0" $(($1 - 1)) "$2" "$3"
wait
END
    chmod +x "$BATS_TEST_TMPDIR/chain"
    uploads 10 "$BATS_TEST_TMPDIR/chain" 10 FILE URL
}

## Cleaned environments

@test "what env -i starts" {
    need curl
    uploads 4 env -i PATH="$PATH" sh -c 'for i in 1 2; do curl -sST FILE URL & done
        for i in 1 2; do env -i "$(command -v curl)" -sST FILE URL & done; wait'
}

@test "what python's subprocess starts with env={}" {
    need python3 curl
    uploads 4 python3 -c 'import shutil, subprocess
curl = shutil.which("curl")
children = [subprocess.Popen([curl, "-sST", "FILE", "URL"], env={}, close_fds=True, start_new_session=i > 1)
            for i in range(3)]
subprocess.run([curl, "-sST", "FILE", "URL"], env={}, check=True)
for child in children:
    child.wait()'
}

@test "what node's child_process starts with env: {}" {
    need node curl
    uploads 4 node -e 'const { spawn, execFile, exec } = require("child_process")
const curl = process.env.PATH.split(":").map(d => d + "/curl").find(require("fs").existsSync)
spawn(curl, ["-sST", "FILE", "URL"], { env: {} })
spawn(curl, ["-sST", "FILE", "URL"], { env: {}, detached: true })
execFile(curl, ["-sST", "FILE", "URL"], { env: {} })
exec(curl + " -sST FILE URL", { env: {} })'
}

@test "what perl and awk start without an environment" {
    need perl curl
    uploads 4 perl -e '%ENV = (PATH => $ENV{PATH});
for (1 .. 2) { fork or exec "curl", "-sST", "FILE", "URL" }
system "curl -sST FILE URL & wait";
open my $pipe, "-|", "curl -sST FILE URL" or die; my @all = <$pipe>; 1 while wait > 0'
}

@test "what closes all descriptors before it starts something" {
    sends 4 sh -c "for way in closed range empty vfork; do
        $TOOLS/starter \$way $TOOLS/sender -n $(((SHAPED + BURST) / 4)) send PORT & done; wait"
}

@test "daemons, whose parents have gone" {
    sends 8 sh -c "for i in 1 2 3 4; do
        $TOOLS/starter daemon $TOOLS/sender -n $(((SHAPED + BURST) / 8)) send PORT & done
        $TOOLS/starter orphans $TOOLS/sender -n $(((SHAPED + BURST) / 8)) send PORT"
}

@test "programs in other directories, of other users, and in namespaces of their own" {
    need_namespaces
    need setpriv
    sends 3 sh -c "cd /; $TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT &
        unshare -pf --mount-proc $TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT &
        unshare -mui $TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT & wait"
}

@test "programs of the same user in user namespaces, where he has another number, or is root" {
    need unshare
    unshare -r unshare -U true 2>/dev/null || skip "no user namespaces here"
    sends 3 sh -c "$TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT &
        unshare -U $TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT &
        unshare -r unshare -U $TOOLS/sender -n $(((SHAPED + BURST) / 3)) send PORT & wait"
}

## Programs that start programs

@test "git clones from a daemon" {
    need git
    cd "$BATS_TEST_TMPDIR"
    make_repository served "$(noise 1020000)"
    start_git_daemon
    clones() {
        passes 1 limited_by "in $RATE/s burst=$BURST" \
            git clone -q "git://127.0.0.1:$port/served" "$BATS_TEST_TMPDIR/clone"
        cmp served/noise "$BATS_TEST_TMPDIR/clone/noise"
    }
    by_both_doors clones
}

@test "rsync over ssh" {
    need rsync
    start_sshd
    file=$(noise 1020000)
    shell="${ssh[*]}"
    copies() {
        passes 1 limited_by "out $RATE/s burst=$BURST" \
            rsync -e "$shell" "$file" "127.0.0.1:$BATS_TEST_TMPDIR/copy"
        cmp "$file" "$BATS_TEST_TMPDIR/copy"
    }
    by_both_doors copies
}
