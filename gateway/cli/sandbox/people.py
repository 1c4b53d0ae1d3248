"""Bringing the personas to life: standings as of today, cards in every sector, and files to script against."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway.assembly import Laurel
from gateway.cards.qr import qr_svg
from gateway.cli.console import card_office
from gateway.cli.registry_import import import_records
from gateway.cli.registry_sample import sample_rows
from gateway.cli.sandbox.city import City
from gateway.cli.sandbox.entries import Entry, are_true, read_entries, read_generation
from gateway.cli.sandbox.files import write
from gateway.cli.sandbox.personas import HONOUR, PERSONAS, USED_UP, Card, Persona, expectations
from gateway.cli.sandbox.usage import use_up
from gateway.domain.codes import RANDOM_BITS, code_from, written
from gateway.domain.passes import IssuedPass, PresentedPass
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing
from gateway.services.card_office import CardOffice

CARD_LIFE = timedelta(days=365)

CROWD = 300
"""Neighbours of the personas: a third of them have 10 hours."""


async def settle_people(laurel: Laurel, city: City, home: Path) -> None:
    """Make every persona true today, and write `passes.json` with a card of each in every sector.

    Cards of an earlier start stay as long as all of it is true, so that scripts and printed sheets go on
    working. Once it is not, such as after somebody used up a persona's quota, new residents take over.
    """
    known, path, drawings = home / "people.json", home / "passes.json", home / "passes"
    generation = read_generation(known)
    entries = read_entries(path)
    if generation is not None:
        await _refresh(laurel, generation)
        await _use_up(laurel, city, entries)
    if generation is None or not await are_true(laurel, city, entries):
        generation = secrets.token_hex(8)
        write(known, {"generation": generation})
        shutil.rmtree(drawings, ignore_errors=True)
        await _refresh(laurel, generation)
        entries = await _issue_all(laurel, generation)
        await _use_up(laurel, city, entries)
        write(path, entries)
    _draw(drawings, entries)


def _registry_id(persona: Persona, generation: str) -> str:
    return f"SANDBOX-{generation}-{persona.name}"


async def _refresh(laurel: Laurel, generation: str) -> None:
    """Import every persona's standing as of today."""
    today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
    records = [RegistryRecord(_registry_id(one, generation), one.standing(today)) for one in PERSONAS]
    await import_records(laurel, [*records, *_crowd(today)])


def _crowd(today: date) -> Iterator[RegistryRecord]:
    """Yield neighbours: a reward that only a handful of personas could have would be inactive."""
    for registry_id, hours, _, _ in sample_rows(CROWD, seed=1):
        yield RegistryRecord(registry_id, Standing(int(float(hours) * 100), today))


async def _use_up(laurel: Laurel, city: City, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry["persona"] == USED_UP:
            await use_up(laurel, city, PresentedPass(entry["code"]), sector=entry["sector"], pin=entry["pin"])


async def _issue_all(laurel: Laurel, generation: str) -> list[Entry]:
    office = card_office(laurel)
    return [
        entry
        for sector in sorted(office.sectors)
        for persona in PERSONAS
        for entry in await _entries(laurel, office, persona, sector, registry_id=_registry_id(persona, generation))
    ]


def _draw(folder: Path, entries: Sequence[Entry]) -> None:
    """Write the QR code of each token that has none yet."""
    for entry in entries:
        path = folder / f"{entry['persona']}-{entry['sector']}.svg"
        if entry["token"] is not None and not path.exists():
            write(path, qr_svg(entry["token"]))


async def _entries(
    laurel: Laurel, office: CardOffice, persona: Persona, sector: str, *, registry_id: str
) -> list[Entry]:
    """Issue what a persona shows in a sector, do to it what its story says, and describe it."""
    rewards = laurel.ports.catalogue.rewards.values()
    expect = expectations(persona, sector, rewards)
    if persona.card is Card.NEVER_ISSUED:
        code = code_from(secrets.randbits(RANDOM_BITS))
        return [_entry(persona.name, sector, token=None, code=code, pin=None, expect=expect)]
    pin = f"{secrets.randbelow(10_000):04d}" if any(one.pin for one in rewards if one.sector == sector) else None
    life = -timedelta(days=1) if persona.card is Card.EXPIRED else CARD_LIFE
    issued = await office.issue(registry_id, sector=sector, expires_at=datetime.now(UTC) + life, pin=pin)
    shown = PresentedPass(issued.code)
    if persona.card is Card.REVOKED:
        await office.revoke(shown)
    elif persona.card is Card.REPLACED:
        new = await office.replace(shown, expires_at=datetime.now(UTC) + CARD_LIFE)
        denied = dict.fromkeys(expect, "NOT_ELIGIBLE")
        return [
            _described(f"{persona.name}-old", issued, pin, denied),
            _described(f"{persona.name}-new", new, pin, expect),
        ]
    return [_described(persona.name, issued, pin, expect)]


def _described(name: str, issued: IssuedPass, pin: str | None, expect: dict[str, str]) -> Entry:
    return _entry(name, issued.sector, token=issued.token, code=issued.code, pin=pin, expect=expect)


def _entry(
    name: str, sector: str, *, token: str | None, code: str, pin: str | None, expect: dict[str, str]
) -> Entry:
    return {
        "persona": name,
        "form": "card",
        "sector": sector,
        "token": token,
        "code": written(code),
        "pin": pin,
        "expect": expect,
    }


async def newcomer(laurel: Laurel, city: City) -> dict[str, list[Entry]]:
    """Register a resident with every entitlement for one run of the main job; return kind -> its passes.

    They are never written to a file: the main job gets them on its standard input.
    """
    today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
    registry_id = f"SANDBOX-newcomer-{secrets.token_hex(8)}"
    standing = Standing(20_000, today, (Honour(HONOUR, today.year, HonourGrade.AWARDED),))
    await import_records(laurel, [RegistryRecord(registry_id, standing)])
    office, rewards = card_office(laurel), laurel.ports.catalogue.rewards
    passes: dict[str, list[Entry]] = {}
    for kind, profile in sorted(laurel.profiles.items()):
        pin = f"{secrets.randbelow(10_000):04d}"
        expires_at = datetime.now(UTC) + CARD_LIFE
        issued = await office.issue(registry_id, sector=profile.sector, expires_at=expires_at, pin=pin)
        passes[kind] = [
            {
                "reward": code,
                "occasion": next(iter(city.occasions[kind].get(code, ())), None),
                "pin": pin if rewards[code].pin else None,
                "token": issued.token,
                "code": written(issued.code),
            }
            for code in sorted(profile.rewards)
        ]
    return passes
