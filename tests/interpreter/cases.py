"""cases.py RECORDS MODULE [CASE]... - run cases of python's own tests; record how each one ends.

Appended to RECORDS is a line `WORD<tab>CASE` for all that there are (`all`), when one starts
(`started`), and when it ends (`ok`, `skipped`, `failed`, ...); `end` is the last. What RECORDS
mentions already, but for `all`, is left out: run again, it goes on behind what killed it.
"""

import os
import sys
import unittest

from test import support

RECORDS, MODULE, *ONLY = sys.argv[1:]

# The last of these that applies is how a case ended, where several parts of it end differently.
SEVERITY = ["ok", "expected failure", "skipped", "unexpected success", "failed", "error"]

PID = os.getpid()


def record(word, case):
    """Without a file that stays open: cases look at file descriptors. Forks may come by here."""
    if os.getpid() == PID:
        with open(RECORDS, "a") as records:
            records.write(f"{word}\t{case}\n")


class Recorder(unittest.TextTestResult):
    running = None

    def startTest(self, test):
        record("started", test.id())
        self.running, self.outcome = test.id(), "ok"
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        record(self.outcome, self.running)
        self.running = None

    def note(self, outcome, test):
        if self.running is None:  # what is set up for a class or module
            record(outcome, test.id())
        else:
            self.outcome = max(self.outcome, outcome, key=SEVERITY.index)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("error", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("failed", test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed" if issubclass(err[0], test.failureException) else "error", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skipped", test)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note("expected failure", test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note("unexpected success", test)


def flatten(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def main():
    support.use_resources = []  # nothing that leaves this machine
    with open(RECORDS, "a+") as records:
        records.seek(0)
        lines = [line.rstrip("\n").split("\t") for line in records]
    recorded = {case for word, case in lines if word != "all"}
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName("test." + MODULE)
    except unittest.SkipTest:
        record("skipped", "test." + MODULE)
        suite = unittest.TestSuite()
    cases = [case for case in flatten(suite) if not ONLY or case.id() in ONLY]
    if all(word != "all" for word, _ in lines):
        for case in cases:
            record("all", case.id())
    chosen = unittest.TestSuite(case for case in cases if case.id() not in recorded)
    unittest.TextTestRunner(verbosity=2, resultclass=Recorder).run(chosen)
    record("end", "test." + MODULE)


if __name__ == "__main__":
    main()
