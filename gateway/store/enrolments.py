"""Enrolment codes as rows, and the one transaction in which a code becomes a device."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.enrolments import Candidate, NotEnrolled, Offer
from gateway.domain.partners import Device, Scope
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.devices import device_of, devices, insert_device, partner_of, scopes_text
from gateway.store.instants import Instant
from gateway.store.tables import DEVICE, ENROLMENT, PARTNER, USED_PROOF

CLOCKS_APART_MAX = timedelta(seconds=10)
"""A device works at once, on nodes whose clock is a little behind, too; a proof may be dated as far ahead."""


class _Spent(Exception):
    """The proof was used before: undo the transaction."""


class SqlEnrolments:
    """Implements `domain.ports.Enrolments`; each change is written down in the record."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def offer(self, offer: Offer) -> datetime | None:
        """Put a code on record; return when it expires, or None where no partner of that id may have one now."""
        now = type_coerce(self._database.now(), Instant()).label("now")
        active = select(now).where(PARTNER.c.id == offer.partner_id, PARTNER.c.suspended_at.is_(None))
        async with self._database.write() as connection:
            await self._database.share(connection, offer.partner_id)
            found = (await connection.execute(active)).first()
            if found is None:
                return None
            expires_at: datetime = found.now + offer.lifetime
            await connection.execute(
                insert(ENROLMENT).values(
                    code_hash=offer.code_hash,
                    partner_id=offer.partner_id,
                    label=offer.label,
                    scopes=scopes_text(offer.scopes),
                    key_days=offer.key_days,
                    expires_at=expires_at,
                )
            )
            hours = int(offer.lifetime.total_seconds() // 3600)
            await self._record.note(
                connection,
                "partners offer-code",
                subject=offer.partner_id,
                device=offer.device_id,
                scopes=scopes_text(offer.scopes),
                days=offer.key_days,
                hours=hours,
            )
            return expires_at

    async def open_codes(self, partner_id: str) -> int:
        """Return how many of a partner's codes can still be redeemed."""
        statement = select(func.count()).where(
            ENROLMENT.c.partner_id == partner_id, ENROLMENT.c.expires_at > self._database.now()
        )
        async with self._database.read() as connection:
            return (await connection.execute(statement)).scalar_one()

    async def withdraw(self, partner_id: str) -> int:
        """Make all of a partner's codes useless; return how many there were."""
        async with self._database.write() as connection:
            withdrawn = await withdraw_codes(self._database, connection, partner_id)
            if withdrawn:
                await self._record.note(connection, "partners withdraw-codes", subject=partner_id, codes=withdrawn)
            return withdrawn

    async def redeem(self, candidate: Candidate, *, kinds: Collection[str], now: datetime) -> Device | NotEnrolled:
        """Use up a code of a partner of one of these kinds, and register its device from now on.

        The device that this very code and key made before is the answer again while it works: an answer that
        was lost can be fetched again. It is found by its id, which the code alone decides.

        Raises:
            Unavailable: nobody knows whether it is registered; the same code and key may be sent again.
        """
        if not await self._is_worth_a_write(candidate):
            return NotEnrolled.CODE
        try:
            async with self._database.write() as connection:
                offer = await self._take(connection, candidate, kinds)
                if offer is None:
                    device = await _made_before(connection, candidate)
                    if device is None or device.partner.kind not in kinds or not device.works_at(now):
                        return NotEnrolled.CODE
                else:
                    device = await self._register(connection, candidate, offer, now)
                await self._use_up(connection, candidate)
                return device
        except _Spent:
            return NotEnrolled.PROOF
        except IntegrityError:
            return NotEnrolled.KEY

    async def _is_worth_a_write(self, candidate: Candidate) -> bool:
        """Whether there is such a code, or a device of it: strangers shall not keep SQLite's one writer."""
        code = select(ENROLMENT.c.code_hash).where(ENROLMENT.c.code_hash == candidate.code_hash)
        async with self._database.read() as connection:
            if (await connection.execute(code)).first() is not None:
                return True
            return await _made_before(connection, candidate) is not None

    async def _take(
        self, connection: AsyncConnection, candidate: Candidate, kinds: Collection[str]
    ) -> Row[Any] | None:
        """Delete the code if it may be used now: of two machines with one code, only one sees it go."""
        active = select(PARTNER.c.id).where(PARTNER.c.suspended_at.is_(None), PARTNER.c.kind.in_(sorted(kinds)))
        taken = await connection.execute(
            delete(ENROLMENT)
            .where(
                ENROLMENT.c.code_hash == candidate.code_hash,
                ENROLMENT.c.expires_at > self._database.now(),
                ENROLMENT.c.partner_id.in_(active),
            )
            .returning(*ENROLMENT.c)
        )
        return taken.first()

    async def _register(
        self, connection: AsyncConnection, candidate: Candidate, offer: Row[Any], now: datetime
    ) -> Device:
        owner = await connection.execute(select(PARTNER).where(PARTNER.c.id == offer.partner_id))
        device = Device(
            id=candidate.device_id,
            partner=partner_of(owner.one()._mapping),
            label=offer.label,
            kid=candidate.kid,
            public_jwk=candidate.public_jwk,
            scopes=frozenset(Scope(scope) for scope in offer.scopes.split()),
            not_before=now - CLOCKS_APART_MAX,
            not_after=now + timedelta(days=offer.key_days),
        )
        await insert_device(connection, device)
        await self._record.note(
            connection,
            "partners enrol-device",
            subject=device.id,
            partner=device.partner.id,
            scopes=scopes_text(device.scopes),
            days=offer.key_days,
        )
        return device

    async def _use_up(self, connection: AsyncConnection, candidate: Candidate) -> None:
        """Use up the proof in the same transaction. Only now: strangers without a code shall fill no table."""
        used = await connection.execute(
            self._database.insert(USED_PROOF)
            .values(digest=candidate.proof.digest, expires_at=candidate.proof.expires_at)
            .on_conflict_do_nothing()
            .returning(USED_PROOF.c.digest)
        )
        if used.first() is None:
            raise _Spent


async def withdraw_codes(database: Database, connection: AsyncConnection, partner_id: str) -> int:
    """Delete a partner's open codes; return how many. Waits for a machine that is redeeming one of them."""
    statement = (
        delete(ENROLMENT)
        .where(ENROLMENT.c.partner_id == partner_id, ENROLMENT.c.expires_at > database.now())
        .returning(ENROLMENT.c.code_hash)
    )
    return len((await connection.execute(statement)).all())


async def _made_before(connection: AsyncConnection, candidate: Candidate) -> Device | None:
    statement = devices().where(DEVICE.c.id == candidate.device_id, DEVICE.c.kid == candidate.kid)
    row = (await connection.execute(statement)).first()
    return None if row is None else device_of(row)
