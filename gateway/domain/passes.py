"""What a resident shows: passes, presented, opened and on record. None of them says who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.standing import Standing


class PassForm(StrEnum):
    """How a pass is carried.

    A card is printed and shown often, and the only one that works while a line is down. A live pass is made anew
    by a phone for each showing. A slip is a printed sheet of codes, each of which is good once.
    """

    CARD = "card"
    LIVE = "live"
    SLIP = "slip"


STATUS_LIST_SIZE = 2**23
"""Places in a sector's status list (IETF Token Status List): one bit each, 1 MiB before compression. Random
places for 3.5 million cards leave more than half of it as decoys."""


@dataclass(frozen=True, slots=True)
class PresentedPass:
    """The string that a partner sent: a token, a typed code or a live pass. It never appears in a repr."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPass:
    """A presented pass after the checks that need no database.

    `handle` is the keyed hash that it is looked up by (random where it proved to be forged, so that the
    look-up is the same). `mark` is the keyed hash under which it is known that just this was used: nobody can
    make it of the handle. `seal` is the key that its holder's denials are sealed under. `sector` and `expires_at`
    are what a token says of itself; a `typed` code says neither. `showable` is from when until when a live pass
    may be shown, by the clock of its phone.
    """

    handle: bytes = field(repr=False)
    mark: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    typed: bool = False
    forged: bool = False
    sector: str | None = None
    expires_at: datetime | None = None
    showable: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRecord:
    """A pass on record, with the standing of its resident and the random secret that pseudonyms come from."""

    pass_id: int
    resident_secret: bytes = field(repr=False)
    form: PassForm
    sector: str
    expires_at: datetime
    revoked: bool
    pin_hash: str | None = field(repr=False)
    standing: Standing


@dataclass(frozen=True, slots=True)
class Sighting:
    """One look-up of a pass: the database's clock, the registry's freshness, and the record if there is one.

    `used` says that what was shown is used up: this showing of a live pass, this code of a slip.
    """

    now: datetime
    registry_as_of: date | None
    record: PassRecord | None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """A resident's standing, and for each sector until when the last card that is not revoked works."""

    standing: Standing
    ends: Mapping[str, datetime]


class Condition(StrEnum):
    """What has become of a pass, as its holder may hear it at the card office."""

    WORKS = "works"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassState:
    """What is on record of a pass itself, and nothing about its resident."""

    condition: Condition
    sector: str
    form: PassForm
    expires_at: datetime
    has_pin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPass:
    """A pass to put on record: the keyed hashes that it is looked up by, and nothing that could be shown."""

    handles: tuple[bytes, ...] = field(repr=False)
    form: PassForm
    sector: str
    expires_at: datetime
    pin_hash: str | None = field(repr=False)
    status_index: int


@dataclass(frozen=True, slots=True)
class Held:
    """A pass that a resident holds and that works, as the card office may hear it."""

    sector: str
    form: PassForm


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPass:
    """A pass at the one moment at which its texts exist: to be handed over, then forgotten.

    `texts` are a card's token and code, the codes of a slip, or what a phone is paired with.
    """

    pass_id: int
    form: PassForm
    sector: str
    expires_at: datetime
    has_pin: bool
    texts: tuple[str, ...] = field(repr=False)

    @property
    def token(self) -> str:
        """What a card's QR code says."""
        return self.texts[0]

    @property
    def code(self) -> str:
        """What is typed of a card."""
        return self.texts[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedPass:
    """A pass that is not yet on record: what to keep of it, and what to hand over."""

    handles: tuple[bytes, ...] = field(repr=False)
    form: PassForm
    sector: str
    expires_at: datetime
    texts: tuple[str, ...] = field(repr=False)
    status_index: int

    @property
    def token(self) -> str:
        """What a card's QR code says."""
        return self.texts[0]

    @property
    def code(self) -> str:
        """What is typed of a card."""
        return self.texts[1]

    def to_record(self, pin_hash: str | None) -> NewPass:
        """Return what is kept: keyed hashes alone, and the PIN's slow hash if there is one."""
        return NewPass(
            handles=self.handles,
            form=self.form,
            sector=self.sector,
            expires_at=self.expires_at,
            pin_hash=pin_hash,
            status_index=self.status_index,
        )

    def to_print(self, pass_id: int, *, has_pin: bool) -> IssuedPass:
        """Return what is handed over once the pass is on record under an id."""
        return IssuedPass(
            pass_id=pass_id,
            form=self.form,
            sector=self.sector,
            expires_at=self.expires_at,
            has_pin=has_pin,
            texts=self.texts,
        )
