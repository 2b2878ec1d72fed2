# rlshim plot: what it draws, of what it refuses to, and that the pictures can be shown.

# shellcheck disable=SC2016 # what stands in single quotes is for another shell
# shellcheck disable=SC2030,SC2031,SC2154 # run sets output and stderr, for the test that called it

load lib
bats_require_minimum_version 1.5.0

HEADER=t,pid,tid,limit,call,fd,amount,wait
DRAWN=$ROOT/tests/plot

setup() {
    RLSHIM=$BUILD/rlshim
    cd "$BATS_TEST_TMPDIR" || return
}

contains() {
    [[ "$output" == *"$1"* ]] || die "no '$1' in: $output"
}

lacks() {
    [[ "$output" != *"$1"* ]] || die "'$1' is in: $output"
}

rows() { # ROW...: a trace of them
    printf '%s\n' "$HEADER" "$@"
}

# refuses PATTERN: to draw what is in `trace`, with that message and no picture.
refuses() {
    run -125 --separate-stderr "$RLSHIM" plot trace
    [ -z "$output" ]
    # shellcheck disable=SC2053 # a pattern
    [[ "$stderr" == "rlshim: "$1 ]] || die "it says: $stderr"
}

@test "a small trace, to the byte" {
    "$RLSHIM" plot -l 'out 1kB/s burst=1kB' -t 'A <small> & "quoted" trace' -s 760x280 \
        "$DRAWN/small.csv" >picture.svg
    diff "$DRAWN/small.svg" picture.svg
}

@test "the solid line is what passed, the dashed one the least of all windows' bounds" {
    need python3
    python3 "$DRAWN/curves.py" "$RLSHIM"
}

@test "a trace may come through a pipe, in any order, with several headers" {
    { cat "$DRAWN/small.csv" && echo "$HEADER"; } | "$RLSHIM" plot >one.svg
    { head -n 1 "$DRAWN/small.csv" && tail -n +2 "$DRAWN/small.csv" | sort -t, -k4,4r -k1,1r; } |
        "$RLSHIM" plot - >other.svg
    diff one.svg other.svg
}

@test "the burst is that of -l or of the environment, or else assumed" {
    run -0 "$RLSHIM" plot "$DRAWN/small.csv"
    contains "bound: 1 kB (assumed) + 1 kB/s"
    RL_LIMITS='out 1kB/s burst=3kB' run -0 "$RLSHIM" plot "$DRAWN/small.csv"
    contains "bound: 3 kB + 1 kB/s"
    RL_LIMITS='out 1kB/s burst=3kB' \
        run -0 "$RLSHIM" plot --limit 'out 1kB/s burst=2kB' "$DRAWN/small.csv"
    contains "bound: 2 kB + 1 kB/s"
    contains "bound: 4 calls (assumed) + 4 calls/s"
}

@test "a limit with a name of its own has a bound if -l tells it" {
    rows 1,2,3,upload,send,3,1500,0 >trace
    run -0 "$RLSHIM" plot trace
    contains "1500 units passed"
    contains "no bound is known"
    run -0 "$RLSHIM" plot -l 'out 4kB/2s name=upload' trace
    contains "1.5 kB passed at once"
    contains "bound: 4 kB + 4 kB per 2 s"
}

@test "a limit that has no row is told" {
    run -0 --separate-stderr "$RLSHIM" plot -l 'out 2kB/s' "$DRAWN/small.csv"
    [[ "$stderr" == *"has nothing of 'out 2kB/s', but of 'out 1kB/s' and others" ]]
}

@test "what passed above the bound is told, a millisecond's worth is not" {
    rows 1,2,3,'calls 100/s',send,3,100,0 1.01,2,3,'calls 100/s',send,3,2,0 >trace
    run -0 "$RLSHIM" plot trace
    contains "above the bound by up to 1 call<"
    rows 1,2,3,'calls 1000/s',send,3,1000,0 1.001,2,3,'calls 1000/s',send,3,2,0 >trace
    run -0 "$RLSHIM" plot trace
    lacks "above the bound"
}

@test "the output of simulate" {
    printf '%s\n' 0 +0 +0 '+0 9' 1 >arrivals
    "$RLSHIM" simulate -l 'connect 2/2s' arrivals | "$RLSHIM" plot -l 'connect 2/2s' - >one.svg
    run -0 cat one.svg
    contains "4 calls passed in 2 s; held 2 of 4 times, for 2 s in all; 1 did not pass"
    contains "bound: 2 calls + 2 calls per 2 s"
    export RL_LIMITS='connect 2/2s'
    "$RLSHIM" simulate <arrivals | "$RLSHIM" plot | diff - one.svg
    "$RLSHIM" simulate -a all <arrivals | "$RLSHIM" plot | diff - one.svg
    unset RL_LIMITS
    "$RLSHIM" simulate -l 'connect 2/2s timeout=0.5s' arrivals | "$RLSHIM" plot >two.svg
    run -0 cat two.svg
    contains "3 units passed in 1 s; nothing was held; 2 did not pass"
    contains "no bound is known"
}

@test "labels and titles are text, whatever is in them" {
    rows $'1,2,3,<b>&amp;\x1b\xff\xc3,send,3,1,0' >trace
    "$RLSHIM" plot -t $'\xc3\xa9t\xc3\xa9 </title>\xed\xa0\x80\xf4\x90\x80\x80\x07' trace >picture.svg
    run -0 cat picture.svg
    contains '&lt;b&gt;&amp;amp;???<'
    contains $'<title>\xc3\xa9t\xc3\xa9 &lt;/title&gt;????????</title>'
    need xmllint
    xmllint --noout picture.svg
}

@test "what is no trace, or none any more, is told with its line, and not drawn" {
    : >trace && refuses 'trace is empty: it should begin with a header'
    rows >trace && refuses 'trace is empty: no limit decided anything'
    echo hello >trace && refuses "trace:1: header: 'hello' is not that of a trace*"
    local good='1,2,3,calls 1/s,send,3,1,0'
    rows "$good" '1,2,3' >trace && refuses "trace:3: row: '1,2,3' has not 8 columns"
    rows "$good,9" >trace && refuses "trace:2: row: '$good,9' has not 8 columns"
    rows $'x\e,2,3,l,send,3,1,0' >trace && refuses "trace:2: t: 'x?' is not a time in seconds"
    rows '1,2,3,l,send,3,-1,0' >trace && refuses "trace:2: amount: '-1' is not a whole number"
    rows '1,2,3,l,send,3,99999999999999999999,0' >trace && refuses "trace:2: amount: * is too large"
    rows '1,2,3,l,send,3,1,nan' >trace && refuses "trace:2: wait: 'nan' is not a time in seconds"
    rows '1,2,,l,send,3,1,0' >trace && refuses "trace:2: tid: '' is not a whole number"
    rows "1,2,3,$(printf '%048d' 0),send,3,1,0" >trace && refuses "trace:2: limit: * is longer than *"
    { rows "$good" && printf '1,2,3,calls 1/s,send,3,1,0.01'; } >trace
    refuses "trace:3: row: '1,2,3,calls 1/s,send,3,1,0.01' is cut off: no newline ends it"
    rows "$good" $'1\t,2' >trace && printf '1\0\n' >>trace && refuses "trace:3: row: * has not 8 columns"
    rows "$good" >trace && printf '1\0\n' >>trace && refuses "trace:3: row: '1' is followed by \\\\0*"
    for ((i = 0; i < 33; i++)); do echo "1,2,3,l$i,send,3,1,0"; done >many
    { rows && cat many; } >trace && refuses "trace:34: limit: 'l32' is one limit too many*"
    rm trace && refuses 'cannot read trace: No such file or directory'
}

@test "options of plot" {
    run -125 "$RLSHIM" plot -s 10x10 trace
    contains "'10x10' is no size of a panel"
    run -125 "$RLSHIM" plot a b
    contains "plot reads one TRACE, and 'b' is a second"
    run -125 "$RLSHIM" plot -l 'out 1' trace
    contains "for example: -l 'out 1MB/s'"
    run -0 "$RLSHIM" plot --size 1000x300 --title T "$DRAWN/small.csv"
    contains 'viewBox="0 0 1000 640"'
    contains '<title>T</title>'
    run -0 "$RLSHIM" plot --help
    contains 'rlshim plot'
}

@test "a full disk is told" {
    run -125 sh -c '"$0" plot "$1" >/dev/full' "$RLSHIM" "$DRAWN/small.csv"
    contains 'No space left on device'
}

@test "a million rows make a small picture, in seconds" {
    awk -v header="$HEADER" 'BEGIN {
        print header
        srand(1)
        for (i = 0; i < 1000000; i++) {
            t += rand() / 5000
            word = rand() < 0.1 ? "refused" : rand() < 0.5 ? sprintf("%.9f", rand() / 100) : "0"
            printf "%.9f,1,1,out 1MB/s,send,3,%d,%s\n", t + 9, 200 * rand(), word
        }
    }' >trace
    timed timeout 20 "$RLSHIM" plot -s 1600x400 trace >picture.svg
    [ "$(stat -c %s picture.svg)" -lt 200000 ]
}

@test "pictures are SVG, and are shown at two sizes" {
    need xmllint rsvg-convert python3
    "$RLSHIM" plot "$DRAWN/small.csv" >picture.svg
    local picture width
    for picture in picture.svg "$ROOT"/scripts/pictures/*.svg; do
        xmllint --noout "$picture"
        for width in 400 1600; do
            rsvg-convert -w "$width" "$picture" >picture.png
            [ "$(stat -c %s picture.png)" -gt 5000 ]
        done
    done
}

@test "the trace of a real upload keeps to its bound, and shows what was held" {
    need curl
    start_sink
    RL_LIMITS='out 1MB/s burst=100kB' RL_TRACE=trace limited \
        curl -sS -o answer -T "$(zeros 600000)" "http://127.0.0.1:$port/"
    stop_sink
    run -0 "$RLSHIM" plot -l 'out 1MB/s burst=100kB' trace
    contains "600.1 kB passed in "
    contains "bound: 100 kB + 1 MB/s"
    contains "calls waiting"
    lacks "above the bound"
}
