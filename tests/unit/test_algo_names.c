/* test_algo_names.c - algorithms by name, and their own variables by their textbook names. */
#include <string.h>

#include "algo.h"
#include "check.h"

static void every_name_leads_back(void)
{
    for (enum rl_algo algo = 0; algo < RL_ALGOS; algo++)
        CHECK_EQ(rl_algo_named(rl_algo_name(algo)), algo);
}

static void spelling_is_lenient(void)
{
    static const struct {
        const char *name;
        enum rl_algo algo;
    } rows[] = {
        {"gcra", RL_GCRA},
        {"GCRA", RL_GCRA},
        {"gcra-leaky", RL_GCRA_LEAKY},
        {"Gcra_Leaky", RL_GCRA_LEAKY},
        {"token_bucket", RL_TOKEN_BUCKET},
        {"LEAKY-BUCKET", RL_LEAKY_BUCKET},
        {"llm_token", RL_LLM_TOKEN},
        {"", RL_ALGOS},
        {"gcr", RL_ALGOS},
        {"gcra-", RL_ALGOS},
        {"gcra ", RL_ALGOS},
        {"token bucket", RL_ALGOS},
        {"tokenbucket", RL_ALGOS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ(rl_algo_named(rows[i].name), rows[i].algo);
}

/* 10 units a second of which 13 are taken at 0 s; looked at 0.1 s later, in units or seconds. */
static void variables_are_the_textbook_s(void)
{
    static const struct {
        enum rl_algo algo;
        const char *name;
        double value;
    } rows[] = {
        {RL_LEAKY_BUCKET, "level", 12},
        {RL_TOKEN_BUCKET, "tokens", -2}, /* ten, less thirteen, and one has dripped in */
        {RL_GCRA, "TAT", 1.3},
        {RL_GCRA, "tau", 1.0},
        {RL_GCRA_LEAKY, "LCT", 0.1},
        {RL_LLM_TOKEN, "used", 12},
        {RL_LLM_TOKEN, "debt", 2},
    };
    struct rl_rate rate;
    CHECK_EQ(rl_rate_init(&rate, 10, RL_SECOND, 10), 0);
    double second = (double)rl_ticks(&rate, RL_SECOND), unit = second / 10;
    uint64_t word = rl_cost(&rate, 13), now = rl_ticks(&rate, RL_SECOND / 10);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct rl_algorithm *algorithm = rl_algorithm(rows[i].algo);
        int64_t values[RL_MAX_VARIABLES];
        algorithm->observe(&rate, word, now, values);
        bool found = false;
        for (int k = 0; k < RL_MAX_VARIABLES; k++) {
            const struct rl_variable *variable = &algorithm->variables[k];
            if (!variable->name || strcmp(variable->name, rows[i].name) != 0)
                continue;
            found = true;
            CHECK((double)values[k] ==
                  rows[i].value * (variable->kind == RL_UNITS ? unit : second));
        }
        CHECK(found);
    }
}

int main(void)
{
    RUN(every_name_leads_back);
    RUN(spelling_is_lenient);
    RUN(variables_are_the_textbook_s);
    return check_status();
}
