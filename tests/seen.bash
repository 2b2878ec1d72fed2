# seen.bash - limits at work that others look at. Loaded after lib.bash and tree.bash.
# shellcheck disable=SC2034,SC2154 # variables are set by one file, and used by another

# send_slowly [LIMIT]...: a python that sends 2 kB again and again, under limits; sets sender, its
# pid, and tree, the number of what it began.
send_slowly() {
    local limit limits=()
    for limit in "${@:-out 20kB/s burst=4kB}"; do
        limits+=(-l "$limit")
    done
    start_sink --raw
    # The launcher becomes it.
    in_background "$RLSHIM" "${limits[@]}" "$(system_python)" -c "
import socket, time
s = socket.create_connection(('127.0.0.1', $port))
while True:
    s.sendall(bytes(2000))"
    sender=$!
    wait_for is_seen
    tree=$(seen_as "['name']")
}

# One that is no script of another launcher.
system_python() {
    python3 -c 'import os, sys; print(os.path.realpath(sys.executable))'
}

is_seen() {
    "$RLSHIM" stats --json "$sender" 2>/dev/null | grep -q '"units": [1-9]'
}

# seen_as EXPRESSION: of what the sender is a member of, in python, of the JSON.
seen_as() {
    "$RLSHIM" stats --json "$sender" 2>/dev/null |
        python3 -c "import json, sys; print(json.load(sys.stdin)['scopes'][0]$1)"
}

# asked_is CAPACITY: of the sender's only limit.
asked_is() {
    [ "$("$RLSHIM" stats --json "$sender" 2>/dev/null | grep -o '"capacity": [0-9]*')" = "\"capacity\": $1" ]
}
