"""compare.py [MODULE]... - run python's own tests plain and limited; each case must end alike.

A case is what `python3 -m test -v` shows as one line; the end of a module's process counts as one,
too. They are compared by name. One that ends otherwise under the shim is tried again, alone, plain
and limited in turn, and if that does not show it, in its whole module, before it is called a
difference. It is unsteady if it does not always end the same way without the shim either, or never.

PYTHON is what to run, SHIM what to preload, JOBS=2 how many modules run at a time. What the tests
write goes to files below $BUILD/interpreter. Exit status 0 if there is no difference.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The longest first.
MODULES = """test_multiprocessing_fork test_socket test_subprocess test_signal test_io test_ssl
    test_selectors test_threading test_ftplib test_eintr test_httplib test_os test_smtplib test_poll
    test_epoll test_select""".split()
# What of it makes traffic, or waits for something; the rest takes long.
MODULES += [f"test_asyncio.test_{part}" for part in """subprocess events sslproto sock_lowlevel
    base_events sendfile streams server selector_events unix_events buffered_proto""".split()]
# These take for granted that a non-blocking call on loopback does not have to wait: they stop their
# loop behind a write, or count its turns. (So does all of test_asyncio.test_ssl.)
IMPATIENT = [f"test.test_{case}" for case in """
    socket.SendmsgTCPTest.testSendmsgDontWait
    socket.UnbufferedFileObjectClassTestCase.testSmallReadNonBlocking
    ssl.SSLErrorTests.test_subclass
    ssl.TestPreHandshakeClose.test_preauth_data_to_tls_server""".split()]
IMPATIENT += [f"test.test_asyncio.test_{case}" for case in """
    sslproto.SelectorStartTLSTests.test_start_tls_client_buf_proto_1
    sslproto.SelectorStartTLSTests.test_start_tls_client_reg_proto_1
    sslproto.SelectorStartTLSTests.test_start_tls_server_1
    sendfile.EPollEventLoopTests.test_sendfile_close_peer_in_the_middle_of_receiving
    sendfile.PollEventLoopTests.test_sendfile_close_peer_in_the_middle_of_receiving
    sendfile.SelectEventLoopTests.test_sendfile_close_peer_in_the_middle_of_receiving
    server.SelectorStartServerTests.test_start_server_1""".split()]
# The server of these closes what it has not sent yet: they are held.
HELD = ["test_ftplib"]
# Not much slower: some cases fill a buffer with 512 bytes a call, and give themselves 10 seconds.
LIMITS = {
    "never": "calls 1M/s;accept 1M/s;recv 1M/s;read 1M/s;out 10GB/s;in 10GB/s",
    "often": "calls 2000/s burst=1;accept 2000/s burst=1;recv 2000/s burst=1;read 2000/s burst=1;"
             "out 20MB/s burst=64kB;in 20MB/s burst=64kB",
    "crowded": "calls 2000/s burst=20;accept 2000/s burst=20;recv 2000/s burst=20;"
               "read 2000/s burst=20;out 10MB/s burst=64KiB;in 10MB/s burst=64KiB",
}
SECONDS_A_CASE = 60
TRIES = 5
MORE_TRIES = 15  # if one of them ends as it never does without the shim; a second one proves it
ENOUGH = 10  # differences of a module: the others are taken for some without another look
NOT_RUN = "not run"

PYTHON = os.environ.get("PYTHON", "python3")
SHIM = os.path.abspath(os.environ["SHIM"])
JOBS = int(os.environ.get("JOBS", 2))
HERE = Path(__file__).resolve().parent
SCRATCH = tempfile.TemporaryDirectory(prefix="check-interpreter.", ignore_cleanup_errors=True)
LOGS = Path(os.environ.get("BUILD", "build"), "interpreter").resolve()
RUNNING = set()


def preload(how, module=None):
    if how == "plain":
        return {}
    block = {"RL_NONBLOCK": "block"} if module in HELD else {}
    return {"LD_PRELOAD": SHIM, "RL_LIMITS": LIMITS[how], **block}


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def stop(number, _):
    for process in RUNNING:
        kill_group(process)
    SCRATCH.cleanup()
    os._exit(128 + number)


def watch(process, records):
    """The exit status, or "hung" if no case started or ended for too long."""
    size, since = -1, time.monotonic()
    while True:
        try:
            return process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            pass
        if records.stat().st_size != size:
            size, since = records.stat().st_size, time.monotonic()
        elif time.monotonic() - since > SECONDS_A_CASE:
            kill_group(process)
            process.wait()
            return "hung"


def unfinished(records):
    """What was running when it stopped: a case, or else what is set up for the next one."""
    lines = [line.split("\t") for line in records.read_text().splitlines()]
    ended = {case for word, case in lines if word not in ("all", "started")}
    started = [case for word, case in lines if word == "started" and case not in ended]
    waiting = [case for word, case in lines if word == "all" and case not in ended]
    return (started + waiting + [None])[0]


def run(module, how, cases=(), leave_out=()):
    """How each case ended, by name. Those that are impatient are left out, too."""
    directory = Path(tempfile.mkdtemp(dir=SCRATCH.name))
    records, working = directory / "records", directory / "working"
    working.mkdir()
    records.write_text("".join(f"left out\t{case}\n" for case in [*IMPATIENT, *leave_out]))
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("RL_", "LD_PRELOAD", "PYTHON"))}
    environment.update(preload(how, module), LC_ALL="C.UTF-8", TMPDIR=str(working))
    outcomes = {}
    while True:
        with open(LOGS / f"{module}.{how}", "a") as output:
            process = subprocess.Popen(
                [PYTHON, HERE / "cases.py", records, module, *cases], env=environment, cwd=working,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        RUNNING.add(process)
        status = watch(process, records)
        RUNNING.remove(process)
        kill_group(process)  # what it left behind
        ending = "hung" if status == "hung" else f"died with status {status}"
        if "\nend\t" in "\n" + records.read_text():
            outcomes[f"end of {module}"] = "ok" if status == 0 else ending
            break
        case = unfinished(records)
        if case is None:
            outcomes[f"start of {module}"] = ending
            break
        with open(records, "a") as lines:
            lines.write(f"{ending}\t{case}\n")
    for line in records.read_text().splitlines():
        word, case = line.split("\t")
        if word not in ("all", "started", "left out", "end"):
            outcomes[case] = word
    return outcomes


def demand_shim():
    """A preload that is not loaded, or limits nothing, would pass everything."""
    traffic = ("import socket; server = socket.create_server(('127.0.0.1', 0));"
               " socket.create_connection(server.getsockname())")
    for how in LIMITS:
        attempt = subprocess.run([PYTHON, "-c", traffic], capture_output=True, text=True,
                                 env={**os.environ, **preload(how), "RL_SUMMARY": "1"})
        if attempt.returncode or ": 1 calls, 1 of them counted" not in attempt.stderr:
            sys.exit(f"compare.py: {SHIM} does not limit {PYTHON}: {attempt.stderr.strip()}")


class Module:
    def __init__(self, name):
        self.name = name
        self.runs = {}  # by how: outcomes by case
        self.verdicts = {}  # by case: (verdict, outcomes, command), of those that are not equal
        self.again = {}  # as runs, for a second time
        self.missing = self.why_missing()

    def why_missing(self):
        attempt = subprocess.run([PYTHON, "-c", f"import test.{self.name}"], capture_output=True,
                                 text=True, cwd=SCRATCH.name)
        return attempt.stderr.strip().splitlines()[-1] if attempt.returncode else None

    def run_all(self):
        for how in ["plain", *LIMITS]:
            begin = time.monotonic()
            self.runs[how] = run(self.name, how, leave_out=self.hung())
            print(f"  {self.name} {how}: {len(self.runs[how])} cases in"
                  f" {time.monotonic() - begin:.0f} s", flush=True)

    def hung(self):
        """It takes long, and tells nothing."""
        return [case for case, outcome in self.runs.get("plain", {}).items() if outcome == "hung"]

    def judge(self):
        """Look again at each case that ended differently, or badly."""
        plain = self.runs["plain"]
        for case in self.hung():
            self.verdicts[case] = "unsteady", "never ends", None
        for how in LIMITS:
            for case in sorted({*plain, *self.runs[how]} - set(self.verdicts)):
                outcomes = {each: [self.runs[each].get(case, NOT_RUN)] for each in ("plain", how)}
                as_plain = outcomes[how] == outcomes["plain"]
                if as_plain and outcomes["plain"][0] not in ("failed", "error"):
                    continue
                if [verdict for verdict, *_ in self.verdicts.values()].count("different") >= ENOUGH:
                    verdict, command = "equal" if as_plain else "different", self.command(how, case)
                else:
                    verdict, command = self.try_again(case, how, outcomes)
                seen = "; ".join(f"{each}: {', '.join(o)}" for each, o in outcomes.items())
                if verdict != "equal":
                    self.verdicts[case] = verdict, seen, command
                if verdict != "equal" or not as_plain:
                    print(f"  {verdict} after all: {case}: {seen}", flush=True)

    def try_again(self, case, how, outcomes):
        """The verdict, and the command that shows it. Adds to the outcomes."""
        as_plain = outcomes[how] == outcomes["plain"]
        alone = {each: [] for each in outcomes}
        tries = (1 if as_plain else TRIES) if case.startswith("test.") else 0
        while len(alone[how]) < tries:
            for each in outcomes:
                outcome = run(self.name, each, cases=[case]).get(case, NOT_RUN)
                alone[each].append(outcome)
                outcomes[each].append(outcome)
            at_odds = [outcome for outcome in alone[how] if outcome not in alone["plain"]]
            if len(at_odds) > 1:
                return "different", self.command(how, case)
            if at_odds:
                tries = MORE_TRIES
        if len(set(alone["plain"])) > 1 or as_plain and len(set(outcomes["plain"])) > 1:
            return "unsteady", None
        return ("equal", None) if as_plain else self.try_whole(case, how, outcomes)

    def try_whole(self, case, how, outcomes):
        """What comes before it, or beside it, may matter."""
        for each in outcomes:
            if each not in self.again:
                print(f"  {self.name} {each}, again, for {case}", flush=True)
                self.again[each] = run(self.name, each, leave_out=self.hung())
            outcomes[each].append(self.again[each].get(case, NOT_RUN))
        if outcomes["plain"][-1] != outcomes["plain"][0]:
            return "unsteady", None
        if outcomes[how][-1] != outcomes["plain"][-1]:
            return "different", self.command(how)
        return "equal", None

    def command(self, how, case=None):
        words = ["env", *(f"{name}={value}" for name, value in preload(how, self.name).items())]
        words += [PYTHON, "-m", "test", "-v", *(["-m", case] if case else []), self.name]
        return shlex.join(words)

    def summary(self):
        if self.missing:
            return f"{self.name:34} skipped: {self.missing}"
        verdicts = [verdict for verdict, _, _ in self.verdicts.values()]
        cases = {case for outcomes in self.runs.values() for case in outcomes}
        skipped = [case for case in cases - set(self.verdicts)
                   if self.runs["plain"].get(case) == "skipped"]
        unsteady, different = verdicts.count("unsteady"), verdicts.count("different")
        equal = len(cases) - len(skipped) - len(verdicts)
        return (f"{self.name:34}{len(cases):7}{equal:7}{len(skipped):9}{unsteady:10}{different:11}")


def main():
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    demand_shim()
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    modules = [Module(name) for name in sys.argv[1:] or MODULES]
    present = [module for module in modules if not module.missing]
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(Module.run_all, present))
    for module in present:
        module.judge()
    verdicts = [item for module in present for item in module.verdicts.items()]

    print(f"\n{'':34}{'cases':>7}{'equal':>7}{'skipped':>9}{'unsteady':>10}{'different':>11}")
    for module in sorted(modules, key=lambda module: module.name):
        print(module.summary())
    for wanted, title in (("unsteady", "unsteady without the shim"), ("different", "DIFFERENT")):
        for case, (verdict, seen, command) in verdicts:
            if verdict == wanted:
                print(f"{title}: {case}: {seen}" + (f"\n    {command}" if command else ""))
    if not present:
        sys.exit("compare.py: none of python's tests are there")
    sys.exit(any(verdict == "different" for _, (verdict, _, _) in verdicts))


if __name__ == "__main__":
    main()
