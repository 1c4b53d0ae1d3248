"""The ledger in memory: its rules, without races, seats that are taken, or counters of PINs.

A cancellation undoes nothing here: it takes `steps` to be done.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.eligibility import Cause
from gateway.domain.holds import Hold, HoldStatus
from gateway.domain.ledger import (
    Cancel,
    Command,
    Committed,
    Confirm,
    Entry,
    EntryKind,
    InFlight,
    NotAccepted,
    Outcome,
    Redeem,
    Release,
    Reverse,
    Take,
    TakeHold,
)
from gateway.domain.occasions import Cancellation, ListedOccasion, Occasion, OccasionPage, OccasionStatus
from gateway.domain.redemptions import Page, Reason, Redemption, Window
from tests.services.fakes import Calls, MemoryDirectory


@dataclass
class MemoryLedger:
    """Implements `domain.ledger_port.Ledger`. `outcome` answers instead of the rules once it is set."""

    calls: Calls
    directory: MemoryDirectory
    commands: list[Command] = field(default_factory=list)
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    rows: dict[str, tuple[Take, Redemption]] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    holds: dict[str, tuple[TakeHold, Hold]] = field(default_factory=dict)
    steps: int = 1
    units: Counter[tuple[bytes, str]] = field(default_factory=Counter)
    staged: dict[tuple[str, str], Occasion] = field(default_factory=dict)
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
            match command:
                case Redeem() | TakeHold():
                    self.entries[key] = self._take(command)
                case Reverse():
                    self.entries[key] = self._reverse(command)
                case Confirm() | Release():
                    self.entries[key] = self._end(command)
                case Cancel():
                    self.entries[key] = self._cancel(command)
                case _:
                    raise AssertionError(command)
        return Committed(self.entries[key], replayed)

    def _take(self, command: Redeem | TakeHold) -> Entry:
        quota = command.pseudonym, command.bucket
        occasion = self.staged.get((command.partner_id, command.occasion or ""))
        if occasion is not None and occasion.used + command.quantity > occasion.capacity:
            return Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.SOLD_OUT)
        cause = command.cause or (Cause.WRONG_PIN if command.pin and not command.pin.right else None)
        if self.units[quota] + command.quantity > (0 if cause else command.allowance):
            reference = command.seal(cause or Cause.QUOTA_USED_UP)
            denied = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.NOT_ELIGIBLE)
            return replace(denied, reference=reference)
        self.units[quota] += command.quantity
        if isinstance(command, Redeem):
            return self._redeem(command, command, command.redemption_id, command.quantity)
        hold = Hold(
            id=command.hold_id,
            request_id=command.request_id,
            reward=command.reward,
            quantity=command.quantity,
            occasion=command.occasion,
            status=HoldStatus.HELD,
            held_at=self.directory.now,
            expires_at=self.directory.now + command.lifetime,
        )
        self.holds[hold.id] = command, hold
        return Entry(fingerprint=command.fingerprint, kind=EntryKind.HELD, hold=hold)

    def _redeem(self, request: Command, command: Take, redemption_id: str, quantity: int) -> Entry:
        redemption = Redemption(
            id=redemption_id,
            request_id=request.request_id,
            reward=command.reward,
            quantity=quantity,
            reversed_quantity=0,
            occasion=command.occasion,
            redeemed_at=self.directory.now,
            reversible_until=self.directory.now + command.reversal_window,
            tariff_fen=command.tariff_fen,
            policy_version=command.policy_version,
        )
        self.rows[redemption.id] = command, redemption
        self.devices[redemption.id] = request.device_id
        kind = EntryKind.REDEEMED if request is command else EntryKind.CONFIRMED
        return Entry(fingerprint=request.fingerprint, kind=kind, redemption=redemption)

    def _end(self, command: Confirm | Release) -> Entry:
        taken, hold = self.holds.get(command.hold_id, (None, None))
        denied = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.NOT_FOUND)
        if taken is None or hold is None or taken.partner_id != command.partner_id:
            return denied
        if hold.status is not HoldStatus.HELD or hold.expires_at <= self.directory.now:
            return replace(denied, reason=Reason.HOLD_ENDED)
        if isinstance(command, Confirm) and self._revoked(command.unseal(taken.sealed_pass)):
            return replace(denied, reason=Reason.HOLD_ENDED)
        quantity = 0 if isinstance(command, Release) else command.quantity or hold.quantity
        if quantity > hold.quantity:
            return replace(denied, reason=Reason.QUANTITY_EXCEEDED)
        self.holds[hold.id] = taken, replace(hold, status=HoldStatus.RELEASED)
        self.units[taken.pseudonym, taken.bucket] -= hold.quantity - quantity
        if isinstance(command, Confirm):
            return self._redeem(command, taken, command.redemption_id, quantity)
        return Entry(fingerprint=command.fingerprint, kind=EntryKind.RELEASED, hold=self.holds[hold.id][1])

    def _revoked(self, pass_id: int) -> bool:
        return any(one.pass_id == pass_id and one.revoked for one in self.directory.records.values())

    def _cancel(self, command: Cancel) -> Entry:
        key = command.partner_id, command.occasion
        self.staged[key] = replace(self.staged[key], cancelled_at=self.directory.now)
        cancellation = Cancellation(
            id=command.cancellation_id,
            request_id=command.request_id,
            occasion=command.occasion,
            reward=self.staged[key].reward,
            cancelled_at=self.directory.now,
            finished_at=None,
            reversed_redemptions=0,
            reversed_units=0,
            released_holds=0,
            remaining=self.steps,
        )
        return Entry(fingerprint=command.fingerprint, kind=EntryKind.CANCELLED, cancellation=cancellation)

    async def advance(self, partner_id: str, cancellation: Cancellation) -> Cancellation:
        """Undo one of `steps`; whose they are does not matter here."""
        self.calls.note("advance")
        self.steps -= 1
        done = self.directory.now if self.steps == 0 else None
        state = replace(cancellation, remaining=self.steps, finished_at=done)
        key = partner_id, cancellation.request_id
        self.entries[key] = replace(self.entries[key], cancellation=state)
        return state

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

    async def occasion(self, partner_id: str, occasion_id: str, *, over: bool = False) -> Occasion | None:
        self.calls.note("occasion")
        found = self.staged.get((partner_id, occasion_id))
        return None if found is None or (found.cancelled_at and not over) else found

    async def occasions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        ending: Window,
        rewards: Collection[str],
        over: bool,
    ) -> OccasionPage:
        self.calls.note("occasions")
        found = [
            ListedOccasion(
                id=one.id,
                reward=one.reward,
                capacity=one.capacity,
                available=one.capacity - one.used - one.held,
                ends_at=one.ends_at,
                status=self._status(one),
            )
            for one in sorted(self.staged.values(), key=lambda one: (one.ends_at, one.id))
            if one.partner_id == partner_id
            and one.reward in rewards
            and (after is None or (one.ends_at, one.id) > after)
            and (ending.since is None or one.ends_at >= ending.since)
            and (ending.until is None or one.ends_at < ending.until)
            and (over or self._status(one) is OccasionStatus.ON)
        ]
        return OccasionPage(occasions=tuple(found[:first]), has_more=len(found) > first)

    def _status(self, one: Occasion) -> OccasionStatus:
        if one.cancelled_at is not None:
            return OccasionStatus.CANCELLED
        return OccasionStatus.ON if one.ends_at > self.directory.now else OccasionStatus.OVER

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
        redeemed: Window,
        reversed_: Window,
        reward: str | None,
        device_id: str | None,
    ) -> Page:
        self.calls.note("redemptions")
        found = [
            one
            for one in sorted(self._own(partner_id), key=lambda one: (one.redeemed_at, one.id), reverse=True)
            if (after is None or (one.redeemed_at, one.id) < after)
            and (redeemed.since is None or one.redeemed_at >= redeemed.since)
            and (redeemed.until is None or one.redeemed_at < redeemed.until)
            and reward in (None, one.reward)
            and device_id in (None, self.devices[one.id])
        ]
        return Page(redemptions=tuple(found[:first]), has_more=len(found) > first)
