/* each_way.h - what a loop may do, by each way to wait that WITH_EACH(wait) of the including file
 * goes through. */
#ifndef EACH_WAY_H
#define EACH_WAY_H

static void sending(void)
{
    WITH_EACH(wait)
    {
        send_by(wait, (enum manner)((wait - waits) % 3), 100000);
    }
}

static void receiving(void)
{
    WITH_EACH(wait)
    {
        receive_by(wait, (enum manner)((wait - waits) % 3), 60000);
    }
}

static void both_ways(void)
{
    WITH_EACH(wait)
    {
        echo_by(wait, (enum manner)((wait - waits) % 3), 40000);
    }
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

TWINS(TWIN(sending), TWIN(receiving), TWIN(both_ways), TWIN(accepting), TWIN(connecting))

#endif
