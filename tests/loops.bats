# Programs with event loops, whose limits must not stop them: a non-blocking call that does not
# conform says so at once, and the loop waits for its descriptor as for a slow network.
# shellcheck disable=SC2030,SC2031,SC2154 # a test is a subshell; lib.bash sets variables

load lib
load loops

@test "python asyncio ticks while it carries 200 kB/s both ways" {
    need python3
    carries_and_ticks 200000 1 python3 "$LOOPS/ticker.py"
}

@test "python asyncio ticks while it carries 2 MB/s both ways" {
    need python3
    carries_and_ticks 2000000 1 python3 "$LOOPS/ticker.py"
}

@test "python asyncio ticks while 20 connections share 200 kB/s both ways" {
    need python3
    carries_and_ticks 200000 20 python3 "$LOOPS/ticker.py"
}

@test "python asyncio stands still with RL_NONBLOCK=block" {
    need python3
    stands_still python3 "$LOOPS/ticker.py"
}

@test "node ticks while it carries 200 kB/s both ways" {
    need node
    carries_and_ticks 200000 1 node "$LOOPS/ticker.js"
}

@test "node ticks while it carries 2 MB/s both ways" {
    need node
    carries_and_ticks 2000000 1 node "$LOOPS/ticker.js"
}

@test "node ticks while 20 connections share 200 kB/s both ways" {
    need node
    carries_and_ticks 200000 20 node "$LOOPS/ticker.js"
}

@test "node stands still with RL_NONBLOCK=block" {
    need node
    stands_still node "$LOOPS/ticker.js"
}

@test "uvloop ticks while 20 connections share 200 kB/s both ways" {
    need_python uvloop
    "$python" -c 'import asyncio, uvloop; uvloop.install(); asyncio.run(asyncio.sleep(0))' ||
        skip "this uvloop is too old for that python"
    carries_and_ticks 200000 20 env LOOP=uvloop "$python" "$LOOPS/ticker.py"
}

@test "libevent ticks while 20 connections share 200 kB/s both ways" {
    need_libevent
    carries_and_ticks 200000 20 "$BUILD/tests/loops/ticker"
}

@test "java.nio ticks while 20 connections share 200 kB/s both ways" {
    need java javac
    javac -d "$BATS_TEST_TMPDIR" "$LOOPS/Ticker.java"
    carries_and_ticks 200000 20 java -cp "$BATS_TEST_TMPDIR" Ticker
}

@test "libcurl, called by a loop of epoll, ticks while 20 transfers share 200 kB/s both ways" {
    need_python pycurl
    since "$("$python" -c 'import pycurl; print(pycurl.version_info()[1])')" 7.88 ||
        skip "libcurl is older than 7.88"
    # What is asked for by HTTP waits for the uploads before it comes.
    LEAST=0.9 RAW='' carries_and_ticks 200000 20 "$python" "$LOOPS/ticker_curl.py"
}

# One curl that downloads as many times as it uploads.
# shellcheck disable=SC2016 # for sh to expand
curl_both_ways='answer=$1/answer count=$2 file=$3 sink=$4 source=$5
exec curl -sS -Z --parallel-max 100 -o "$answer#1" "http://127.0.0.1:$source/[1-$count]" \
    --next -sS -H Expect: -T "$file" -o "$answer.said#1" "http://127.0.0.1:$sink/[1-$count]"'

@test "curl --parallel carries 10 files both ways at 200 kB/s" {
    need_curl
    RAW='' carry 200000 10 2 sh -c "$curl_both_ways" sh "$BATS_TEST_TMPDIR"
    holds "$up >= 0.97 && $down >= 0.97" || die "too slow"
    for i in {1..10}; do
        cmp "$file" "$BATS_TEST_TMPDIR/answer$i"
    done
}
