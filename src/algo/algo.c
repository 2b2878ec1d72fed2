/* algo.c - the algorithms by number and by name. */
#include "algo.h"

static const struct rl_algorithm *const algorithms[RL_ALGOS] = {
    [RL_LEAKY_BUCKET] = &rl_leaky_bucket,
    [RL_TOKEN_BUCKET] = &rl_token_bucket,
    [RL_GCRA] = &rl_gcra,
    [RL_GCRA_LEAKY] = &rl_gcra_leaky,
    [RL_LLM_TOKEN] = &rl_llm_token,
};

const struct rl_algorithm *rl_algorithm(enum rl_algo algo)
{
    return algorithms[algo];
}

const char *rl_algo_name(enum rl_algo algo)
{
    return algo < RL_ALGOS ? algorithms[algo]->name : "?";
}

/* Any case, and `_` is as good as `-`. */
static bool same_name(const char *given, const char *name)
{
    for (; *given && *name; given++, name++) {
        char c = *given == '_' ? '-' : *given;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != *name)
            return false;
    }
    return *given == *name;
}

enum rl_algo rl_algo_named(const char *name)
{
    enum rl_algo algo = 0;
    while (algo < RL_ALGOS && !same_name(name, algorithms[algo]->name))
        algo++;
    return algo;
}
