"""The ports in memory: small, readable, and with a record of which of them was called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from gateway.domain.access import Look
from gateway.domain.eligibility import Cause
from gateway.domain.errors import KeysMissing, MalformedInput, Throttled
from gateway.domain.ledger import NotAccepted
from gateway.domain.offline import Allowance, Judged, Known, RecordTap, State, Verdict
from gateway.domain.partners import Caller
from gateway.domain.passes import OpenedPass, PassRecord, PresentedPass, Sighting
from gateway.domain.ports import Paged
from gateway.domain.settlement import Month, Settlement


@dataclass
class Calls:
    """The names of the ports' methods in the order of their calls; those in `keyless` lack their key."""

    made: list[str] = field(default_factory=list)
    keyless: set[str] = field(default_factory=set)

    def note(self, name: str) -> None:
        self.made.append(name)
        if name in self.keyless:
            raise KeysMissing(name)


@dataclass
class MemoryKeys:
    """Everything that a keyring does, with readable results instead of hashes.

    A presented text is its own handle; one that begins with `forged` is a forged token, `mistyped` has no form.
    `tokens` maps a text to what a token would say of itself: sector and expiry, `showable` to its time on a phone.
    Any other is a typed code.
    """

    calls: Calls
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    showable: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    counters: list[bytes] = field(default_factory=list)

    def open(self, presented: PresentedPass) -> OpenedPass:
        self.calls.note("open")
        if presented.text.startswith("mistyped"):
            raise MalformedInput("pass", "The code was mistyped.")
        handle = presented.text.encode()
        sector, expires_at = self.tokens.get(presented.text, (None, None))
        forged = presented.text.startswith("forged")
        typed = not forged and presented.text not in self.tokens
        return OpenedPass(
            handle=handle,
            mark=b"mark of " + handle,
            seal=handle,
            typed=typed,
            forged=forged,
            sector=sector,
            expires_at=expires_at,
            showable=self.showable.get(presented.text),
        )

    def seal(self, opened: OpenedPass, cause: Cause) -> str:
        self.calls.note("seal")
        return f"{cause} {opened.seal.decode()}"

    async def pseudonym(self, secret: bytes | None, *, reward: str, key_period: str, closes_at: datetime) -> bytes:
        self.calls.note("pseudonym")
        return f"{secret!r} {reward} {key_period} {closes_at}".encode()

    def fingerprint(self, operation: str, *parts: str) -> bytes:
        self.calls.note("fingerprint")
        return repr((operation, parts)).encode()

    async def matches(self, pin_hash: str | None, pin: str | None) -> bool:
        self.calls.note("matches")
        return pin is not None and pin_hash == f"hash of {pin}"

    def counter(self, whose: bytes, reward: str) -> bytes:
        self.calls.note("counter")
        return whose + b" " + reward.encode()


@dataclass
class MemoryLimits:
    """Implements `domain.limits.Limits`: counts, and refuses what a test tells it to."""

    admitted: int = 0
    codes: int = 0
    denied: int = 0
    refuse: Throttled | None = None
    refuse_codes: Throttled | None = None

    async def admit(self, caller: Caller) -> None:
        if self.refuse:
            raise self.refuse
        self.admitted += 1

    async def admit_code(self, caller: Caller) -> None:
        if self.refuse_codes:
            raise self.refuse_codes
        self.codes += 1

    async def code_denied(self, caller: Caller) -> None:
        self.denied += 1


@dataclass
class MemoryEvidence:
    """Implements `domain.evidence.EvidenceSealer`, readably."""

    calls: Calls

    def seal(self, proof: str, *, partner_id: str, request_id: str) -> bytes:
        self.calls.note("evidence")
        return f"{proof} of {partner_id} for {request_id}".encode()


class MemoryHeldPasses:
    """Implements `domain.holds.HeldPasses`, readably; `lost` as if its key had ended."""

    def __init__(self) -> None:
        self.lost = False

    def seal(self, pass_id: int, *, hold_id: str) -> bytes:
        return f"{pass_id} for {hold_id}".encode()

    def open(self, sealed: bytes, *, hold_id: str) -> int:
        pass_id, for_ = sealed.decode().split(" for ")
        if self.lost or for_ != hold_id:
            raise KeysMissing("the key of a hold's pass")
        return int(pass_id)


@dataclass
class MemoryGroups:
    """Implements `domain.ports.Groups`."""

    too_small: frozenset[str] = frozenset()

    def inactive(self) -> frozenset[str]:
        return self.too_small


@dataclass
class MemoryCursors:
    """A cursor names its partner and position in plain text."""

    positions: dict[tuple[Paged, str, str], tuple[datetime, str]] = field(default_factory=dict)

    def seal(self, listing: Paged, partner_id: str, position: tuple[datetime, str]) -> str:
        self.positions[listing, partner_id, f"after {position[1]}"] = position
        return f"after {position[1]}"

    def open(self, listing: Paged, partner_id: str, cursor: str) -> tuple[datetime, str]:
        try:
            return self.positions[listing, partner_id, cursor]
        except KeyError:
            raise MalformedInput("after", "Not yours.") from None


@dataclass
class MemoryDirectory:
    """Passes by handle, the clock and the registry's freshness."""

    calls: Calls
    now: datetime
    registry_as_of: date | None
    records: dict[bytes, PassRecord] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)

    async def look_up(self, handle: bytes, mark: bytes) -> Sighting:
        self.calls.note("look_up")
        return Sighting(self.now, self.registry_as_of, self.records.get(handle), mark in self.used)


class MemorySettlements:
    """Implements `domain.settlement.Settlements`: nothing ever happened."""

    async def settle(self, partner_id: str, month: Month) -> Settlement:
        return Settlement(partner_id=partner_id, month=month, final=False, lines=(), taps=())


@dataclass
class MemoryStatements:
    """Implements `domain.settlement.SettlementSigner`, readably; without a key where `missing`."""

    missing: bool = False

    def sign_settlement(self, settlement: Settlement) -> str:
        if self.missing:
            raise KeysMissing("statement")
        return f"{settlement.partner_id} {settlement.month.name}"


@dataclass
class MemoryUploads:
    """Implements `domain.offline.Uploads`: keeps the commands, accepts whatever no rule rejects."""

    calls: Calls
    at: datetime
    used: int = 0
    known: dict[str, Known] = field(default_factory=dict)
    commands: list[RecordTap] = field(default_factory=list)

    async def now(self) -> datetime:
        return self.at

    async def state(self, partner_id: str, allowance: Allowance, request_ids: Sequence[str]) -> State:
        self.calls.note("state")
        known = {one: self.known[one] for one in request_ids if one in self.known}
        return State(now=self.at, used=self.used, known=known)

    async def record(self, taps: Sequence[RecordTap]) -> Mapping[str, Judged] | NotAccepted:
        self.calls.note("record")
        self.commands += taps
        return {
            tap.request_id: Judged(
                request_id=tap.request_id,
                verdict=Verdict.REJECTED
                if tap.rejection
                else Verdict.ACCEPTED_LATE
                if tap.late
                else Verdict.ACCEPTED,
                rejection=tap.rejection,
                redemption_id=None if tap.rejection else tap.redemption_id,
            )
            for tap in taps
        }


class MemoryAllowances:
    """Implements `domain.offline.Allowances`: there is one, and it is good for anybody."""

    def sign(self, allowance: Allowance) -> str:
        return f"{allowance.units} units"

    def open(self, text: str, *, partner_id: str) -> Allowance:
        if text != "signed":
            raise MalformedInput("allowance", "Not signed.")
        begins = datetime(2026, 11, 21, tzinfo=UTC)
        return Allowance(
            partner_id=partner_id,
            device_id="gate-1",
            day=begins.date(),
            units=3,
            rewards=frozenset({"ride"}),
            issued_at=begins,
            ends_at=begins + timedelta(days=3),
        )


@dataclass
class MemoryLooks:
    """Implements `domain.access.AccessLog`."""

    noted: list[Look] = field(default_factory=list)

    def note(self, look: Look) -> None:
        self.noted.append(look)
