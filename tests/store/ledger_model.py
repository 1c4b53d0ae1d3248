"""The ledger as one would explain it at a table: plain dictionaries, nobody at the same time, no SQL.

What it is told is what the service would put into a command.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.ledger import EntryKind, Redeem, Reverse
from gateway.domain.redemptions import Reason

Answer = tuple[EntryKind, Reason | None, str | None, int | None]
"""What became of a request: kind, reason, redemption, and how many of its units were reversed by then."""


@dataclass
class Made:
    """A redemption that the model remembers."""

    command: Redeem
    until: datetime
    reversed: int = 0


@dataclass
class Model:
    """Everything that decides."""

    now: datetime
    capacity: int
    revoked: set[int] = field(default_factory=set)
    made: dict[str, Made] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    forget: dict[str, datetime] = field(default_factory=dict)

    def used(self, pseudonym: bytes, bucket: str) -> int:
        """The live units of a quota."""
        return sum(
            each.command.quantity - each.reversed
            for each in self.made.values()
            if (each.command.pseudonym, each.command.bucket) == (pseudonym, bucket)
        )

    def seats(self) -> int:
        """The live units of the one occasion."""
        return sum(each.command.quantity - each.reversed for each in self.made.values() if each.command.occasion)

    def decide(self, command: Redeem | Reverse) -> Answer:
        """Answer a request, once for its id."""
        if command.request_id not in self.answers:
            decided = self._redeem(command) if isinstance(command, Redeem) else self._reverse(command)
            if isinstance(decided, Reason):
                midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
                self.forget[command.request_id] = midnight + timedelta(days=31)
                decided = (EntryKind.DENIED, decided, None, None)
            self.answers[command.request_id] = decided
        return self.answers[command.request_id]

    def _redeem(self, command: Redeem) -> Answer | Reason:
        if command.occasion and self.seats() + command.quantity > self.capacity:
            return Reason.SOLD_OUT
        over = self.used(command.pseudonym, command.bucket) + command.quantity > command.allowance
        if over or command.cause or command.pass_id in self.revoked:
            return Reason.NOT_ELIGIBLE
        self.made[command.redemption_id] = Made(command, self.now + command.reversal_window)
        return EntryKind.REDEEMED, None, command.redemption_id, 0

    def _reverse(self, command: Reverse) -> Answer | Reason:
        made = self.made.get(command.redemption_id)
        if made is None:
            return Reason.NOT_FOUND
        if self.now > made.until:
            return Reason.WINDOW_CLOSED
        remaining = made.command.quantity - made.reversed
        quantity = remaining if command.quantity is None else command.quantity
        if not 0 < quantity <= remaining:
            return Reason.QUANTITY_EXCEEDED
        made.reversed += quantity
        return EntryKind.REVERSED, None, command.redemption_id, made.reversed

    def sweep(self) -> None:
        """Forget the denials whose day has passed."""
        for request_id, day in list(self.forget.items()):
            if day < self.now:
                del self.forget[request_id], self.answers[request_id]
