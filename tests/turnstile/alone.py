"""A gate without the rest of its agent: a real queue, a list, an allowance, and a gateway of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from laurel_client import Credentials, LaurelClient, new_request_id, read_status_list
from laurel_turnstile.agent import QUEUE
from laurel_turnstile.box import Box
from laurel_turnstile.gate import Gate
from laurel_turnstile.handing_in import HandingIn
from laurel_turnstile.line import Line
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tables import connect
from laurel_turnstile.tally import Tally
from laurel_turnstile.terms import Terms
from tests.turnstile.signed import KEYS, URI, card, list_of

REWARD = "cultural-event"
"""What the client's stub of a gateway gives."""


@dataclass(slots=True)
class Alone:
    """The parts of one gate."""

    box: Box
    provisions: Provisions
    line: Line
    tally: Tally
    gate: Gate
    handing_in: HandingIn

    async def shown(self, text: str, own: str | None = None) -> tuple[str, str, str | None]:
        """Show a pass, and return the answer."""
        answer = await self.gate.shown(own or new_request_id(), text)
        return answer.word, answer.by, answer.why


def a_card(number: int = 1) -> str:
    """Return a card that is good now."""
    ends = int(datetime.now(UTC).timestamp()) + 3600
    return card(jti=f"j{number}", exp=ends, status={"status_list": {"idx": number % 16, "uri": URI}})


@asynccontextmanager
async def alone(folder: Path, credentials: Credentials, *, units: int = 5) -> AsyncIterator[Alone]:
    """Set a gate up in a folder, with what the folder has already."""
    terms = Terms(folder=folder, reward=REWARD, deadline=0.3, rides_per_card=2, settle=0.0)
    now, tally = datetime.now(UTC), Tally()
    with closing(connect(folder / QUEUE)) as connection:
        connection.execute(
            "INSERT OR IGNORE INTO allowance VALUES (1, 'token', 'day', ?, ?, ?, ?)",
            (units, REWARD, now.timestamp() - 60, (now + timedelta(hours=1)).timestamp()),
        )
        box = Box(connection)
        provisions = Provisions(connection, box)
        if provisions.status is None:
            provisions.keep_list(read_status_list(list_of(now), KEYS, uri=URI), KEYS)
        async with LaurelClient(credentials) as client:
            line, seal = Line(client, provisions, tally, terms), Seal(credentials.key)
            gate = Gate(box=box, provisions=provisions, line=line, seal=seal, terms=terms, tally=tally)
            handing_in = HandingIn(box=box, provisions=provisions, seal=seal, gate=gate, terms=terms, tally=tally)
            yield Alone(box, provisions, line, tally, gate, handing_in)
            await gate.at_rest()
