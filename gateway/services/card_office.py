"""What the card office does: issue, revoke and replace passes. Token and code exist only in what it returns."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.errors import MalformedInput, PlaceTaken
from gateway.domain.passes import (
    STATUS_LIST_SIZE,
    IssuedPass,
    MintedPass,
    NewPass,
    PassForm,
    PassState,
    PresentedPass,
)
from gateway.domain.ports import PassDirectory, PassOpener
from gateway.domain.steward_ports import Mint, PinHasher, Registry, RegistryHasher

DRAWS_MAX = 64
"""Even a status list that is half full refuses so many draws only once in 2**64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOffice:
    """The ports of the card office. `status_lists` is the address under which sectors' status lists lie.

    A pass ends with a civil day of the programme's `zone`: an end to the second would match the passes that
    were made on one visit, across sectors.
    """

    registry: Registry
    directory: PassDirectory
    hasher: RegistryHasher
    mint: Mint
    opener: PassOpener
    pins: PinHasher
    sectors: frozenset[str]
    status_lists: str
    zone: ZoneInfo

    async def issue(
        self, registry_id: str, *, sector: str, expires_at: datetime, pin: str | None = None
    ) -> IssuedPass:
        """Issue a card for a resident of the registry and one sector.

        Raises:
            MalformedInput: no such resident, no such sector, or no PIN of four digits.
        """
        [issued] = await self.issue_all(registry_id, sectors=[sector], expires_at=expires_at, pin=pin)
        return issued

    async def issue_all(
        self,
        registry_id: str,
        *,
        sectors: Sequence[str],
        expires_at: datetime,
        pin: str | None = None,
        keep_pins: bool = False,
        instead: bool = False,
    ) -> list[IssuedPass]:
        """Issue a card for a resident and each of some sectors, all or none; return them in this order.

        With `keep_pins`, one without a new PIN has that of the resident's last card of the sector. With
        `instead` too; and the resident's cards of these sectors stop at the moment at which the new ones work.

        Raises:
            MalformedInput: as for `issue`, or a sector is named twice.
        """
        self.require_sectors(sectors)
        if pin is not None and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
            raise MalformedInput("pin", "A PIN has four digits.")
        registry_hash = self.hasher.hash(registry_id)
        pin_hashes: Mapping[str, str] = {}
        if pin is not None:
            pin_hashes = dict.fromkeys(sectors, self.pins.hash(pin))
        elif keep_pins or instead:
            pin_hashes = await self.registry.pin_hashes(registry_hash)

        async def keep(new: Sequence[NewPass]) -> Sequence[int] | None:
            return await self.registry.issue_all(registry_hash, new, instead=instead)

        issued = await self._mint_all(keep, sectors, expires_at=expires_at, pin_hashes=pin_hashes)
        if issued is None:
            raise _nobody()
        return issued

    def require_sectors(self, sectors: Sequence[str]) -> None:
        """Refuse what is no list of sectors.

        Raises:
            MalformedInput: there is none, one is unknown, or one is named twice.
        """
        if not sectors or not self.sectors.issuperset(sectors):
            raise MalformedInput("sector", f"Choose from {', '.join(sorted(self.sectors))}.")
        if len(set(sectors)) < len(sectors):
            raise MalformedInput("sector", "Name each sector once.")

    def specimen(self, sector: str, *, expires_at: datetime, has_pin: bool) -> IssuedPass:
        """Return a pass that is on no record and works nowhere: to see whether one could be printed."""
        return self._draw(sector, expires_at).to_print(0, has_pin=has_pin)

    async def state(self, presented: PresentedPass) -> PassState | None:
        """Return what is on record of a pass, and nothing about its resident; None where it is unknown."""
        return await self.registry.state(self.opener.open(presented).handle)

    async def revoke(self, presented: PresentedPass) -> bool:
        """Revoke a pass; False where it is unknown or revoked already. No effect commits with it afterwards."""
        return await self.registry.revoke(self.opener.open(presented).handle)

    async def working(self, registry_id: str, *, sectors: Collection[str] = ()) -> Sequence[str]:
        """Return the sector of each card of a resident that works, of all sectors if none is named.

        Raises:
            MalformedInput: no such resident.
        """
        working = await self.registry.working(self.hasher.hash(registry_id), sectors)
        if working is None:
            raise _nobody()
        return working

    async def revoke_all(self, registry_id: str, *, sectors: Collection[str] = ()) -> Sequence[str]:
        """Revoke the cards of a resident that work, of all sectors if none is named; return the sector of each.

        No effect commits with them afterwards.
        """
        return await self.registry.revoke_all(self.hasher.hash(registry_id), sectors)

    async def replace(self, presented: PresentedPass, *, expires_at: datetime) -> IssuedPass:
        """Revoke a pass and issue another of the same sector and PIN. Used quota stays used.

        Raises:
            MalformedInput: the pass is unknown or revoked already.
        """
        handle = self.opener.open(presented).handle
        record = (await self.directory.look_up(handle)).record

        async def keep(new: Sequence[NewPass]) -> Sequence[int] | None:
            pass_id = await self.registry.replace(handle, new[0])
            return None if pass_id is None else [pass_id]

        issued = None
        if record is not None:
            kept = {} if record.pin_hash is None else {record.sector: record.pin_hash}
            issued = await self._mint_all(keep, [record.sector], expires_at=expires_at, pin_hashes=kept)
        if issued is None:
            raise MalformedInput("pass", "This pass is unknown or revoked already; issue a new one instead.")
        return issued[0]

    async def _mint_all(
        self,
        keep: Callable[[Sequence[NewPass]], Awaitable[Sequence[int] | None]],
        sectors: Sequence[str],
        *,
        expires_at: datetime,
        pin_hashes: Mapping[str, str],
    ) -> list[IssuedPass] | None:
        """Draw a pass for each sector, and again where its place is taken, until all are kept."""
        drawn = {sector: self._draw(sector, expires_at) for sector in sectors}
        for _ in range(DRAWS_MAX * len(drawn)):
            try:
                ids = await keep([minted.to_record(pin_hashes.get(sector)) for sector, minted in drawn.items()])
            except PlaceTaken as taken:
                drawn[taken.sector] = self._draw(taken.sector, expires_at)
                continue
            if ids is None:
                return None
            kept = zip(ids, drawn.items(), strict=True)
            return [minted.to_print(pass_id, has_pin=sector in pin_hashes) for pass_id, (sector, minted) in kept]
        raise RuntimeError("the status list is full")

    def _draw(self, sector: str, expires_at: datetime) -> MintedPass:
        last_day = expires_at.astimezone(self.zone).date()
        return self.mint.mint(
            sector=sector,
            expires_at=datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=self.zone),
            form=PassForm.CARD,
            status=(secrets.randbelow(STATUS_LIST_SIZE), f"{self.status_lists}/{sector}"),
        )


def _nobody() -> MalformedInput:
    return MalformedInput("registry id", "The registry has no such resident; import it first.")
