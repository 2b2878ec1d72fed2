# stdio on sockets: what shells, sort and inetd's services send and receive by it is limited.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash sets variables

load lib

OUT='out 200kB/s burst=20kB'
IN='in 200kB/s burst=20kB'
ONE='write 1/h'

# The programs are to be as slow as a user would have them with LONG=1; else a third of the time does.
if [ "${LONG:-}" ]; then
    RATE=200000 BURST=20000
else
    RATE=600000 BURST=60000
fi

# Lines in order, of 600 kB in all.
lines() {
    seq -f %099.0f 0 5999 >"$BATS_TEST_TMPDIR/lines"
    echo "$BATS_TEST_TMPDIR/lines"
}

# takes_its_time COMMAND...: 600 kB, to $port, in 2.9 s, or 0.9 s.
takes_its_time() {
    export RL_LIMITS="out $RATE/s burst=$BURST"
    limited "$@"
    sleep 0.1
    stop_sink
    [ "$units" -eq 600000 ]
    at_rate "$RATE"
}

@test "sort >/dev/tcp/HOST/PORT" {
    local file
    file=$(lines)
    start_sink --raw -r "$RATE" -b "$BURST" -e "$file"
    takes_its_time bash -c "sort -R '$file' | sort >/dev/tcp/127.0.0.1/$port"
}

@test "echo in a loop, to /dev/tcp/HOST/PORT" {
    local file
    file=$(lines)
    start_sink --raw -r "$RATE" -b "$BURST" -e "$file"
    # shellcheck disable=SC2016 # for the other bash to expand
    takes_its_time bash -c 'exec >"/dev/tcp/127.0.0.1/$0"
        while read -r line; do echo "$line"; done <"$1"' "$port" "$file"
}

@test "printf of awk, to /dev/tcp/HOST/PORT" {
    need awk
    local file
    file=$(lines)
    start_sink --raw -r "$RATE" -b "$BURST" -e "$file"
    takes_its_time bash -c "awk '{ printf \"%s\n\", \$0 }' '$file' >/dev/tcp/127.0.0.1/$port"
}

@test "print of python and perl, to /dev/tcp/HOST/PORT" {
    need python3 perl
    local file command
    file=$(lines)
    for command in "python3 -c 'import sys; [print(line, end=\"\") for line in open(sys.argv[1])]'" \
        "perl -pe 1"; do
        start_sink --raw -r "$RATE" -b "$BURST" -e "$file"
        takes_its_time bash -c "$command '$file' >/dev/tcp/127.0.0.1/$port"
    done
}

@test "iostreams of C++, on standard output" {
    need c++
    local file
    file=$(lines)
    cat >"$BATS_TEST_TMPDIR/lines.cc" <<'END'
#include <fstream>
#include <iostream>
#include <string>

int main(int argc, char **argv)
{
    std::ios::sync_with_stdio(argc < 3);
    std::ifstream file(argv[1]);
    for (std::string line; std::getline(file, line);)
        std::cout << line << '\n';
}
END
    c++ -o "$BATS_TEST_TMPDIR/lines-cc" "$BATS_TEST_TMPDIR/lines.cc"
    local with
    for with in '' alone; do
        start_sink --raw -r "$RATE" -b "$BURST" -e "$file"
        takes_its_time bash -c \
            "'$BATS_TEST_TMPDIR/lines-cc' '$file' $with >/dev/tcp/127.0.0.1/$port"
    done
}

# As by inetd: the connection is its standard input and output.
@test "a service that socat executes" {
    need socat
    port=$(free_port)
    in_background env RL_LIMITS="$OUT" LD_PRELOAD="$SHIM" timeout 60 socat \
        "TCP4-LISTEN:$port,bind=127.0.0.1,reuseaddr" EXEC:"$HOLDS/streams service",nofork
    timed wait_for ask_service
    cmp "$(lines)" "$BATS_TEST_TMPDIR/answer"
    took 2.9
}

ask_service() {
    # shellcheck disable=SC2016 # for the other bash to expand
    timeout 20 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && echo please >&3 && cat <&3' "$port" \
        >"$BATS_TEST_TMPDIR/answer"
}

@test "fprintf on a socket, 600 kB" {
    held "$OUT" streams fprintf
}

@test "dprintf and vdprintf on a socket, 600 kB" {
    held "$OUT" streams dprintf
}

@test "large blocks, bytes, words, wide characters" {
    local behaviour
    for behaviour in fwrite putc_and_putw wide; do
        held "$OUT" streams "$behaviour"
    done
}

@test "by lines, and without a buffer" {
    held "$OUT" streams line_buffered
    held "$OUT" streams unbuffered
}

@test "standard output, flushed by exit alone" {
    held "$OUT" streams standard_output
}

@test "what is flushed by exit alone is in the summary" {
    start_sink --raw
    # shellcheck disable=SC2016 # for the other bash to expand
    run bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"
        echo please | RL_SUMMARY=1 RL_LIMITS="out 10MB/s" LD_PRELOAD=$1 "$2" service >&3' \
        "$port" "$SHIM" "$HOLDS/streams"
    stop_sink
    [ "$units" -eq 600000 ]
    [[ $output == *" 600000 bytes, "* ]]
}

@test "a file that has the number of a socket is not limited: fclose and fopen, freopen" {
    held "$OUT" streams closed_and_opened
    held "$OUT" streams reopened
}

@test "a socket that has the number of a file is limited" {
    held "$OUT" streams replaced
}

@test "streams of several threads" {
    held "$OUT" streams threads
}

@test "a flush that is held is a cancellation point, unless the stream was opened without" {
    held "$ONE" streams cancellation
    held 'write 1/h timeout=300ms' streams no_cancellation
}

@test "in police mode a flush fails with EAGAIN" {
    held 'out 1kB/h burst=5000 mode=police' streams policed
}

@test "RL_CALLS=write counts each flush" {
    RL_CAPACITY=20 RL_BURST=1 RL_CALLS=write limited "$HOLDS/streams" calls_count
}

@test "reading from a socket by fgets, getline, fread, getc, fgetws, scanf" {
    local behaviour
    for behaviour in fgets getline fread getc fgetws scanf; do
        held "$IN" streams "$behaviour"
    done
}

@test "reading by the lines of bash and mapfile" {
    local file
    file=$(lines)
    in_background "$TOOLS/source" -p "$BATS_TEST_TMPDIR/port" "$file"
    wait_for test -e "$BATS_TEST_TMPDIR/port"
    export RL_LIMITS=$IN
    # shellcheck disable=SC2016 # for the other bash to expand
    timed limited bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"
        printf "GET / HTTP/1.0\r\n\r\n" >&3; sed "1,/^\r$/d" <&3' \
        "$(<"$BATS_TEST_TMPDIR/port")" >"$BATS_TEST_TMPDIR/answer"
    cmp "$file" "$BATS_TEST_TMPDIR/answer"
    took 2.9
}

# As with a C library whose tables are not known: one that has other functions by these names.
@test "streams that cannot be limited are told, once" {
    need cc
    local unseen='rlshim: what stdio(3) sends and receives on sockets is not limited with this C library'
    cc -shared -fPIC -x c -o "$BATS_TEST_TMPDIR/other.so" - <<<'int _IO_file_read(void) { return 0; }'
    start_sink --raw
    export RL_LIMITS=$IN
    LD_PRELOAD="$SHIM $BATS_TEST_TMPDIR/other.so" run "$BUILD/tests/twins/streams" line_buffered
    [ "$(grep -cxF "$unseen" <<<"$output")" -eq 1 ]
    LD_PRELOAD="$SHIM $BATS_TEST_TMPDIR/other.so" run "$BUILD/tests/twins/streams" on_files
    [[ $output != *"$unseen"* ]]
    LD_PRELOAD="$SHIM $BATS_TEST_TMPDIR/other.so" run \
        bash -c "sort '$(lines)' >/dev/tcp/127.0.0.1/$port"
    [ "$output" = "$unseen" ]
    RL_LIMITS='out 1MB/s to=192.0.2.1' LD_PRELOAD="$SHIM $BATS_TEST_TMPDIR/other.so" run \
        bash -c "sort '$(lines)' >/dev/tcp/127.0.0.1/$port"
    [ "$output" = "" ]
    stop_sink
}
