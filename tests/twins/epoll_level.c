/* epoll_level.c - loops of epoll_wait and its relatives that are told again as long as it is so. */
#include "loop.h"

#define WITH_EACH(wait) WITH_ALL(FIRST_EPOLL, ALL_WAITS, wait)

static void send_in_each_manner(size_t amount)
{
    WITH_EACH(wait)
    {
        send_by(wait, (enum manner)((wait - waits) % 3), amount);
    }
}

static void receive_in_each_manner(size_t amount)
{
    WITH_EACH(wait)
    {
        receive_by(wait, (enum manner)((wait - waits) % 3), amount);
    }
}

static void sending(void)
{
    send_in_each_manner(100000);
}

static void receiving(void)
{
    receive_in_each_manner(60000);
}

static void both_ways(void)
{
    WITH_EACH(wait)
    {
        echo_by(wait, (enum manner)((wait - waits) % 3), 40000);
    }
}

/* Armed again before each wait, also where it is armed still. */
static void sending_once_armed(void)
{
    kept.trigger = EPOLLONESHOT;
    send_in_each_manner(60000);
}

static void receiving_once_armed(void)
{
    kept.trigger = EPOLLONESHOT;
    receive_in_each_manner(40000);
}

static void both_ways_once_armed(void)
{
    kept.trigger = EPOLLONESHOT;
    both_ways();
}

static void accepting(void)
{
    WITH_EACH(wait)
    {
        accept_by(wait, (wait - waits) % 2 ? ONCE : GOES_ON_TO_EAGAIN, 4);
    }
}

static void connecting(void)
{
    WITH_EACH(wait)
    {
        connect_by(wait);
    }
}

TWINS(TWIN(sending), TWIN(receiving), TWIN(both_ways), TWIN(sending_once_armed),
      TWIN(receiving_once_armed), TWIN(both_ways_once_armed), TWIN(accepting), TWIN(connecting))
