"""A small program that runs a command and writes what it took: `python -I -S stopwatch.py REPORT PROGRAM ...`.

Linux counts among a process's peak what it had in memory before exec, and that is what its parent had: under a
parent of 200 MB even `true` peaks at 200 MB. A command whose memory matters needs a parent that has next to none.
"""

import json
import os
import signal
import sys
import time

KIB = 1024


def main(report: str, *command: str) -> None:
    """Run a command to its end. SIGTERM to both of them ends the command, and then this."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    started = time.monotonic()
    pid = os.posix_spawn(command[0], command, os.environ, setsigdef=[signal.SIGTERM])
    _, status, used = os.wait4(pid, 0)
    facts = {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * KIB,
    }
    with open(report, "w", encoding="utf-8") as file:
        json.dump(facts, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
