"""The machine's gates: they grant while their line is down, and upload it hours or weeks later, twice at once."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import MultipleResults, multiple, rule

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import NotAccepted
from gateway.domain.offline import Allowance, Judged, RecordTap, Rejection
from gateway.store.uploading import SqlUploads
from tests.store.commands import PARTNER_ID, REWARD, Holder, again, fresh_proof
from tests.store.ledger_machine import DEVICES, LIMIT, RESIDENTS, LedgerMachine, residents
from tests.store.taps import tap

NOBODY = RESIDENTS
"""Somebody whose pass was not good for the reward: such a tap is booked to no resident's quota."""

UNITS = 6
"""What one device may grant in a day: a resident's quota and somewhat more."""

HOURS = 20
"""How long an allowance is good for; what happens in the last hours of a day is outside of it."""

AGES = [timedelta(0), timedelta(minutes=20), timedelta(hours=8), timedelta(days=2), timedelta(days=20)]
"""How long ago a gate opened, when it uploads."""

Drawn = tuple[int, int, int, int]
"""Who came, how many units, how long ago (of AGES), and of which day before or after the allowance is."""

taps = st.tuples(
    st.integers(0, NOBODY), st.sampled_from([1, 1, 2, LIMIT]), st.integers(0, len(AGES) - 1), st.just(0)
)
strays = st.tuples(residents, st.just(1), st.integers(0, len(AGES) - 1), st.sampled_from([-1, 1]))
batches = st.lists(taps | taps | strays, min_size=1, max_size=4)


class GateMachine(LedgerMachine):
    """Everything that happens online, and uploads beside it."""

    @rule(
        target=LedgerMachine.redemptions,
        drawn=batches,
        by=st.sampled_from(DEVICES),
        known=st.none() | LedgerMachine.redemptions | LedgerMachine.denials,
        times=st.integers(1, 2),
    )
    def uploads(self, drawn: Sequence[Drawn], by: str, known: Any, times: int) -> MultipleResults[RecordTap]:
        """Upload taps, among them one whose id is on record, several times at once."""
        batch = [self.tap(*each, by=by) for each in drawn]
        if known is not None:
            batch.insert(0, replace(batch[0], request_id=known.request_id, fingerprint=known.fingerprint))
        self.upload(batch, times=times)
        return multiple(*(one for one in batch if one.redemption_id in self.model.made))

    @rule(of=LedgerMachine.redemptions, times=st.integers(1, 2))
    def uploads_again(self, of: Any, times: int) -> None:
        """Upload what is on record already: a tap that was uploaded, or what was asked online."""
        if isinstance(of, RecordTap):
            fresh = f"rdm_{secrets.token_urlsafe(16)}"
            self.upload([replace(of, redemption_id=fresh)], times=times)

    def tap(self, who: int, quantity: int, age: int, stray: int, *, by: str) -> RecordTap:
        """Return a tap as the service hands it on: whether the allowance covers its time is decided there."""
        happened_at = self.clock() - AGES[age]
        allowance = _allowance(by, happened_at + timedelta(days=stray))
        covered = allowance.covers(happened_at, self.clock())
        nobody = Holder(pass_id=0, pseudonym=secrets.token_bytes(32), handle=b"", registry_hash=b"")
        return tap(
            nobody if who == NOBODY else self.holders[who],
            quantity=quantity,
            bucket=happened_at.date().isoformat(),
            allowance=0 if who == NOBODY else LIMIT,
            taken_by=by,
            day=allowance.day,
            units=allowance.units,
            happened_at=happened_at,
            late=self.clock() > allowance.ends_at,
            rejection=None if covered else Rejection.OUTSIDE_ALLOWANCE,
        )

    def upload(self, batch: Sequence[RecordTap], *, times: int) -> None:
        """Send taps, several times at once, as services do that saw none of them on record.

        Left out are those whose verdict outlived their entry: no two requests are thirty days apart and at once.
        """
        uploads = SqlUploads(self.database)
        ids = [one.request_id for one in batch]
        known = self.run(uploads.state(PARTNER_ID, _allowance(batch[0].taken_by, self.clock()), ids)).known
        assert set(known) == set(ids) & {*self.model.answers, *self.model.verdicts}
        sent = [one for one in batch if one.request_id in self.model.answers or one.request_id not in known]
        if not sent:
            return

        async def together() -> list[dict[str, Judged]]:
            return await asyncio.gather(*(_recorded(uploads, sent) for _ in range(times)))

        found = [verdicts for verdicts in self.run(together()) if verdicts]
        told = {request_id: (one.verdict, one.rejection) for each in found for request_id, one in each.items()}
        assert told == self.model.upload(sent)
        assert len(found) <= 1, "of equal uploads one alone is new"
        paid = {one.redemption_id for each in found for one in each.values()} - {None}
        assert paid == {one.redemption_id for one in sent if one.redemption_id in self.model.made}


async def _recorded(uploads: SqlUploads, batch: Sequence[RecordTap]) -> dict[str, Judged]:
    while True:
        proof = fresh_proof()
        try:
            recorded = await uploads.record([again(one, proof=proof) for one in batch])
        except Unavailable:
            continue
        assert not isinstance(recorded, NotAccepted)
        return dict(recorded)


def _allowance(device_id: str, at: datetime) -> Allowance:
    begins = datetime.combine(at.date(), time(), at.tzinfo)
    return Allowance(
        partner_id=PARTNER_ID,
        device_id=device_id,
        day=at.date(),
        units=UNITS,
        rewards=frozenset({REWARD}),
        issued_at=begins,
        ends_at=begins + timedelta(hours=HOURS),
    )
