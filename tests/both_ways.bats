# Programs that send as well as receive are held to 1 MB/s one way and then the other, and what they
# carry arrives as it was.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash sets variables

load lib
load daemons

setup() {
    export HOME=$BATS_TEST_TMPDIR
    size=1500000
    duration=1.43 # (size - burst) / rate
    answer=$BATS_TEST_TMPDIR/answer
}

# start_keeping_sink [OPTION]...: one that keeps $answer, of what is to be $file.
start_keeping_sink() {
    file=$(noise "$size")
    start_sink -r 1000000 -b 64000 -k "$answer" "$@"
}

# upload COMMAND...: of $file, to the sink.
upload() {
    export RL_LIMITS='out 1MB/s burst=64kB'
    limited "$@"
    stop_sink
    cmp "$file" "$answer"
    at_rate 1000000
}

# download COMMAND...: of $file, from the source.
download() {
    export RL_LIMITS='in 1MB/s burst=64kB'
    limited "$@"
    stop_source
    cmp "$file" "$answer"
    received_at_rate 1000000
}

@test "node http uploads" {
    need node
    start_keeping_sink
    upload node -e "require('fs').createReadStream('$file').pipe(
        require('http').request('http://127.0.0.1:$port/',
            { method: 'POST', headers: { 'Content-Length': $size } },
            response => response.resume()))"
}

@test "node http downloads" {
    need node
    start_source
    download node -e "require('http').get('http://127.0.0.1:$port/', response =>
        response.pipe(require('fs').createWriteStream('$answer')))"
}

# The arguments are a URL, and the file to upload or to write.
write_java_client() {
    cat >"$BATS_TEST_TMPDIR/Client.java" <<END
import java.net.URI;
import java.net.http.*;
import java.nio.file.Path;

class Client {
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[1]);
        var request = HttpRequest.newBuilder(URI.create(arguments[0]));
        $1
    }
}
END
}

@test "java HttpClient uploads" {
    need java
    start_keeping_sink
    write_java_client '
        request.POST(HttpRequest.BodyPublishers.ofFile(file));
        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.discarding());'
    upload java "$BATS_TEST_TMPDIR/Client.java" "http://127.0.0.1:$port/" "$file"
}

@test "java HttpClient downloads" {
    need java
    start_source
    write_java_client '
        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofFile(file));'
    download java "$BATS_TEST_TMPDIR/Client.java" "http://127.0.0.1:$port/" "$answer"
}

@test "socat uploads" {
    need socat
    start_keeping_sink --raw
    upload socat -u "OPEN:$file" "TCP4:127.0.0.1:$port"
}

@test "socat downloads" {
    need socat
    start_source --raw
    download socat -u "TCP4:127.0.0.1:$port" "CREATE:$answer"
}

@test "ncat uploads" {
    need ncat
    start_keeping_sink --raw
    upload ncat --send-only 127.0.0.1 "$port" <"$file"
}

@test "ncat downloads" {
    need ncat
    start_source --raw
    # shellcheck disable=SC2016 # for sh to expand
    download sh -c 'exec ncat --recv-only 127.0.0.1 "$0" >"$1"' "$port" "$answer"
}

# iperf3_reports WHAT OPTION...: run it against a server of its own; what it says it measured is
# within the limit, and not much slower.
iperf3_reports() {
    need iperf3 python3
    port=$(free_port)
    in_background iperf3 -s -B 127.0.0.1 -p "$port" >"$BATS_TEST_TMPDIR/log" 2>&1
    wait_for listening "$port"
    limited iperf3 -c 127.0.0.1 -p "$port" -J "${@:2}" >"$answer"
    read -r bytes rate < <(python3 -c 'import json, sys
end = json.load(sys.stdin)["end"]
report = end[sys.argv[1] if sys.argv[1] in end else "sum"] # of datagrams, before 3.10
print(report["bytes"], (report["bytes"] - 64000) / report["seconds"])' "$1" <"$answer")
    holds "$bytes >= $size"
    holds "$rate <= 1000000" || die "too fast: $rate/s"
    holds "$rate >= 700000" || die "too slow: $rate/s"
}

@test "iperf3 sends" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    iperf3_reports sum_sent -n "$size"
}

@test "iperf3 receives" {
    export RL_LIMITS='in 1MB/s burst=64kB'
    iperf3_reports sum_received -t 2 --reverse # 3.9 comes to no end of so many bytes
}

@test "iperf3 sends datagrams" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    iperf3_reports sum_sent -n "$size" --udp --bitrate 100M
}

@test "scp uploads" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_sshd
    file=$(noise "$size")
    timed limited "${scp[@]}" "$file" "127.0.0.1:$answer"
    cmp "$file" "$answer"
    took "$duration"
}

@test "scp downloads" {
    export RL_LIMITS='in 1MB/s burst=64kB'
    start_sshd
    file=$(noise "$size")
    timed limited "${scp[@]}" "127.0.0.1:$file" "$answer"
    cmp "$file" "$answer"
    took "$duration"
}

@test "sshd accepts 5 connections a second" {
    export RL_LIMITS='accept 5/s burst=1'
    start_sshd LD_PRELOAD="$SHIM"
    timed greetings 6
    took 1 # (6 - burst) / rate
    file=$(noise 1000)
    "${scp[@]}" "127.0.0.1:$file" "$answer"
    cmp "$file" "$answer"
}

# greetings COUNT: of so many connections, each the version that sshd says first.
greetings() {
    local i greeting
    for ((i = 0; i < $1; i++)); do
        read -r greeting <"/dev/tcp/127.0.0.1/$port"
        [[ $greeting == SSH-2.0-* ]]
    done
}

@test "sshd sends at 1 MB/s" {
    export RL_LIMITS='out 1MB/s burst=64kB'
    start_sshd LD_PRELOAD="$SHIM"
    file=$(noise "$size")
    timed "${scp[@]}" "127.0.0.1:$file" "$answer"
    cmp "$file" "$answer"
    took "$duration"
}
