"""The steward and the card office of a running gateway: residents, passes and devices for one test alone."""

import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from gateway.assembly import Laurel, assemble
from gateway.auth.statements import Statements
from gateway.cli.console import card_office, closing, record_of
from gateway.cli.partners import new_device
from gateway.cli.registry_import import import_records
from gateway.cli.settlement_files import write_settlement
from gateway.domain.acts import Act
from gateway.domain.occasions import Occasion
from gateway.domain.partners import CARD_OFFICE, Device, Partner
from gateway.domain.passes import IssuedPass, PassForm, PresentedPass
from gateway.domain.settlement import Month
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing
from gateway.settings import Settings
from gateway.store.occasions import SqlOccasions
from gateway.store.partners import SqlPartners
from gateway.store.settlements import SqlSettlements
from laurel_client import Credentials
from laurel_client.signing import thumbprint
from tests.canaries.marks import canary_id

PIN = "7391"
"""The PIN of every pass that a test issues in a sector with a reward that asks for one."""


@dataclass(frozen=True, slots=True)
class Steward:
    """Works on the data of the gateway that the settings describe, beside its server."""

    settings: Settings

    async def resident(self, *sectors: str, registry_id: str | None = None) -> list[IssuedPass]:
        """Register a resident who has every entitlement, and return a pass for each sector."""
        async with _opened(self.settings) as laurel:
            return await _register(laurel, registry_id or canary_id(), sectors)

    async def holder(self, *sectors: str) -> dict[tuple[str, PassForm], IssuedPass]:
        """Register a resident who has every entitlement, and return a pass of each form for each sector."""
        registry_id, until = canary_id(), datetime.now(UTC) + timedelta(days=30)
        cards = await self.resident(*sectors, registry_id=registry_id)
        held = {(card.sector, PassForm.CARD): card for card in cards}
        async with _opened(self.settings) as laurel:
            for form in (PassForm.LIVE, PassForm.SLIP):
                issued = await card_office(laurel).issue_all(
                    registry_id, sectors=sectors, expires_at=until, form=form, keep_pins=True
                )
                held |= {(one.sector, form): one for one in issued}
        return held

    async def revoke(self, issued: IssuedPass) -> None:
        """Revoke a pass at the card office."""
        async with _opened(self.settings) as laurel:
            assert await card_office(laurel).revoke(PresentedPass(issued.code))

    async def add_partner(self, kind: str, partner_id: str) -> None:
        """Add a partner, which has no device yet."""
        async with _opened(self.settings) as laurel:
            await SqlPartners(laurel.database, record_of(laurel)).add(
                Partner(id=partner_id, kind=kind, name=partner_id)
            )

    async def add_office(self, office_id: str) -> None:
        """Add a card office, unless it is there."""
        async with _opened(self.settings) as laurel:
            office = Partner(id=office_id, kind=CARD_OFFICE.kind, name=office_id)
            await SqlPartners(laurel.database, record_of(laurel)).add_new([office])

    async def acts(self) -> list[Act]:
        """Return the administrative record."""
        async with _opened(self.settings) as laurel:
            return list(await record_of(laurel).acts(limit=100_000))

    async def devices(self, partner_id: str) -> Sequence[Device]:
        """Return the machines of a partner."""
        async with _opened(self.settings) as laurel:
            return await SqlPartners(laurel.database, record_of(laurel)).devices(partner_id)

    async def register(self) -> str:
        """Register a resident who has every entitlement and no pass, and return the registry id."""
        registry_id = canary_id()
        async with _opened(self.settings) as laurel:
            await _register(laurel, registry_id, ())
        return registry_id

    async def add_device(self, partner_file: dict[str, Any], *, scopes: str) -> Credentials:
        """Register one more device with a partner, and return its credentials."""
        private, public = new_key()
        await self.add_key(partner_file, public, scopes=scopes)
        return Credentials.from_mapping({**partner_file, "scopes": scopes.split(), "key": private})

    async def add_key(self, partner_file: dict[str, Any], public: Mapping[str, str], *, scopes: str) -> None:
        """Register a device with a partner by its public key, a JWK of any kind that is admitted."""
        async with _opened(self.settings) as laurel:
            owner = Partner(id=partner_file["partner_id"], kind=partner_file["kind"], name="")
            device = new_device(laurel, owner, dict(public), label="test", scopes=scopes, days=1)
            await SqlPartners(laurel.database, record_of(laurel)).add_device(device)

    async def suspend(self, partner_id: str) -> None:
        """Suspend a partner."""
        async with _opened(self.settings) as laurel:
            assert await SqlPartners(laurel.database, record_of(laurel)).suspend(partner_id)

    async def announce(self, partner_id: str, reward: str, *, capacity: int = 20) -> str:
        """Import an occasion that ends tomorrow, and return its id."""
        ends_at = datetime.now(UTC) + timedelta(days=1)
        occasion = Occasion(
            id=f"show-1{secrets.token_hex(4)}",
            partner_id=partner_id,
            reward=reward,
            capacity=capacity,
            used=0,
            ends_at=ends_at,
            announced_end=ends_at,
        )
        async with _opened(self.settings) as laurel:
            await SqlOccasions(laurel.database, record_of(laurel)).put(occasion)
        return occasion.id

    async def revoke_device(self, credentials: Credentials) -> None:
        """Revoke the device of some credentials."""
        async with _opened(self.settings) as laurel:
            rows = SqlPartners(laurel.database, record_of(laurel))
            [device] = [one for one in await rows.devices() if one.kid == credentials.key.kid]
            assert await rows.revoke_device(device.id)

    async def settle(self, partner_id: str, month: str, folder: Path) -> None:
        """Write a partner's month into a folder, as `gateway settlement --out` does."""
        async with _opened(self.settings) as laurel:
            sums, statements = (
                SqlSettlements(laurel.database),
                Statements(laurel.keyring, issuer="https://l.example"),
            )
            found = await sums.settle(partner_id, Month.named(month, laurel.ports.catalogue.zone))
            await write_settlement(folder, found, statements, sums.rejected(partner_id, found.month))


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Laurel]:
    async with closing(assemble(settings, sandbox=None)) as laurel:
        await laurel.require_fit()
        yield laurel


async def _register(laurel: Laurel, registry_id: str, sectors: tuple[str, ...]) -> list[IssuedPass]:
    today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
    standing = Standing(20_000, today, (Honour("national-morality-model", 2026, HonourGrade.AWARDED),))
    await import_records(laurel, [RegistryRecord(registry_id, standing)])
    office, expires_at = card_office(laurel), datetime.now(UTC) + timedelta(days=30)
    asking = {reward.sector for reward in laurel.ports.catalogue.rewards.values() if reward.pin}
    return [
        await office.issue(
            registry_id, sector=sector, expires_at=expires_at, pin=PIN if sector in asking else None
        )
        for sector in sectors
    ]


def new_key() -> tuple[dict[str, str], dict[str, str]]:
    """Return a device's new key as a private JWK and as a public one."""
    jwk = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1())))
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y")}
    return {**public, "d": jwk["d"], "kid": thumbprint(public)}, public
