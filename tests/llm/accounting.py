"""accounting.py - what a provider admits by its limits, and what it says of that afterwards.

Nothing here looks at a clock: each arrival brings its time, so that any sequence can be tried.
"""

import collections

PARTS_OF_MINUTE = {"second": 1 / 60, "ten_seconds": 1 / 6, "minute": 1}


class Window:
    """The units of the last minute, at every instant: not those of a minute of the calendar."""

    def __init__(self, limit, minute):
        self.limit, self.minute = limit, minute
        self.units, self.arrivals = 0, collections.deque()

    def wait(self, now, units, doubt=0):
        """Seconds until so many more would be within the limit; 0 if they are.

        doubt: as many seconds more than a minute are allowed what passes in them.
        """
        while self.arrivals and self.arrivals[0][0] <= now - self.minute:
            self.units -= self.arrivals.popleft()[1]
        allowed = self.limit * (1 + doubt / self.minute) if self.limit else 0
        above = self.units + units - allowed if self.limit else 0
        if above <= 0:
            return 0
        for arrived, left in self.arrivals:
            above -= left
            if above <= 0:
                return arrived + self.minute - now
        return self.minute  # never, being larger than the limit

    def add(self, now, units):
        self.arrivals.append((now, units))
        self.units += units


class Accounting:
    """Of the requests that arrived, in the order in which they did."""

    def __init__(self, tpm=None, rpm=None, minute=60):
        self.tpm, self.minute, self.rows = tpm, minute, []
        self.windows = {"tokens": Window(tpm, minute), "requests": Window(rpm, minute)}

    def admit(self, arrived, tokens, doubt=0):
        """Seconds to wait, and nothing was counted; or 0, and it was.

        What is refused takes no room: otherwise who asks again too soon would never be admitted.
        """
        units = {"tokens": tokens, "requests": 1}
        wait = max(window.wait(arrived, units[name], doubt) for name, window in self.windows.items())
        if not wait:
            for name, window in self.windows.items():
                window.add(arrived, units[name])
        return wait

    def note(self, **row):
        """A request, whatever became of it: arrived, status, tokens (as counted), and the like."""
        self.rows.append(row)

    def report(self):
        admitted = [row for row in self.rows if row["status"] < 400]
        refused = sum(row["status"] == 429 for row in self.rows)
        return {
            "requests": len(self.rows),
            "refused": refused,
            "failed": len(self.rows) - len(admitted) - refused,
            "tokens": sum(row["tokens"] for row in admitted),
            "peaks": {
                name: {
                    "tokens": peak(admitted, part * self.minute, lambda row: row["tokens"]),
                    "requests": peak(admitted, part * self.minute, lambda row: 1),
                }
                for name, part in PARTS_OF_MINUTE.items()
            },
            "utilization": self.utilization(admitted),
            "rows": self.rows,
        }

    def utilization(self, admitted):
        """The share of the tokens that the limit allows, once two minutes have passed.

        The first of them is that of bursts, the second that of those who wait for them. None if it
        ended sooner.
        """
        if not self.tpm or not admitted:
            return None
        begin = admitted[0]["arrived"] + 2 * self.minute
        seconds = admitted[-1]["arrived"] - begin
        if seconds <= 0:
            return None
        used = sum(row["tokens"] for row in admitted if row["arrived"] > begin)
        return used / (self.tpm * seconds / self.minute)


def peak(rows, seconds, units):
    """The largest sum in any window of so many seconds, of which one end is open."""
    largest = held = first = 0
    for row in rows:
        held += units(row)
        while rows[first]["arrived"] <= row["arrived"] - seconds:
            held -= units(rows[first])
            first += 1
        largest = max(largest, held)
    return largest
