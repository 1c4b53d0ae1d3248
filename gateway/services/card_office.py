"""What the card office does: issue, revoke and replace passes. Token and code exist only in what it returns."""

import secrets
from collections.abc import Awaitable, Callable
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
        if sector not in self.sectors:
            raise MalformedInput("sector", f"Choose one of {', '.join(sorted(self.sectors))}.")
        if pin is not None and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
            raise MalformedInput("pin", "A PIN has four digits.")
        registry_hash = self.hasher.hash(registry_id)
        pin_hash = None if pin is None else self.pins.hash(pin)

        async def keep(new: NewPass) -> int | None:
            return await self.registry.issue(registry_hash, new)

        issued = await self._mint(keep, sector=sector, expires_at=expires_at, pin_hash=pin_hash)
        if issued is None:
            raise MalformedInput("registry id", "The registry has no such resident; import it first.")
        return issued

    async def revoke(self, presented: PresentedPass) -> bool:
        """Revoke a pass; False where it is unknown or revoked already. No effect commits with it afterwards."""
        return await self.registry.revoke(self.opener.open(presented).handle)

    async def replace(self, presented: PresentedPass, *, expires_at: datetime) -> IssuedPass:
        """Revoke a pass and issue another of the same sector and PIN. Used quota stays used.

        Raises:
            MalformedInput: the pass is unknown or revoked already.
        """
        handle = self.opener.open(presented).handle
        record = (await self.directory.look_up(handle)).record

        async def keep(new: NewPass) -> int | None:
            return await self.registry.replace(handle, new)

        issued = None
        if record is not None:
            issued = await self._mint(keep, sector=record.sector, expires_at=expires_at, pin_hash=record.pin_hash)
        if issued is None:
            raise MalformedInput("pass", "This pass is unknown or revoked already; issue a new one instead.")
        return issued

    async def _mint(
        self,
        keep: Callable[[NewPass], Awaitable[int | None]],
        *,
        sector: str,
        expires_at: datetime,
        pin_hash: str | None,
    ) -> IssuedPass | None:
        last_day = expires_at.astimezone(self.zone).date()
        midnight = datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=self.zone)
        for _ in range(DRAWS_MAX):
            place = secrets.randbelow(STATUS_LIST_SIZE)
            minted: MintedPass = self.mint.mint(
                sector=sector,
                expires_at=midnight,
                form=PassForm.CARD,
                status=(place, f"{self.status_lists}/{sector}"),
            )
            try:
                pass_id = await keep(minted.to_record(pin_hash))
            except PlaceTaken:
                continue
            return None if pass_id is None else minted.to_print(pass_id)
        raise RuntimeError("the status list is full")
