# rlshim.bash - what bash completes for rlshim(1). Nothing newer than 4.2 is used.
#
# With the package bash-completion it is loaded when it is first needed, and the arguments of
# COMMAND are completed as they are without rlshim in front. Without it, source this file in
# ~/.bashrc; they are files then.
# shellcheck shell=bash

_rlshim()
{
    local cur=${COMP_WORDS[COMP_CWORD]} command=run first=1 awaiting='' operands=0 index
    local options valued shared trees pids IFS=$' \t\n'
    local commands=(run check simulate plot stats status top set pause resume reset)
    local whats=(connect send write calls accept recv read out in requests tokens rpm tpm)
    local algorithms=(leaky-bucket token-bucket gcra gcra-leaky llm-token)

    if ((COMP_CWORD > 1)) && [[ " ${commands[*]} " == *" ${COMP_WORDS[1]} "* ]]; then
        command=${COMP_WORDS[1]} first=2
    fi
    _rlshim_options
    if ! _rlshim_read_words; then
        _rlshim_command_at "$index"
    elif [[ $awaiting ]]; then
        _rlshim_value
    elif [[ $cur == -* ]]; then
        _rlshim_offer "${options[@]}" "${valued[@]}"
    else
        _rlshim_operand
    fi
}

# Sets valued, those that take a value, and options, the others.
_rlshim_options()
{
    options=(--help --version) valued=('')
    case $command in
    run)
        options+=(--progress)
        valued=(-l --limit -u --upload -d --download -c --connects --tpm --rpm)
        ;;
    simulate) valued=(-l --limit --tpm --rpm -a --algo) ;;
    plot) valued=(-l --limit -s --size -t --title) ;;
    stats)
        options+=(--json --prometheus)
        valued=(-o --output)
        ;;
    top) options+=(--once -b --bits) ;;
    esac
}

# What is before the cursor. Sets awaiting, the option whose value is to come, and operands, their
# number; false: COMMAND begins at index.
_rlshim_read_words()
{
    local word runs=''
    [[ $command != @(run|check) ]] || runs=1
    for ((index = first; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $word == [=:] ]]; then
            # --limit=VALUE and shared:NAME are three words.
            ((++index == COMP_CWORD)) || awaiting=
        elif [[ $awaiting ]]; then
            awaiting=
        elif [[ $word == -- && $runs ]]; then
            ((++index))
            return 1
        elif [[ $word != -?* && $runs ]]; then
            return 1
        elif [[ $word != -?* ]]; then
            ((++operands))
        elif [[ " ${valued[*]}" == *" $word"* ]]; then
            awaiting=$word # or how a long one begins
        fi
    done
    if [[ $cur == : || ${COMP_WORDS[COMP_CWORD - 1]} == : ]]; then
        ((operands--))
    fi
    [[ $cur != [=:] ]] || cur=
}

# _rlshim_offer WORD...: of these, what begins as the word at the cursor.
_rlshim_offer()
{
    local word
    for word; do
        [[ ! $word || $word != "$cur"* ]] || COMPREPLY+=("$word")
    done
}

# COMMAND is word $1, which may be the one at the cursor.
_rlshim_command_at()
{
    local name
    for name in _comp_command_offset _command_offset; do
        if declare -F "$name" >/dev/null; then
            "$name" "$1"
            return
        fi
    done
    if (($1 == COMP_CWORD)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    fi
}

_rlshim_operand()
{
    case $command:$operands in
    run:*)
        # All commands there are would bury those of rlshim.
        if ((COMP_CWORD > 1)) || [[ $cur ]]; then
            _rlshim_command_at "$COMP_CWORD"
        fi
        ((COMP_CWORD > 1)) || _rlshim_offer "${commands[@]}"
        return
        ;;
    check:*)
        _rlshim_command_at "$COMP_CWORD"
        return
        ;;
    simulate:0 | plot:0) return ;;
    status:0)
        _rlshim_look
        _rlshim_offer "${pids[@]}"
        ;;
    stats:0 | top:0 | set:0 | pause:0 | resume:0 | reset:0)
        _rlshim_look
        _rlshim_offer "${shared[@]}" "${trees[@]}" "${pids[@]}"
        ;;
    set:1) _rlshim_limit '' ;;
    pause:1 | resume:1) _rlshim_offer "${whats[@]}" ;;
    esac
    _rlshim_no_files
}

_rlshim_value()
{
    case $awaiting in
    -o | --o*) return ;;
    -l | --l*) _rlshim_limit '' ;;
    -u | --u*) _rlshim_limit out ;;
    -d | --d*) _rlshim_limit in ;;
    -c | --c*) _rlshim_limit connect ;;
    --tp*) _rlshim_limit tpm ;;
    --r*) _rlshim_limit rpm ;;
    -a | --a*) _rlshim_offer "${algorithms[@]}" all ;;
    -s | --s*) _rlshim_offer 800x400 400x200 ;;
    esac
    _rlshim_no_files
}

# Where there is nothing to offer, files are not either.
_rlshim_no_files()
{
    compopt +o default 2>/dev/null
}

# Sets shared, trees and pids, of all that `stats` tells of and that has processes. In its JSON, a {
# that belongs to a text has no quote behind it but with a \.
_rlshim_look()
{
    local object
    shared=() trees=() pids=('')
    while IFS= read -rd '{' object || [[ $object ]]; do
        if [[ $object == *'"members": 0,'* ]]; then
            continue
        elif [[ $object =~ ^'"kind": "shared", "name": "'([^\"]+) ]]; then
            shared+=("${BASH_REMATCH[1]}")
        elif [[ $object =~ ^'"kind": "tree", "name": "'([^\"]+) ]]; then
            trees+=("${BASH_REMATCH[1]}")
        elif [[ $object =~ ^'"pid": '([0-9]+) ]]; then
            pids+=("${BASH_REMATCH[1]}")
        fi
    done < <(command rlshim stats --json 2>/dev/null)
}

# The last word of a limit, all of which is one word of the shell, in quotes. Readline wants it as a
# whole, and closes the quotes behind the only one that fits. So what is not an end is offered with
# what may follow, as examples.
#
# $1: the WHAT that goes without saying, or ''.
_rlshim_limit()
{
    local what=$1 per=/s text=${cur#[\'\"]} quote='' before words names=() name
    if [[ $text == "$cur" ]]; then
        # Not yet in quotes: a rate alone needs none.
        [[ $text != *\\* ]] || return
        [[ $what ]] || quote="'"
    fi
    [[ ! $what ]] || per=
    cur=${text##*[[:blank:]]}
    before=${text%"$cur"}
    read -ra words <<<"$before"
    if [[ ! $what && ${words[0]+set} ]]; then
        what=${words[0]}
        words=("${words[@]:1}")
    fi

    if [[ ! $what ]]; then
        _rlshim_offer "${whats[@]}"
        if ((${#COMPREPLY[@]} == 1)); then
            what=${COMPREPLY[0]} before+="${COMPREPLY[0]} " cur='' COMPREPLY=()
            _rlshim_rates "$per"
        fi
    elif [[ ! ${words[0]+set} ]]; then
        _rlshim_rates "$per"
    elif [[ $cur == *=* ]]; then
        _rlshim_limit_values
    else
        for name in burst to local scope name algo mode timeout nonblock count cached; do
            [[ " ${words[*]}" == *" $name="* ]] || names+=("$name=")
        done
        _rlshim_offer "${names[@]}"
        if ((${#COMPREPLY[@]} == 1)); then
            cur=${COMPREPLY[0]} COMPREPLY=()
            _rlshim_limit_values
        fi
    fi

    # Where they are but listed, the last word tells enough.
    if ((COMP_TYPE != 63 && ${#COMPREPLY[@]})); then
        COMPREPLY=("${COMPREPLY[@]/#/$quote$before}")
    fi
}

# $1: what is behind a number of bytes and its unit.
_rlshim_rates()
{
    case $what in
    out | in) _rlshim_numbers '' "$1" 'kB MB GB KiB MiB kbit Mbit Gbit' '500kB 1MB 8Mbit 64KiB' ;;
    tokens) _rlshim_numbers '' /m 'k M' '90k 1M' ;;
    tpm) _rlshim_numbers '' '' 'k M' '90k 1M' ;;
    rpm) _rlshim_numbers '' '' '/s /m /h' '60 500' ;;
    *) _rlshim_numbers '' '' '/s /m /h' '10/s 59/m 1000/h' ;;
    esac
}

_rlshim_limit_values()
{
    local name=${cur%%=*} values=('')
    case $name:$what in
    burst:out | burst:in) _rlshim_numbers burst= '' 'kB MB KiB MiB' '64kB 64KiB 1MB' ;;
    burst:*) values=(1 5) ;;
    timeout:*) _rlshim_numbers timeout= '' 'ms s m h' '500ms 5s 1m' ;;
    to:*) values=('*.example.com' 10.0.0.0/8 :443) ;;
    local:*) values=(:443 127.0.0.1) ;;
    scope:*)
        _rlshim_look
        values=(tree process shared:{api,batch} "${shared[@]/#/shared:}")
        ;;
    name:*) values=(upload download) ;;
    algo:*) values=("${algorithms[@]}") ;;
    mode:*) values=(shape police) ;;
    nonblock:*) values=(auto block) ;;
    count:requests | count:rpm) values=(all models) ;;
    count:*) values=(total input output) ;;
    cached:*) values=(counted free) ;;
    esac
    [[ ! ${values[0]} ]] || _rlshim_offer "${values[@]/#/$name=}"
}

# _rlshim_numbers BEFORE AFTER UNITS EXAMPLES: the number at the cursor in each unit, or examples.
_rlshim_numbers()
{
    local number=${cur#"$1"} ends unit
    number=${number%%[!0-9.]*}
    read -ra ends <<<"${4}"
    [[ ! $number ]] || read -ra ends <<<"$3"
    for unit in "${ends[@]}"; do
        _rlshim_offer "$1$number$unit$2"
    done
}

complete -o default -F _rlshim rlshim
