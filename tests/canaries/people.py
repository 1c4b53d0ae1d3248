"""Residents who do not exist, with values that are nowhere else, and files that no registry should send."""

import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.canaries.marks import canary_id
from tests.flow.steward import PIN

HEAD = "registry_id,hours,as_of,honours\n"
MODEL = "national-morality-model:2026:awarded"
DAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def digits(count: int) -> str:
    """Return random digits, the first of them no zero."""
    return str(secrets.randbelow(9 * 10 ** (count - 1)) + 10 ** (count - 1))


@dataclass(frozen=True, slots=True)
class Person:
    """A resident: what the registry's file says of them, and the PIN that they chose."""

    registry_id: str
    hours: str
    honour: str
    pin: str

    @property
    def line(self) -> str:
        """Their line of the registry's file."""
        return f"{self.registry_id},{self.hours},{DAY},{MODEL};{self.honour}:1983:short-listed\n"

    def secrets(self, name: str) -> dict[str, str]:
        """Return what nobody may read of them, by what it is and whose."""
        return {
            f"registry id of {name}": self.registry_id,
            f"hours of {name}": self.hours,
            f"centihours of {name}": self.hours.replace(".", ""),
            f"honour of {name}": self.honour,
            f"pin of {name}": self.pin,
        }


def somebody(registry_id: str = "") -> Person:
    """Make somebody up, with the number of an identity card unless told otherwise."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))
    hours = f"1{digits(5)}.{digits(2)}"
    return Person(registry_id or f"310{digits(15)}", hours, f"canary-{letters}", PIN)


def cast() -> dict[str, Person]:
    """Return those who play: one with an identity card's number, two with ids of letters."""
    return {"li": somebody(), "wang": somebody(canary_id()), "zhao": somebody(canary_id())}


def wrong_files(person: Person) -> Iterator[tuple[str, bytes]]:
    """Yield files that are no registry, or not quite, with somebody's values in the wrong places."""
    own, hours, honour, line = person.registry_id, person.hours, person.honour, person.line
    for number, text in enumerate(
        (
            line * 2,
            f"{own}\n{HEAD}{line}",
            f"{HEAD}{own},{own},{DAY},\n",
            f"{HEAD}{own},{hours},{own},\n",
            f"{HEAD}{own},{hours},{DAY},{own}:2026:awarded\n",
            f"{HEAD}{own},{hours},{DAY},{honour}:{own}:awarded\n",
            f"{HEAD}{own},{hours},{DAY},{honour}:1983:{own}\n",
            f"{HEAD}{own},{hours},{DAY},{honour}:1983:awarded:{own}\n",
            f'{HEAD}"{own},{hours},{DAY},\n',
            f"{HEAD}{own},{hours},{DAY},,,{own}\n{own}\n\n,{own}\n",
            f"{HEAD}{own}\0,{hours},{DAY},{own}\0\n",
            f"{HEAD}{own},{hours}1,{DAY},{person.pin}\n",
        )
    ):
        yield f"wrong-{number}.csv", text.encode()
    yield "wide.csv", f"{HEAD}{line}".encode("utf-16")
    yield "broken.csv", f"{HEAD}{own}\xff,{hours},{DAY},\n".encode("latin-1")
    for number, text in enumerate(
        (
            f'{{"registry_id": "{own}", "hours": "{honour}", "as_of": "{DAY}", "honours": []}}\n',
            f'{{"registry_id": "{own}", "hours": {hours}, "as_of": "{DAY}", "honours": [{{"code": "{own}"}}]}}\n',
            f'{{"registry_id": ["{own}"], "{own}": {hours}\n',
            f'["{own}"]\n"{own}"\n{own}\n',
        )
    ):
        yield f"wrong-{number}.jsonl", text.encode()
