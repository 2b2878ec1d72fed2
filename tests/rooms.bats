# What the files of a room may use, as their objects show.

load lib

# What runs in vfork children, in signal handlers and in many threads at once: of libc only what is
# plain work on memory, and no state.
@test "programs are judged without memory, stdio, locks or lasting writes" {
    need nm size
    local allowed=(__ehdr_start _GLOBAL_OFFSET_TABLE_ __errno_location __stack_chk_fail
        getauxval fstatfs memchr memcmp memcpy memset strchr strcmp strcspn strlen strncmp strncpy
        strnlen strrchr strspn)
    local objects=("$BUILD"/program/*.o)
    [ ${#objects[@]} -ge 5 ]
    local defined used
    defined=$(nm --defined-only "${objects[@]}" | awk 'NF == 3 { print $3 }')
    used=$(nm --undefined-only "${objects[@]}" | awk '$1 == "U" { print $2 }' |
        sed 's/^__\(.*\)_chk$/\1/' | sort -u |
        grep -vxF -e "$defined" -f <(printf '%s\n' "${allowed[@]}")) || true
    [ "$used" = "" ] || die "it uses $used"
    [ "$(size -A "${objects[@]}" | awk '/^\.(data|bss) / { sum += $2 } END { print sum + 0 }')" -eq 0 ]
}
