"""Which core does what, and how much of it: the server has one core for itself, whatever drives it another."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """The two cores' numbers; None where there is only one, which everybody shares."""

    server: int | None
    driver: int | None


def choose() -> Cores:
    """Return the first two cores that this process may use."""
    found = sorted(os.sched_getaffinity(0))
    return Cores(found[0], found[1]) if len(found) > 1 else Cores(None, None)


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on one core; None leaves it alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def seconds_of(pid: int) -> float:
    """Return the CPU seconds, user's and system's, that all threads of a process have used (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def seconds_on(core: int | None) -> float:
    """Return the CPU seconds that all processes have used on a core; 0 where none is set apart."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system = map(int, fields[:3])
            return (user + nice + system) / _TICKS
    return 0.0
