"""The ledger as one would explain it at a table: plain dictionaries, nobody at the same time, no SQL.

What it is told is what the service would put into a command.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.domain.ledger import (
    ANNULMENT_WINDOW,
    Cancel,
    Command,
    Confirm,
    EntryKind,
    Redeem,
    Release,
    Reverse,
    Take,
    TakeHold,
)
from gateway.domain.offline import RecordTap, Rejection, Verdict
from gateway.domain.redemptions import Reason, ReversalReason

Answer = tuple[EntryKind, Reason | None, str | None, int | None]
"""What became of a request: kind, reason, redemption or hold, and how many of its units were reversed by then."""

Quota = tuple[bytes, str]


@dataclass
class Made:
    """A redemption that the model remembers: the units that were taken, when, by which device.

    `overdraft` are those of its units that stand and that no quota held.
    """

    command: Take
    device_id: str
    quantity: int
    at: datetime
    until: datetime
    reversed: int = 0
    overdraft: int = 0

    @property
    def stands(self) -> int:
        """The units that remain."""
        return self.quantity - self.reversed


@dataclass
class Kept:
    """A hold that the model remembers."""

    command: TakeHold
    until: datetime
    ended: bool = False


@dataclass
class Model:
    """Everything that decides."""

    now: datetime
    capacity: int
    revoked: set[int] = field(default_factory=set)
    made: dict[str, Made] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    cancelled: bool = False
    drawn: Counter[tuple[str, date]] = field(default_factory=Counter)
    verdicts: dict[str, tuple[Verdict, Rejection | None]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    forget: dict[str, datetime] = field(default_factory=dict)

    def alive(self) -> list[Kept]:
        """The holds that are neither ended nor too old."""
        return [each for each in self.kept.values() if not each.ended and self.now < each.until]

    def used(self, pseudonym: bytes, bucket: str) -> int:
        """The units of a quota that stand or are held; overdraft is not part of it."""
        return self.quotas()[0][pseudonym, bucket]

    def quotas(self) -> tuple[Counter[Quota], Counter[Quota]]:
        """What is used or held of each quota, and what is its overdraft."""
        used, overdraft = Counter[Quota](), Counter[Quota]()
        for one in self.made.values():
            quota = one.command.pseudonym, one.command.bucket
            used[quota] += one.stands - one.overdraft
            overdraft[quota] += one.overdraft
        for each in self.alive():
            used[each.command.pseudonym, each.command.bucket] += each.command.quantity
        return used, overdraft

    def seats(self) -> int:
        """The seats of the one occasion that are taken or held."""
        standing = (one.stands for one in self.made.values() if one.command.occasion)
        return sum(standing) + sum(one.command.quantity for one in self.alive() if one.command.occasion)

    def decide(self, command: Command) -> Answer:
        """Answer a request, once for its id."""
        if command.request_id not in self.answers:
            decided = self._decide(command)
            self.answers[command.request_id] = (
                self._deny(command, decided) if isinstance(decided, Reason) else decided
            )
        return self.answers[command.request_id]

    def _deny(self, command: Command, reason: Reason) -> Answer:
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.forget[command.request_id] = midnight + timedelta(days=31)
        return EntryKind.DENIED, reason, None, None

    def upload(self, taps: Sequence[RecordTap]) -> dict[str, tuple[Verdict, Rejection | None]]:
        """Give those taps a verdict, one after the other, that are on record neither as taps nor as requests."""
        known = {*self.answers, *self.verdicts}
        return {tap.request_id: self._tap(tap) for tap in taps if tap.request_id not in known}

    def _tap(self, tap: RecordTap) -> tuple[Verdict, Rejection | None]:
        rejection, day = tap.rejection, (tap.taken_by, tap.day)
        if rejection is None and self.drawn[day] + tap.quantity > tap.units:
            rejection = Rejection.BEYOND_ALLOWANCE
        if rejection is not None:
            self.answers[tap.request_id] = self._deny(tap, Reason.REQUEST_REUSED)
            verdict = Verdict.REJECTED
        else:
            self.drawn[day] += tap.quantity
            over = self.used(tap.pseudonym, tap.bucket) + tap.quantity > tap.allowance
            self.answers[tap.request_id] = self._made(tap, tap, tap.redemption_id, tap.quantity)
            self.made[tap.redemption_id].at = tap.happened_at
            self.made[tap.redemption_id].overdraft = tap.quantity if over else 0
            verdict = Verdict.ACCEPTED_LATE if tap.late else Verdict.ACCEPTED
        self.verdicts[tap.request_id] = verdict, rejection
        return verdict, rejection

    def _decide(self, command: Command) -> Answer | Reason:
        match command:
            case Redeem() | TakeHold():
                return self._take(command)
            case Confirm() | Release():
                return self._end(command)
            case Reverse():
                return self._reverse(command)
            case Cancel():
                return self._cancel(command)
        raise AssertionError(command)

    def _take(self, command: Redeem | TakeHold) -> Answer | Reason:
        if command.occasion and self.cancelled:
            return Reason.UNKNOWN_OCCASION
        if command.occasion and self.seats() + command.quantity > self.capacity:
            return Reason.SOLD_OUT
        over = self.used(command.pseudonym, command.bucket) + command.quantity > command.allowance
        if over or command.cause or command.pass_id in self.revoked:
            return Reason.NOT_ELIGIBLE
        if isinstance(command, TakeHold):
            self.kept[command.hold_id] = Kept(command, self.now + command.lifetime)
            return EntryKind.HELD, None, command.hold_id, None
        return self._made(command, command, command.redemption_id, command.quantity)

    def _made(self, request: Command, taken: Take, redemption_id: str, quantity: int) -> Answer:
        until = self.now + taken.reversal_window
        self.made[redemption_id] = Made(taken, request.device_id, quantity, self.now, until)
        return EntryKind.REDEEMED if request is taken else EntryKind.CONFIRMED, None, redemption_id, 0

    def _end(self, command: Confirm | Release) -> Answer | Reason:
        kept = self.kept.get(command.hold_id)
        if kept is None:
            return Reason.NOT_FOUND
        if kept not in self.alive():
            return Reason.HOLD_ENDED
        if isinstance(command, Release):
            kept.ended = True
            return EntryKind.RELEASED, None, command.hold_id, None
        if kept.command.pass_id in self.revoked:
            return Reason.HOLD_ENDED
        quantity = kept.command.quantity if command.quantity is None else command.quantity
        if quantity > kept.command.quantity:
            return Reason.QUANTITY_EXCEEDED
        kept.ended = True
        return self._made(command, kept.command, command.redemption_id, quantity)

    def _reverse(self, command: Reverse) -> Answer | Reason:
        made = self.made.get(command.redemption_id)
        annulled = command.reason is ReversalReason.GATE_NOT_OPENED
        if made is None or (annulled and command.device_id != made.device_id):
            return Reason.NOT_FOUND
        if self.now > (made.at + ANNULMENT_WINDOW if annulled else made.until):
            return Reason.WINDOW_CLOSED
        quantity = made.stands if command.quantity is None else command.quantity
        if not 0 < quantity <= made.stands:
            return Reason.QUANTITY_EXCEEDED
        made.reversed += quantity
        made.overdraft -= min(quantity, made.overdraft)
        return EntryKind.REVERSED, None, command.redemption_id, made.reversed

    def _cancel(self, command: Cancel) -> Answer:
        """All at once: what stands in between, while it is undone step by step, nobody can have any more."""
        for redemption_id, made in self.made.items():
            if made.command.occasion and made.stands:
                made.reversed = made.quantity
                undone = f"cancelled:{redemption_id}"
                self.answers[undone] = EntryKind.REVERSED, None, redemption_id, made.quantity
        for each in self.alive():
            if each.command.occasion:
                each.ended = True
                undone = f"cancelled:{each.command.hold_id}"
                self.answers[undone] = EntryKind.RELEASED, None, each.command.hold_id, None
        self.cancelled = True
        return EntryKind.CANCELLED, None, None, None

    def sweep(self) -> None:
        """Forget the denials whose day has passed."""
        for request_id, day in list(self.forget.items()):
            if day < self.now:
                del self.forget[request_id], self.answers[request_id]
