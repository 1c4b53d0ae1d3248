"""The card office's interface of one gateway, joined."""

from collections.abc import Sequence
from datetime import date, datetime

from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.assembly import Laurel
from gateway.auth.authenticate import Authenticator
from gateway.auth.nonces import Nonces
from gateway.auth.pairings import Pairings
from gateway.auth.passes import PassReader
from gateway.auth.references import References
from gateway.domain.pairings import Paired
from gateway.domain.partners import CARD_OFFICE, Caller
from gateway.domain.passes import IssuedPass
from gateway.office.joining import card_office, holder_check, looks_at
from gateway.office.printing_aside import PrinterAside
from gateway.services.ask_by_phone import PhoneCheck
from gateway.services.card_office import CardOffice
from gateway.services.pair_phone import offer_pairing, pair_phone
from gateway.store.machine_record import MachineRecord
from gateway.store.pairings import SqlPairings
from gateway.store.partner_directory import SqlPartnerDirectory
from gateway.store.pin_counter import SqlPinCounter
from gateway.store.replay import SqlReplayGuard
from gateway.store.wrong_tries import NodeWrongTries
from gateway.web.authentication import RequireCaller
from gateway.web.office.holders import Holders
from gateway.web.office.passes import Passes
from gateway.web.office.printing import Printing
from gateway.web.office.routes import office_routes
from gateway.web.pairing import phone_routes


def people_routes(laurel: Laurel, nonces: Nonces) -> Sequence[Route]:
    """Return the routes under `/office/`, and those that residents' phones ask.

    Raises:
        ConfigurationError: `programme.toml` is wrong.
    """
    printer = PrinterAside(laurel)
    return [*_office(laurel, nonces, printer), *_phone(laurel, printer)]


def _phone(laurel: Laurel, printer: PrinterAside) -> Sequence[Route]:
    ports, rows = laurel.ports, SqlPairings(laurel.database)
    reader = PassReader(laurel.keyring, issuer=laurel.settings.issuer_of_passes)
    check = PhoneCheck(reader, ports.directory, ports.pins, SqlPinCounter(laurel.database))

    async def pair(code: str, phone: str) -> Paired | None:
        return await pair_phone(Pairings(laurel.keyring), rows, code=code, phone=phone)

    async def looks(question: str, pin: str) -> Sequence[tuple[date, str]] | None:
        asker = await check.asker(question, pin)
        return None if asker is None else await looks_at(laurel, asker.resident_secret)

    return phone_routes(pair, looks, titles=printer.titles, tries=NodeWrongTries())


def _office(laurel: Laurel, nonces: Nonces, printer: PrinterAside) -> Sequence[Route]:
    """Return the routes under `/office/`.

    Their authenticator knows no kind but the card office, as that of `/graphql` knows the partners' alone. Proofs
    are used up in the database: what happens here happens a few times a minute, and never twice.
    """
    authenticator = Authenticator(
        directory=SqlPartnerDirectory(laurel.database),
        keyring=laurel.keyring,
        nonces=nonces,
        replay=SqlReplayGuard(laurel.database),
        profiles={CARD_OFFICE.kind: CARD_OFFICE},
        clock=laurel.clock,
        graphql_url=laurel.settings.graphql_url,
        issuer=laurel.settings.public_url,
    )

    def known(app: ASGIApp) -> ASGIApp:
        return RequireCaller(app, authenticator, origin=laurel.settings.public_url)

    def offices(caller: Caller) -> CardOffice:
        return card_office(
            laurel, MachineRecord(laurel.database, device_id=caller.device_id, office_id=caller.partner_id)
        )

    async def offer(issued: Sequence[IssuedPass]) -> tuple[str, datetime]:
        return await offer_pairing(Pairings(laurel.keyring), SqlPairings(laurel.database), issued)

    return office_routes(
        Passes(offices, laurel.clock, offer),
        Printing(offices, printer, laurel.ports.catalogue),
        Holders(holder_check(laurel), References(laurel.keyring), lambda secret: looks_at(laurel, secret)),
        limits=laurel.limits,
        known=known,
    )
