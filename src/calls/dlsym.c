/*
 * dlsym.c - dlsym, dlvsym: a program that looks the functions of a TLS library up by name (an
 * interpreter's foreign functions, .NET) is given ours for those of tls.def.
 *
 * What RTLD_NEXT and RTLD_DEFAULT mean depends on who calls, which the real function sees by the
 * address that it returns to. So nothing of ours may stand between: these choose a function, and
 * jump to it with everything as it was. Without a limit that reads, and for all names but a few in
 * a library that is asked by its handle, it is the real one. In RTLD_DEFAULT ours is found anyway.
 */
#include <dlfcn.h>

#include "next.h"
#include "real.h"
#include "talk.h"
#include "tls.h"

/* Built with that sanitizer, it cannot be called before the sanitizer is there. */
#if (defined __x86_64__ || defined __aarch64__) && !defined __SANITIZE_ADDRESS__

#ifdef __GLIBC__
#define HAS_DLVSYM
#endif

static void *nothing(void)
{
    return NULL;
}

/* Before glibc 2.34 they are of a library that may come later, or never. */
static void *real_one(const char *name, void **known)
{
    void *function = __atomic_load_n(known, __ATOMIC_RELAXED);
    if (function)
        return function;
    function = next_quietly(name);
    __atomic_store_n(known, function, __ATOMIC_RELAXED);
    return function ? function : (void *)nothing;
}

static void *real_dlsym(void)
{
    static void *known;
    return real_one("dlsym", &known);
}

/* What was found is a TLS library's own, and no other interceptor's. */
static void *ours_of(void *function, const char *name)
{
    struct tls_library library;
    const void *words[] = {function, NULL, NULL, NULL};
    enum tls wanted = *name == 'S' ? TLS_SSL_write : TLS_gnutls_record_send;
    bool is = function && tls_find(&library, wanted, words, NULL) && tls_covers(&library, function);
    return is ? next_own(name) : function;
}

static void *dlsym_of_tls(void *handle, const char *name)
{
    return ours_of(((__typeof__(dlsym) *)real_dlsym())(handle, name), name);
}

static bool is_of_tls(void *handle, const char *name)
{
    return talk_limits && handle != RTLD_NEXT && handle != RTLD_DEFAULT && tls_is_read(name);
}

__attribute__((used)) static void *where_dlsym_goes(void *handle, const char *name)
{
    return is_of_tls(handle, name) ? (void *)dlsym_of_tls : real_dlsym();
}

#ifdef HAS_DLVSYM
static void *real_dlvsym(void)
{
    static void *known;
    return real_one("dlvsym", &known);
}

static void *dlvsym_of_tls(void *handle, const char *name, const char *version)
{
    return ours_of(((__typeof__(dlvsym) *)real_dlvsym())(handle, name, version), name);
}

__attribute__((used)) static void *where_dlvsym_goes(void *handle, const char *name)
{
    return is_of_tls(handle, name) ? (void *)dlvsym_of_tls : real_dlvsym();
}
#endif

/* While nobody loads anything. */
__attribute__((constructor)) static void look_up(void)
{
    real_dlsym();
#ifdef HAS_DLVSYM
    real_dlvsym();
#endif
}

/*
 * JUMP(name) - a function that asks where_##name##_goes, with its own arguments, and jumps there.
 * In the instruction set because C promises nobody that a call is a jump. The first instruction is
 * for processors that check where jumps land.
 */
#ifdef __x86_64__
#define JUMP(name)                                                                                 \
    __asm__(".pushsection .text\n"                                                                 \
            ".globl " #name "\n"                                                                   \
            ".type " #name ", @function\n" #name ":\n"                                             \
            ".cfi_startproc\n"                                                                     \
            "endbr64\n"                                                                            \
            "push %rdi\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rsi\n.cfi_adjust_cfa_offset 8\n"                                                \
            "push %rdx\n.cfi_adjust_cfa_offset 8\n"                                                \
            "call where_" #name "_goes\n"                                                          \
            "pop %rdx\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %rsi\n.cfi_adjust_cfa_offset -8\n"                                                \
            "pop %rdi\n.cfi_adjust_cfa_offset -8\n"                                                \
            "jmp *%rax\n"                                                                          \
            ".cfi_endproc\n"                                                                       \
            ".size " #name ", . - " #name "\n"                                                     \
            ".popsection")
#else
#define JUMP(name)                                                                                 \
    __asm__(".pushsection .text\n"                                                                 \
            ".globl " #name "\n"                                                                   \
            ".type " #name ", %function\n"                                                         \
            ".balign 4\n" #name ":\n"                                                              \
            ".cfi_startproc\n"                                                                     \
            "hint 34\n" /* bti c */                                                                \
            "stp x29, x30, [sp, -48]!\n"                                                           \
            ".cfi_def_cfa_offset 48\n.cfi_offset 29, -48\n.cfi_offset 30, -40\n"                   \
            "stp x0, x1, [sp, 16]\n"                                                               \
            "str x2, [sp, 32]\n"                                                                   \
            "mov x29, sp\n"                                                                        \
            "bl where_" #name "_goes\n"                                                            \
            "mov x16, x0\n"                                                                        \
            "ldr x2, [sp, 32]\n"                                                                   \
            "ldp x0, x1, [sp, 16]\n"                                                               \
            "ldp x29, x30, [sp], 48\n"                                                             \
            ".cfi_def_cfa_offset 0\n.cfi_restore 29\n.cfi_restore 30\n"                            \
            "br x16\n"                                                                             \
            ".cfi_endproc\n"                                                                       \
            ".size " #name ", . - " #name "\n"                                                     \
            ".popsection")
#endif

JUMP(dlsym);
#ifdef HAS_DLVSYM
JUMP(dlvsym);
#endif

#endif
