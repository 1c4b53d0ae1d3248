"""The ledger in memory: its rules, without races, seats that are taken, or counters of PINs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import (
    Command,
    Committed,
    Entry,
    EntryKind,
    InFlight,
    NotAccepted,
    Occasion,
    Outcome,
    Redeem,
    Reverse,
)
from gateway.domain.redemptions import Page, Reason, Redemption
from tests.services.fakes import Calls, MemoryDirectory


@dataclass
class MemoryLedger:
    """Implements `domain.ports.Ledger`. `outcome` answers instead of the rules once it is set."""

    calls: Calls
    directory: MemoryDirectory
    commands: list[Command] = field(default_factory=list)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    rows: dict[str, tuple[Redeem, Redemption]] = field(default_factory=dict)
    units: Counter[tuple[bytes, str]] = field(default_factory=Counter)
    occasions: dict[tuple[str, str], Occasion] = field(default_factory=dict)
    outcome: InFlight | NotAccepted | Committed | Exception | None = None

    async def recall(self, partner_id: str, request_id: str) -> Entry | None:
        self.calls.note("recall")
        return self.entries.get((partner_id, request_id))

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        self.calls.note("commit")
        self.commands += batch
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return [self.outcome or self._decide(command) for command in batch]

    def _decide(self, command: Command) -> Outcome:
        key = command.partner_id, command.request_id
        replayed = key in self.entries
        if not replayed:
            assert isinstance(command, Redeem | Reverse)
            self.entries[key] = self._redeem(command) if isinstance(command, Redeem) else self._reverse(command)
        return Committed(self.entries[key], replayed)

    def _redeem(self, command: Redeem) -> Entry:
        quota = command.pseudonym, command.bucket
        occasion = self.occasions.get((command.partner_id, command.occasion or ""))
        if occasion is not None and occasion.used + command.quantity > occasion.capacity:
            return Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.SOLD_OUT)
        cause = command.cause or (Cause.WRONG_PIN if command.pin and not command.pin.right else None)
        if self.units[quota] + command.quantity > (0 if cause else command.allowance):
            reference = command.seal(cause or Cause.QUOTA_USED_UP)
            denied = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.NOT_ELIGIBLE)
            return replace(denied, reference=reference)
        self.units[quota] += command.quantity
        redemption = Redemption(
            id=command.redemption_id,
            request_id=command.request_id,
            reward=command.reward,
            quantity=command.quantity,
            reversed_quantity=0,
            occasion=command.occasion,
            redeemed_at=self.directory.now,
            reversible_until=self.directory.now + command.reversal_window,
            tariff_fen=command.tariff_fen,
            policy_version=command.policy_version,
        )
        self.rows[redemption.id] = command, redemption
        return Entry(fingerprint=command.fingerprint, kind=EntryKind.REDEEMED, redemption=redemption)

    def _reverse(self, command: Reverse) -> Entry:
        redeem, then = self.rows.get(command.redemption_id, (None, None))
        denied = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.NOT_FOUND)
        if redeem is None or then is None or redeem.partner_id != command.partner_id:
            return denied
        if self.directory.now > then.reversible_until:
            return replace(denied, reason=Reason.WINDOW_CLOSED)
        remains = then.quantity - then.reversed_quantity
        quantity = remains if command.quantity is None else command.quantity
        if not 0 < quantity <= remains:
            return replace(denied, reason=Reason.QUANTITY_EXCEEDED)
        self.units[redeem.pseudonym, redeem.bucket] -= quantity
        now = replace(then, reversed_quantity=then.reversed_quantity + quantity)
        self.rows[now.id] = redeem, now
        return Entry(fingerprint=command.fingerprint, kind=EntryKind.REVERSED, redemption=now)

    async def used(self, pseudonym: bytes, bucket: str) -> int:
        self.calls.note("used")
        return self.units[pseudonym, bucket]

    async def occasion(self, partner_id: str, occasion_id: str) -> Occasion | None:
        self.calls.note("occasion")
        return self.occasions.get((partner_id, occasion_id))

    def _own(self, partner_id: str) -> list[Redemption]:
        return [then for redeem, then in self.rows.values() if redeem.partner_id == partner_id]

    async def redemption(
        self, partner_id: str, *, redemption_id: str | None = None, request_id: str | None = None
    ) -> Redemption | None:
        found = [one for one in self._own(partner_id) if one.id == redemption_id or one.request_id == request_id]
        return found[0] if found else None

    async def redemptions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        since: datetime | None,
        until: datetime | None,
        reward: str | None,
    ) -> Page:
        self.calls.note("redemptions")
        found = [
            one
            for one in sorted(self._own(partner_id), key=lambda one: (one.redeemed_at, one.id), reverse=True)
            if (after is None or (one.redeemed_at, one.id) < after)
            and (since is None or one.redeemed_at >= since)
            and (until is None or one.redeemed_at < until)
            and reward in (None, one.reward)
        ]
        return Page(redemptions=tuple(found[:first]), has_more=len(found) > first)
