"""Making up a registry in the proportions of the announcement, of any size."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from gateway.cli.progress import progress
from gateway.cli.registry_files import COLUMNS
from gateway.domain.errors import MalformedInput
from gateway.domain.standing import HonourGrade

HONOUR = "national-morality-model"

LOG_HOURS = 1.505, 2.323
"""Mean and deviation of the hours' logarithm: so 1.28 of 3.5 million have 10 hours, and all have 234 million."""

HOURS_MAX = 20_000
"""Two hours on every day of a working life."""

SHOWN_EVERY = 10_000


def write_sample(file: TextIO, residents: int, seed: int) -> None:
    """Write a registry as CSV."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    with progress("Making up", "residents") as show:
        for number, row in enumerate(sample_rows(residents, seed), 1):
            writer.writerow(row)
            if number % SHOWN_EVERY == 0:
                show(number, number / residents)


def write_sample_to(path: Path, residents: int, seed: int) -> None:
    """Write a registry to a new file, and make its folder.

    Raises:
        MalformedInput: there is such a file already. It may be the city's own, so it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("x", encoding="utf-8", newline="")
    except FileExistsError:
        raise MalformedInput("--out", f"{path} is there already; remove it, or name another file.") from None
    with file:
        write_sample(file, residents, seed)


def sample_rows(residents: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield rows: hours that are log-normal, and ten honorees in 3.5 million, but at least one."""
    chance = random.Random(seed)  # noqa: S311 - made-up people need no secrecy
    today = datetime.now(UTC).date().isoformat()
    honorees = max(1, residents * 10 // 3_500_000)
    for number in range(residents):
        hours = min(chance.lognormvariate(*LOG_HOURS), HOURS_MAX)
        grade = chance.choice(list(HonourGrade)).value
        honour = f"{HONOUR}:2026:{grade}" if number < honorees else ""
        yield f"SAMPLE-{seed}-{number:08d}", f"{hours:.2f}", today, honour
