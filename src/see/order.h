/* order.h - in which order trees and names are shown. */
#ifndef ORDER_H
#define ORDER_H

#include "history.h"

enum order { BY_AGE, BY_RATE, BY_WAITING, BY_HELD, ORDERS };

/* order_name - "age". */
const char *order_name(enum order order);

/* order_view - put a view in that order; BY_AGE: the oldest first, else whatever has most of it. By
 * rate, that is how near it is to what was asked. */
void order_view(struct view *view, enum order order, const struct history *history);

/* order_as - in the order that an earlier view had, and what is new at the end. */
void order_as(struct view *view, const struct view *earlier);

#endif
