# Servers under the shim, as people run them; their clients are not. They do not measure. But who
# accepts or sends within the limit cannot have done so much in less time.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash sets variables

load lib

setup() {
    export HOME=$BATS_TEST_TMPDIR
    size=1500000
    duration=1.43 # (size - burst) / rate
    answer=$BATS_TEST_TMPDIR/answer
    port=$(free_port)
}

# start_limited_server COMMAND...: one that listens on $port.
start_limited_server() {
    in_background env LD_PRELOAD="$SHIM" "$@" >"$BATS_TEST_TMPDIR/log" 2>&1
    wait_for listening "$port"
}

# sends_at_1MB COMMAND...: start one that serves a file at /noise, limited, and fetch that.
sends_at_1MB() {
    export RL_LIMITS='out 1MB/s burst=64kB'
    file=$(noise "$size")
    "$@"
    timed curl -sS -o "$answer" "http://127.0.0.1:$port/noise"
    cmp "$file" "$answer"
    took "$duration"
}

# accepts_20_a_second COMMAND...: likewise; a small file is fetched 11 times, each by a connection
# of its own, one after the other and then all at once.
accepts_20_a_second() {
    export RL_LIMITS='accept 20/s burst=1'
    file=$(noise 1000)
    "$@"
    fetch_11_times
    fetch_11_times --parallel --parallel-max 11
}

fetch_11_times() {
    local i
    timed curl -sS "$@" -H 'Connection: close' -o "$answer#1" \
        "http://127.0.0.1:$port/noise?[1-11]"
    for i in {1..11}; do
        cmp "$file" "$answer$i"
        rm "$answer$i"
    done
    took 0.5 # (11 - burst) / rate
}

python_server() {
    start_limited_server python3 -m http.server --bind 127.0.0.1 --directory "$BATS_TEST_TMPDIR" \
        "$port"
}

@test "python http.server sends at 1 MB/s" {
    need python3 curl
    sends_at_1MB python_server
}

@test "python http.server accepts 20 connections a second" {
    need python3 curl
    accepts_20_a_second python_server
}

nginx_server() {
    cat >"$BATS_TEST_TMPDIR/nginx.conf" <<END
daemon off;
master_process off;
pid $BATS_TEST_TMPDIR/nginx.pid;
error_log stderr;
events {
}
http {
    $(nginx_files)
    $1
    server {
        listen 127.0.0.1:$port;
        root $BATS_TEST_TMPDIR;
    }
}
END
    start_limited_server nginx -c "$BATS_TEST_TMPDIR/nginx.conf"
}

@test "nginx sends at 1 MB/s" {
    need nginx curl
    sends_at_1MB nginx_server
}

@test "nginx sends at 1 MB/s with sendfile" {
    need nginx curl
    sends_at_1MB nginx_server 'sendfile on;'
}

@test "nginx accepts 20 connections a second" {
    need nginx curl
    accepts_20_a_second nginx_server
}

node_server() {
    start_limited_server node -e "require('http').createServer((request, response) =>
        require('fs').createReadStream('$file').pipe(response)).listen($port, '127.0.0.1')"
}

@test "node http sends at 1 MB/s" {
    need node curl
    sends_at_1MB node_server
}

@test "node http accepts 20 connections a second" {
    need node curl
    accepts_20_a_second node_server
}

@test "redis-server sends a large value at 1 MB/s" {
    need redis-server redis-cli
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_limited_server redis-server --bind 127.0.0.1 --port "$port" --save '' \
        --dir "$BATS_TEST_TMPDIR"
    file=$(noise "$size")
    redis-cli -p "$port" -x set large <"$file"
    timed redis-cli -p "$port" --raw get large >"$answer"
    head -c "$size" "$answer" | cmp "$file" - # then a newline
    took "$duration"
}

@test "socat sends at 1 MB/s, shared by the children that it forks" {
    need socat nc
    export RL_LIMITS='out 1MB/s burst=64kB'
    file=$(noise $((size / 2)))
    start_limited_server socat -U "TCP4-LISTEN:$port,bind=127.0.0.1,fork" "OPEN:$file"
    timed fetch_two_at_once
    cmp "$file" "$answer"
    cmp "$file" "$answer.2"
    took "$duration"
}

fetch_two_at_once() {
    nc -d 127.0.0.1 "$port" >"$answer.2" 3>&- &
    nc -d 127.0.0.1 "$port" >"$answer"
    wait $!
}
