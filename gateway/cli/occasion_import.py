"""Importing a file of occasions: line after line in, a batch at a time to the database, and a count of what became
of them."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from gateway.assembly import Laurel
from gateway.cli.console import TRY_AGAIN, fail, record_of
from gateway.cli.line_files import LineFile
from gateway.cli.occasion_files import read_occasions
from gateway.cli.progress import progress
from gateway.domain.errors import MalformedInput, Unavailable
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Partner
from gateway.store.occasions import NotPut, Put, SqlOccasions
from gateway.store.partners import SqlPartners

BATCH_SIZE = 500
"""Occasions per transaction: some 20 ms, so that no till waits longer for one of them."""

LONG_BYTES = 200_000
"""A file that is worth a progress bar: shorter ones are in before anybody could read it."""


class Import:
    """An import under way. `write` takes the number of each line that is rejected, and the reason."""

    def __init__(self, laurel: Laurel, write: Callable[[int, str], None], *, dry_run: bool) -> None:
        self._laurel = laurel
        self._rows = SqlOccasions(laurel.database, record_of(laurel))
        self._partners: dict[str, Partner | None] = {}
        self._write = write
        self._dry_run = dry_run
        self._batch: dict[tuple[str, str], tuple[int, Occasion]] = {}
        self._told = 0
        self._counts: Counter[Put] = Counter()
        self.rejected = 0

    def counts(self) -> dict[str, int]:
        """Return how many lines were of new, changed and unchanged occasions, and how many were rejected."""
        return {**{put.value: self._counts[put] for put in Put}, "rejected": self.rejected}

    async def take(self, file: Path) -> None:
        """Take a file over, with a progress bar where it is long and somebody is looking.

        Raises:
            MalformedInput: it is no file of occasions, or damaged; says how much of it is imported.
        """
        try:
            with LineFile(file) as lines:
                await self._take_lines(lines)
        except MalformedInput as error:
            raise MalformedInput(error.argument, f"{error.message.rstrip('.')}; {self._so_far()}.") from None
        except Unavailable as error:
            fail(f"The {error} does not answer; {self._so_far()}. Import the file again.", TRY_AGAIN)

    async def _take_lines(self, lines: LineFile) -> None:
        zone = self._laurel.ports.catalogue.zone
        with nullcontext() if lines.size < LONG_BYTES else progress("importing", "lines") as show:
            for line, occasion in read_occasions(lines, zone, self._reject):
                partner = await self._partner(occasion.partner_id)
                if reason := _against(self._laurel, partner, occasion.reward):
                    self._reject(line, reason)
                else:
                    await self._add(line, occasion)
                if show is not None:
                    show(line, lines.position / lines.size)
            await self._flush()

    async def _partner(self, partner_id: str) -> Partner | None:
        if partner_id not in self._partners:
            rows = SqlPartners(self._laurel.database, record_of(self._laurel))
            self._partners[partner_id] = await rows.partner(partner_id)
        return self._partners[partner_id]

    def _reject(self, line: int, reason: str) -> None:
        self._write(line, reason)
        self.rejected += 1

    async def _add(self, line: int, occasion: Occasion) -> None:
        """Take an occasion. Another line for the same one goes first, so that the later one counts."""
        key = occasion.partner_id, occasion.id
        if key in self._batch or len(self._batch) == BATCH_SIZE:
            await self._flush()
        self._batch[key] = line, occasion

    async def _flush(self) -> None:
        """Send what has gathered, and tell the record how many lines were rejected since the last time."""
        if not self._batch:
            return
        occasions = [occasion for _, occasion in self._batch.values()]
        if self._dry_run:
            outcomes = await self._rows.foresee(occasions)
        else:
            outcomes = await self._rows.put_all(occasions, rejected=self.rejected - self._told)
        for (line, _), outcome in zip(self._batch.values(), outcomes, strict=True):
            if isinstance(outcome, NotPut):
                self._reject(line, f"{outcome.argument}: {outcome.message}")
            else:
                self._counts[outcome] += 1
        self._told = self.rejected
        self._batch.clear()

    def _so_far(self) -> str:
        done = 0 if self._dry_run else self._counts.total()
        return f"{done:,} lines before that are imported" if done else "nothing was changed"


def _against(laurel: Laurel, partner: Partner | None, code: str) -> str | None:
    """Return why a partner can't have occasions for a reward, or None. What no list knows is not quoted."""
    if partner is None:
        return "partner: There is no such partner; see gateway partners list."
    reward = laurel.ports.catalogue.rewards.get(code)
    if reward is None:
        return "reward: It is not in the catalogue; see gateway rewards list."
    profile = laurel.profiles.get(partner.kind)
    if profile is None or code not in profile.rewards:
        return f"reward: {partner.id} is a {partner.kind}, which does not give {code}."
    if not reward.needs_occasion:
        return f"reward: {code} is not redeemed for an occasion; leave the line out."
    return None
