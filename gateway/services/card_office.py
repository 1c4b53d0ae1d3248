"""What the card office does: issue, revoke and replace passes. What is shown exists only in what it returns."""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import (
    STATUS_LIST_SIZE,
    Held,
    IssuedPass,
    MintedPass,
    NewPass,
    PassForm,
    PassState,
    PresentedPass,
)
from gateway.domain.ports import PassDirectory, PassOpener
from gateway.domain.showings import SLIP_CODES
from gateway.domain.steward_ports import Mint, PinHasher, Registry, RegistryHasher
from gateway.services.drawing import mint_all


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
        form: PassForm = PassForm.CARD,
        code_count: int = SLIP_CODES,
    ) -> list[IssuedPass]:
        """Issue a pass for a resident and each of some sectors, all or none; return them in this order.

        With `keep_pins`, one without a new PIN has that of the resident's last pass of the sector. With
        `instead` too; and the resident's passes of this form and these sectors stop at the moment at which the new
        ones work. A slip has so many codes.

        Raises:
            MalformedInput: as for `issue`, or a sector is named twice.
        """
        self.require_sectors(sectors)
        if pin is not None and not (len(pin) == 4 and pin.isascii() and pin.isdigit()):
            raise MalformedInput("pin", "A PIN has four digits.")
        registry_hash = self.hasher.hash(registry_id)
        pin_hashes: Mapping[str, str] = {}
        if pin is not None:
            pin_hashes = dict.fromkeys(sectors, await asyncio.to_thread(self.pins.hash, pin))
        elif keep_pins or instead:
            pin_hashes = await self.registry.pin_hashes(registry_hash)

        async def keep(new: Sequence[NewPass]) -> Sequence[int] | None:
            return await self.registry.issue_all(registry_hash, new, instead=instead)

        def draw(sector: str) -> MintedPass:
            return self._draw(sector, expires_at, form, code_count)

        issued = await mint_all(draw, keep, sectors, pin_hashes=pin_hashes)
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

    def specimen(
        self,
        sector: str,
        *,
        expires_at: datetime,
        has_pin: bool,
        form: PassForm = PassForm.CARD,
        code_count: int = SLIP_CODES,
    ) -> IssuedPass:
        """Return a pass that is on no record and works nowhere: to see whether one could be printed."""
        return self._draw(sector, expires_at, form, code_count).to_print(0, has_pin=has_pin)

    async def state(self, presented: PresentedPass) -> PassState | None:
        """Return what is on record of a pass, and nothing about its resident; None where it is unknown."""
        return await self.registry.state(self.opener.open(presented).handle)

    async def revoke(self, presented: PresentedPass) -> bool:
        """Revoke a pass; False where it is unknown or revoked already. No effect commits with it afterwards."""
        return await self.registry.revoke(self.opener.open(presented).handle)

    async def working(
        self, registry_id: str, *, sectors: Collection[str] = (), forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held]:
        """Return the passes of a resident that work, of all sectors if none is named.

        Raises:
            MalformedInput: no such resident.
        """
        working = await self.registry.working(self.hasher.hash(registry_id), sectors, forms)
        if working is None:
            raise _nobody()
        return working

    async def revoke_all(
        self, registry_id: str, *, sectors: Collection[str] = (), forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held]:
        """Revoke the passes of a resident that work, of all sectors if none is named; return them.

        No effect commits with them afterwards.
        """
        return await self.registry.revoke_all(self.hasher.hash(registry_id), sectors, forms)

    async def replace(
        self, presented: PresentedPass, *, expires_at: datetime, code_count: int = SLIP_CODES
    ) -> IssuedPass:
        """Revoke a pass and issue another of the same form, sector and PIN. Used quota stays used.

        Raises:
            MalformedInput: the pass is unknown or revoked already.
        """
        opened = self.opener.open(presented)
        record = (await self.directory.look_up(opened.handle, opened.mark)).record

        async def keep(new: Sequence[NewPass]) -> Sequence[int] | None:
            pass_id = await self.registry.replace(opened.handle, new[0])
            return None if pass_id is None else [pass_id]

        issued = None
        if record is not None:
            form = record.form

            def draw(sector: str) -> MintedPass:
                return self._draw(sector, expires_at, form, code_count)

            kept = {} if record.pin_hash is None else {record.sector: record.pin_hash}
            issued = await mint_all(draw, keep, [record.sector], pin_hashes=kept)
        if issued is None:
            raise MalformedInput("pass", "This pass is unknown or revoked already; issue a new one instead.")
        return issued[0]

    def _draw(self, sector: str, expires_at: datetime, form: PassForm, code_count: int) -> MintedPass:
        last_day = expires_at.astimezone(self.zone).date()
        return self.mint.mint(
            sector=sector,
            expires_at=datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=self.zone),
            form=form,
            status=(secrets.randbelow(STATUS_LIST_SIZE), f"{self.status_lists}/{sector}"),
            code_count=code_count,
        )


def _nobody() -> MalformedInput:
    return MalformedInput("registry id", "The registry has no such resident; import it first.")
