# rlshim.fish - what fish, 3.1 or newer, completes for rlshim(1).

function __rlshim_subcommands
    printf '%s\t%s\n' run 'hold a command to limits' check 'say whether a command can be limited' \
        simulate 'show what a limit would do' plot 'draw what a limit did' \
        stats 'print what has passed' status 'tell what holds for a process' \
        top 'show limits at work' set 'change a limit at work' pause 'let nothing pass' \
        resume 'let it pass again' reset 'begin anew'
end

# What is before the cursor: which command, and how many operands it has; behind COMMAND, `behind`
# and which word that is.
function __rlshim_before
    set -l valued -l --limit -u --upload -d --download -c --connects --tpm --rpm -a --algo -s --size \
        -t --title -o --output
    set -l words (commandline -opc)
    set -l command run
    set -l index 2
    set -l operands 0
    set -l is_value false
    if contains -- "$words[2]" (__rlshim_subcommands | string replace -r '\t.*' '')
        set command $words[2]
        set index 3
    end
    while test $index -le (count $words)
        set -l word $words[$index]
        if $is_value
            set is_value false
        else if test "$word" = --
            echo behind (math $index + 1)
            return
        else if not string match -qr -- '^-.' $word
            if contains $command run check
                echo behind $index
                return
            end
            set operands (math $operands + 1)
        else if string match -q -- "$word*" $valued # the beginning of a long one is enough
            set is_value true
        end
        set index (math $index + 1)
    end
    echo $command $operands
end

function __rlshim_is
    set -l before (__rlshim_before | string split ' ')
    contains -- $before[1] $argv
end

# __rlshim_operand NUMBER COMMAND...
function __rlshim_operand
    set -l before (__rlshim_before | string split ' ')
    test "$before[2]" = $argv[1]; and contains -- $before[1] $argv[2..-1]
end

function __rlshim_is_first
    test (count (commandline -opc)) -eq 1
end

# What would be completed without rlshim in front of it. At first, all commands there are would bury
# those of rlshim.
function __rlshim_command
    set -l words (commandline -opc)
    set -l before (__rlshim_before | string split ' ')
    set -l command
    if test $before[1] = behind -a (count $words) -ge $before[2]
        set command (string escape -- $words[$before[2]..-1])
    end
    set -a command (commandline -ct)
    if not __rlshim_is_first; or test -n "$command"
        complete "--do-complete=$command"
    end
end

# Of all that `stats` tells of and that has processes: pids, names, or those of names that are
# shared. In its JSON, a { that belongs to a text has no quote behind it but with a \.
function __rlshim_running
    command -sq rlshim; or return # fish would say so, whatever is redirected
    set -l objects (command rlshim stats --json 2>/dev/null | string join ' ' |
        string split '{' | string match -v '*"members": 0,*')
    contains pids $argv
    and string replace -rf '^"pid": (\d+), "command": "((?:[^"\\\\]|\\\\.)*).*' '$1\t$2' -- $objects
    contains names $argv
    and string replace -rf '^"kind": "(shared|tree)", "name": "([^"]+)", "program": "([^"]*).*' \
        '$2\t$1, begun by $3' -- $objects
    contains shared $argv
    and string replace -rf '^"kind": "shared", "name": "([^"]+).*' '$1' -- $objects
end

function __rlshim_whats
    printf '%s\t%s\n' connect 'connections that are made' accept 'connections that are accepted' \
        out 'bytes sent' in 'bytes received' \
        send 'calls of send' write 'calls of write' recv 'calls of recv' read 'calls of read' \
        calls 'connect, send and write together' \
        requests 'of HTTP' tokens 'of language models' \
        rpm 'requests, in any minute' tpm 'tokens, in any minute'
end

function __rlshim_algorithms
    printf '%s\n' leaky-bucket token-bucket gcra gcra-leaky llm-token
end

# The last word of a limit, all of which is one word of the shell, and offered as that. $argv: the
# WHAT that goes without saying, if any.
function __rlshim_limit
    set -l text (commandline -ct | string replace -r '^(--[a-z]+=)?[\'"]?' '' |
        string replace -a '\\ ' ' ')
    set -l word (string replace -r '.*\s' '' -- $text)
    set -l before (string replace -r '\S*$' '' -- $text)
    set -l typed $argv (string match -ra '\S+' -- $before)
    set -l per /s
    test -z "$argv"; or set per ''
    set -l offered
    if not set -q typed[1]
        set offered (__rlshim_whats | string match -- "$word*")
        # What is the only one to fit would be taken for an end, and the quotes closed.
        if test (count $offered) -eq 1
            set -l what (string split \t -- $offered)[1]
            set offered "$what "(__rlshim_rates $what '' $per)
        end
    else if not set -q typed[2]
        set offered (__rlshim_rates $typed[1] "$word" $per)
    else if string match -q '*=*' -- $word
        set -l name (string replace -r '=.*' '' -- $word)
        set -l value (string replace -r '^[^=]*=' '' -- $word)
        set offered $name=(__rlshim_limit_values $name $typed[1] "$value")
    else
        # Each may be given once.
        set offered (__rlshim_limit_options)
        for option in (string match -r '^[a-z]+=' -- $typed)
            set offered (string match -v -- "$option*" $offered)
        end
    end
    printf '%s\n' $before$offered
end

# __rlshim_numbers NUMBER UNIT... -- EXAMPLE...: the number, if there is one, in each unit.
function __rlshim_numbers
    set -l number (string match -r '^[0-9.]+' -- $argv[1])
    set -l separator (contains -i -- -- $argv)
    if test -n "$number"
        printf '%s\n' $number$argv[2..(math $separator - 1)]
    else
        printf '%s\n' $argv[(math $separator + 1)..-1]
    end
end

# __rlshim_rates WHAT NUMBER PER
function __rlshim_rates
    switch $argv[1]
        case out in
            __rlshim_numbers "$argv[2]" {kB,MB,GB,KiB,MiB,kbit,Mbit,Gbit}$argv[3] -- \
                {500kB,1MB,8Mbit,64KiB}$argv[3]
        case tokens
            __rlshim_numbers "$argv[2]" {k,M}/m -- {90k,1M}/m
        case tpm
            __rlshim_numbers "$argv[2]" k M -- 90k 1M
        case rpm
            __rlshim_numbers "$argv[2]" /s /m /h -- 60 500
        case '*'
            __rlshim_numbers "$argv[2]" /s /m /h -- 10/s 59/m 1000/h
    end
end

function __rlshim_limit_options
    printf '%s\t%s\n' burst= 'what may go at once' to= 'peers that it is for' \
        local= 'local addresses that it is for' scope= 'who shares it' name= 'what it is called' \
        algo= 'the algorithm' mode= 'hold, or refuse' timeout= 'the longest hold' \
        nonblock= 'what calls that do not wait meet' count= 'which requests, or tokens' \
        cached= 'whether input that was cached counts'
end

# __rlshim_limit_values OPTION WHAT VALUE
function __rlshim_limit_values
    switch $argv[1]
        case burst
            contains $argv[2] out in
            and __rlshim_numbers "$argv[3]" kB MB KiB MiB -- 64kB 64KiB 1MB
        case timeout
            __rlshim_numbers "$argv[3]" ms s m h -- 500ms 5s 1m
        case algo
            __rlshim_algorithms
        case mode
            printf '%s\n' shape police
        case nonblock
            printf '%s\n' auto block
        case count
            if contains $argv[2] requests rpm
                printf '%s\n' all models
            else
                printf '%s\n' total input output
            end
        case cached
            printf '%s\n' counted free
        case scope
            printf '%s\t%s\n' tree 'the command and all that it starts' \
                process 'each program by itself' shared: 'all that give it this name'
            printf 'shared:%s\n' (__rlshim_running shared)
        case to
            __fish_print_hostnames
    end
end

complete -c rlshim -n 'not __rlshim_operand 0 simulate plot' -f
complete -c rlshim -n '__rlshim_is behind; or __rlshim_operand 0 run check' -a '(__rlshim_command)'
complete -c rlshim -n __rlshim_is_first -a '(__rlshim_subcommands)'

complete -c rlshim -n 'not __rlshim_is behind' -l help -d 'Print how it is used'
complete -c rlshim -n 'not __rlshim_is behind' -l version -d 'Print the version'
complete -c rlshim -n '__rlshim_is run simulate plot' -s l -l limit -x -a '(__rlshim_limit)' \
    -d 'A limit'
complete -c rlshim -n '__rlshim_is run' -s u -l upload -x -a '(__rlshim_limit out)' -d 'Bytes out'
complete -c rlshim -n '__rlshim_is run' -s d -l download -x -a '(__rlshim_limit in)' -d 'Bytes in'
complete -c rlshim -n '__rlshim_is run' -s c -l connects -x -a '(__rlshim_limit connect)' \
    -d Connections
complete -c rlshim -n '__rlshim_is run simulate' -l tpm -x -a '(__rlshim_limit tpm)' \
    -d 'Tokens in any minute'
complete -c rlshim -n '__rlshim_is run simulate' -l rpm -x -a '(__rlshim_limit rpm)' \
    -d 'Requests in any minute'
complete -c rlshim -n '__rlshim_is run' -l progress -d 'Show how it goes on'
complete -c rlshim -n '__rlshim_is simulate' -s a -l algo -x -a '(__rlshim_algorithms) all' \
    -d 'Another algorithm'
complete -c rlshim -n '__rlshim_is plot' -s s -l size -x -a '800x400 400x200' -d 'Pixels of a panel'
complete -c rlshim -n '__rlshim_is plot' -s t -l title -x -d 'Above the picture'
complete -c rlshim -n '__rlshim_is stats' -l json -d 'As JSON'
complete -c rlshim -n '__rlshim_is stats' -l prometheus -d 'For Prometheus'
complete -c rlshim -n '__rlshim_is stats' -s o -l output -r -F -d 'Replace a file'
complete -c rlshim -n '__rlshim_is top' -l once -d 'Print one table'
complete -c rlshim -n '__rlshim_is top' -s b -l bits -d 'Bits instead of bytes'

complete -c rlshim -n '__rlshim_operand 0 status' -a '(__rlshim_running pids)'
complete -c rlshim -n '__rlshim_operand 0 stats top set pause resume reset' \
    -a '(__rlshim_running names pids)'
complete -c rlshim -n '__rlshim_operand 1 set' -a '(__rlshim_limit)'
complete -c rlshim -n '__rlshim_operand 1 pause resume' -a '(__rlshim_whats)'
