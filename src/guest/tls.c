/* tls.c - see tls.h. */
#include <string.h>

#include "guest.h"
#include "next.h"
#include "symbols.h"
#include "tls.h"

static const char names[] =
#define READ(name)  #name "\0"
#define ASKED(name) #name "\0"
#include "tls.def"
#undef READ
#undef ASKED
    ;

/* Which of them are intercepted, a bit each. */
static const uint32_t read_names = 0
#define READ(name) | UINT32_C(1) << TLS_##name
#define ASKED(name)
#include "tls.def"
#undef READ
#undef ASKED
    ;
_Static_assert(TLS_FUNCTIONS <= 32, "a bit each");

/* In all versions that are known, one of the first four words does: of struct ssl_st and ssl_ctx_st
 * the `method`, or `defltmeth`; of GnuTLS's session the `prf` of its security parameters. */
enum { WORDS = 4 };

struct search {
    struct tls_library *library;
    enum tls wanted;
    enum { NOTHING, FIRST, NEEDED, MADE } found;
    const void *caller;
    const ElfW(Dyn) * needs; /* of who calls, */
    const char *needs_names; /* and what its names are offsets in */
    const void *words[WORDS];
};

/*
 * Those that were found by what they made. As long as none was unloaded they are where they were.
 * One at a time has the table: who comes meanwhile does not wait, but looks for itself.
 */
enum { KNOWN = 4 };
static struct tls_library known[KNOWN];
static unsigned next_known;
static unsigned long long known_unloads;
static bool table_is_taken;

static bool take_table(void)
{
    return !__atomic_exchange_n(&table_is_taken, true, __ATOMIC_ACQUIRE);
}

static void leave_table(void)
{
    __atomic_store_n(&table_is_taken, false, __ATOMIC_RELEASE);
}

static bool made(const struct search *search, const struct tls_library *library)
{
    bool is = false;
    for (unsigned i = 0; i < WORDS; i++)
        is |= tls_covers(library, search->words[i]);
    return is;
}

static bool recall(const struct search *search, unsigned long long unloads)
{
    bool found = false;
    if (known_unloads != unloads)
        memset(known, 0, sizeof known);
    known_unloads = unloads;
    for (unsigned i = 0; i < KNOWN && !found; i++) {
        found = made(search, &known[i]) && known[i].functions[search->wanted];
        if (found)
            *search->library = known[i];
    }
    return found;
}

static void remember(const struct tls_library *library)
{
    known[next_known++ % KNOWN] = *library;
}

static void *pointer(ElfW(Addr) address)
{
    return (void *)address; // NOLINT(performance-no-int-to-ptr)
}

static void describe(const struct dl_phdr_info *info, const struct rl_symbols *symbols,
                     struct tls_library *library)
{
    *library = (struct tls_library){.begin = UINTPTR_MAX};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr, end = begin + segment->p_memsz;
        if (segment->p_type != PT_LOAD)
            continue;
        library->begin = begin < library->begin ? begin : library->begin;
        library->end = end > library->end ? end : library->end;
    }
    const char *name = names;
    for (int i = 0; i < TLS_FUNCTIONS; i++, name += strlen(name) + 1) {
        const ElfW(Sym) *symbol = rl_symbols_find(symbols, name);
        if (symbol)
            library->functions[i] = pointer(info->dlpi_addr + symbol->st_value);
    }
}

static bool is_needed(const struct search *search, const struct dl_phdr_info *info,
                      const struct rl_symbols *symbols)
{
    const char *own = NULL;
    for (const ElfW(Dyn) *entry = rl_dynamic_of(info); entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_SONAME)
            own = symbols->names + entry->d_un.d_val;
    for (const ElfW(Dyn) *entry = search->needs; own && entry && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_NEEDED && strcmp(search->needs_names + entry->d_un.d_val, own) == 0)
            return true;
    return false;
}

static const char *name_of(enum tls function)
{
    const char *name = names;
    for (unsigned i = 0; i < function; i++)
        name += strlen(name) + 1;
    return name;
}

static int look_at(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    struct rl_symbols symbols = rl_symbols_of(info);
    (void)size;
    if (next_is_own(info) || !rl_symbols_find(&symbols, name_of(search->wanted)))
        return 0;
    bool is_made = false;
    for (unsigned i = 0; i < WORDS; i++)
        is_made |= next_covers(info, search->words[i]);
    int found = is_made ? MADE : is_needed(search, info, &symbols) ? NEEDED : FIRST;
    if (found > (int)search->found) {
        search->found = found;
        describe(info, &symbols, search->library);
    }
    return is_made;
}

static int look_for_caller(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    (void)size;
    if (!next_covers(info, search->caller))
        return 0;
    search->needs = rl_dynamic_of(info);
    search->needs_names = rl_symbols_of(info).names;
    return 1;
}

/* Of the first one that it tells of: it counts for all. */
static int count_unloads(struct dl_phdr_info *info, size_t size, void *unloads)
{
    (void)size;
    *(unsigned long long *)unloads = info->dlpi_subs;
    return 1;
}

bool tls_find(struct tls_library *library, enum tls wanted, const void *session, const void *caller)
{
    struct search search = {.library = library, .wanted = wanted, .caller = caller};
    unsigned long long unloads = 0;
    bool found = false;
    if (session)
        memcpy(search.words, session, sizeof search.words);
    dl_iterate_phdr(count_unloads, &unloads);
    if (take_table()) {
        found = recall(&search, unloads);
        leave_table();
    }
    if (found)
        return true;
    dl_iterate_phdr(look_for_caller, &search);
    dl_iterate_phdr(look_at, &search);
    if (search.found == MADE && take_table()) {
        remember(library);
        leave_table();
    }
    return search.found != NOTHING;
}

/* ld(1) gives it: where this library begins. Its code ends before its dynamic section. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

bool tls_is_inner(const struct tls_library *library, const void *caller)
{
    uintptr_t begin = (uintptr_t)__ehdr_start, end = (uintptr_t)_DYNAMIC;
    return tls_covers(library, caller) || (uintptr_t)caller - begin < end - begin;
}

bool tls_is_read(const char *name)
{
    const char *known_name = names;
    for (int i = 0; i < TLS_FUNCTIONS; i++, known_name += strlen(known_name) + 1)
        if ((read_names >> i & 1) && strcmp(name, known_name) == 0)
            return true;
    return false;
}
