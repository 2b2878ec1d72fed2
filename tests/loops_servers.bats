# A limited nginx, of which one client, or server, is held to a rate: it answers the others at once.
# Whom a limit is for is told by addresses: the one that is held is 127.0.0.2.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # a test is a subshell; lib.bash has variables, too

load lib

setup() {
    answer=$BATS_TEST_TMPDIR/answer
    nginx_port=$(free_port)
    at=http://127.0.0.1:$nginx_port
}

# start_nginx [DIRECTIVE]...: a limited one, of a process with one loop; the directives are those of
# its server. It has /small itself.
start_nginx() {
    echo small >"$BATS_TEST_TMPDIR/small"
    cat >"$BATS_TEST_TMPDIR/nginx.conf" <<END
daemon off;
master_process off;
pid $BATS_TEST_TMPDIR/nginx.pid;
error_log stderr;
events {
}
http {
    $(nginx_files)
    client_max_body_size 0;
    proxy_http_version 1.1;
    proxy_read_timeout 20s;
    server {
        listen 127.0.0.1:$nginx_port;
        root $BATS_TEST_TMPDIR;
        $(printf '%s\n        ' "$@")
    }
}
END
    limited_nginx
    wait_for listening "$nginx_port"
}

# shaped SECONDS COMMAND...: run it; it takes so long, while five requests a connection of others
# are answered again and again.
shaped() {
    local begin=$EPOCHREALTIME times=$BATS_TEST_TMPDIR/times status=0
    in_background "${@:2}"
    local pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        curl -sS -m 2 --interface 127.0.0.3 -w '%{stderr}%{time_total}\n' "$at/small?[1-5]" \
            >>"$answer.others" 2>>"$times"
        sleep 0.02
    done
    wait "$pid" || status=$?
    elapsed=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
    [ "$status" -eq 0 ] || die "exit status $status: ${*:2}"
    took "$1"
    answered_in_time "$times"
}

# 20 ms, but for one in twenty, which may find the processor busy.
answered_in_time() {
    sort -n "$1" | awk '{ time[NR] = $1; late += $1 >= 0.02 }
        END { print NR " answers, half within " time[int((NR + 1) / 2)] " s, all within " time[NR]
              exit !(NR >= 50 && late <= NR / 20) }' || die "others wait"
}

# serves_two [DIRECTIVE]...: a file twice to one client, by one connection, at 200 kB/s.
serves_two() {
    need nginx curl
    file=$(noise 200000)
    export RL_LIMITS='out 200kB/s burst=20kB to=127.0.0.2'
    start_nginx "$@"
    shaped 1.9 curl -sS -m 20 --interface 127.0.0.2 "$at/noise?[1-2]" -o "$answer#1" # less the burst
}

@test "nginx answers others while it sends a file to one" {
    serves_two 'sendfile off;'
    cmp "$file" "$answer"1
    cmp "$file" "$answer"2
}

@test "nginx answers others while it sends a file to one, by sendfile" {
    serves_two 'sendfile on;' 'tcp_nopush on;'
    cmp "$file" "$answer"1
    cmp "$file" "$answer"2
}

@test "nginx keeps others waiting with RL_NONBLOCK=block" {
    export RL_NONBLOCK=block
    ! serves_two 'sendfile off;' || die "it answers, though calls are held"
}

# proxies [DIRECTIVE]...: both ways at once, with limits for the client and for the server.
proxies() {
    need nginx curl
    size=300000
    start_source
    local source_port=$port
    start_sink -r 200000 -b 20000 -e "$file"
    export RL_LIMITS="out 200kB/s burst=20kB to=127.0.0.2; in 200kB/s burst=20kB to=127.0.0.2
        out 200kB/s burst=20kB to=:$port; in 200kB/s burst=20kB to=:$source_port"
    start_nginx "$@" "location /get { proxy_pass http://127.0.0.1:$source_port; }" \
        "location /put { proxy_pass http://127.0.0.1:$port; }"
    # shellcheck disable=SC2016 # for sh to expand
    shaped 1.4 sh -c 'curl -sS -m 20 --interface 127.0.0.2 -T "$0" -H Expect: "$2/put" & pid=$!
        curl -sS -m 20 --interface 127.0.0.2 "$2/get" -o "$1" && wait $pid' "$file" "$answer" "$at"
    cmp "$file" "$answer"
    kill "$nginx_pid"
    stop_sink
    holds "$units >= $size"
    within_bound 200000
}

@test "nginx answers others while it is a proxy for one, limited on both sides" {
    proxies
}

@test "nginx answers others while it is a proxy for one, limited on both sides, without buffers" {
    proxies 'proxy_buffering off;' 'proxy_request_buffering off;'
}
