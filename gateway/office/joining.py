"""The card office of a gateway, and what knows a pass's holder: whoever asks for them, they are the same."""

from datetime import date

from gateway.assembly import Laurel
from gateway.auth.hashing import RegistryHasher
from gateway.auth.passes import PassMint
from gateway.auth.pins import PepperedPins
from gateway.services.card_office import CardOffice
from gateway.services.explain_denial import HolderCheck
from gateway.store.admin_record import AdminRecord
from gateway.store.looks import SqlLooks
from gateway.store.pin_counter import SqlPinCounter
from gateway.store.registry import SqlRegistry


def card_office(laurel: Laurel, record: AdminRecord) -> CardOffice:
    """Return the card office of a gateway, in the name of whoever writes the record."""
    settings = laurel.settings
    return CardOffice(
        registry=SqlRegistry(laurel.database, record),
        directory=laurel.ports.directory,
        hasher=RegistryHasher(laurel.keyring),
        mint=PassMint(laurel.keyring, issuer=settings.issuer_of_passes),
        opener=laurel.ports.opener,
        pins=PepperedPins(laurel.keyring),
        sectors=frozenset(profile.sector for profile in laurel.profiles.values()),
        status_lists=f"{settings.public_url}/status-lists",
        zone=laurel.ports.catalogue.zone,
    )


async def looks_at(laurel: Laurel, secret: bytes) -> list[tuple[date, str]]:
    """Return on which days which partners, by their names, looked at a resident's passes; the newest first.

    Raises:
        Unavailable: the database can't answer.
    """
    partners = await SqlLooks(laurel.database).partners()
    today = laurel.clock().astimezone(laurel.ports.catalogue.zone).date()
    return [(day, partners[one]) for day, one in await laurel.access.read(secret, partners, today)]


def holder_check(laurel: Laurel) -> HolderCheck:
    """Return what knows a pass's holder by the PIN."""
    ports = laurel.ports
    return HolderCheck(ports.opener, ports.directory, ports.pins, SqlPinCounter(laurel.database))
