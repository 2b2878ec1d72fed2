/* providers.c - what members know of providers of models: see share.h. */
#include "segment.h"

/* The place of a key in a table of records that begin with it; or, to `take` it, one that is free,
 * or else another's. NULL: it has none. Room for all was asked for at the start. */
static void *place(void *table, size_t size, unsigned count, uint64_t key, bool take)
{
    char *records = table;
    for (unsigned i = 0; i < count; i++) {
        uint64_t *own = (uint64_t *)(void *)(records + (key + i) % count * size);
        uint64_t is = __atomic_load_n(own, __ATOMIC_ACQUIRE);
        if (is == 0 && take)
            __atomic_compare_exchange_n(own, &is, key, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
        if (is == key || (is == 0 && take))
            return own;
        if (is == 0)
            return NULL;
    }
    if (!take)
        return NULL;
    uint64_t *own = (uint64_t *)(void *)(records + key % count * size);
    __atomic_store_n(own, key, __ATOMIC_RELEASE);
    return own;
}

static struct known_model *known(const struct share *share, uint64_t key, bool take)
{
    return place(share->segment->models, sizeof(struct known_model), MODELS, key, take);
}

static struct closed_host *closed(const struct share *share, uint64_t host, bool take)
{
    return place(share->segment->closed, sizeof(struct closed_host), CLOSED_HOSTS, host, take);
}

bool share_model(const struct share *share, uint64_t key, struct model *model)
{
    const struct known_model *own = known(share, key, false);
    if (!own)
        return false;
    model->ratio = __atomic_load_n(&own->ratio, __ATOMIC_RELAXED);
    model->output = __atomic_load_n(&own->output, __ATOMIC_RELAXED);
    return model->ratio;
}

void share_learn_model(const struct share *share, uint64_t key, const struct model *model)
{
    struct known_model *own = known(share, key, true);
    __atomic_store_n(&own->ratio, model->ratio, __ATOMIC_RELAXED);
    __atomic_store_n(&own->output, model->output, __ATOMIC_RELAXED);
}

uint64_t share_closed_until(const struct share *share, uint64_t host, uint64_t now_ns)
{
    const struct closed_host *own = closed(share, host, false);
    uint64_t until_ns = own ? __atomic_load_n(&own->until_ns, __ATOMIC_RELAXED) : 0;
    return until_ns <= now_ns + MOST_CLOSED_NS ? until_ns : 0;
}

/* The latest of what its answers say holds. */
void share_close(const struct share *share, uint64_t host, uint64_t until_ns)
{
    struct closed_host *own = closed(share, host, true);
    uint64_t is = __atomic_load_n(&own->until_ns, __ATOMIC_RELAXED);
    while (is < until_ns && !__atomic_compare_exchange_n(&own->until_ns, &is, until_ns, true,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}
