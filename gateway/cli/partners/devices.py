"""`gateway partners add-device | revoke-device`: a machine and its one key, given as a file or with a code."""

import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.auth import pem
from gateway.auth.registrable import registrable_key
from gateway.cli.console import AsJson, Yes, confirm, record_of, tell, with_laurel
from gateway.cli.partners.codes import CODE_HOURS, CODE_HOURS_MAX, hand_out
from gateway.cli.partners.finding import PartnerId, required
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.partners import Device, Partner, Scope
from gateway.store.partners import SqlPartners

KEY_DAYS = 365
"""A device's key is good for a year unless told otherwise."""

LABEL_MAX = 80


def add_device(
    *,
    partner: PartnerId,
    key: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="The machine's public key, as JWK or PEM; without one, make a code."
        ),
    ] = None,
    label: Annotated[str, typer.Option(help="What the partner calls the machine.")] = "device",
    scopes: Annotated[
        str | None, typer.Option(help="Such as 'verify redeem'; all of the kind's if left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1095, help="How long the key is good for.")] = KEY_DAYS,
    code_hours: Annotated[
        int, typer.Option(min=1, max=CODE_HOURS_MAX, help="How long the code can be redeemed.")
    ] = CODE_HOURS,
    as_json: AsJson = False,
) -> None:
    """Register a machine by its public key, or make a one-time code with which it registers itself.

    The private key never leaves the machine. The code is shown once.
    """

    async def work(laurel: Laurel) -> None:
        owner = await required(SqlPartners(laurel.database, record_of(laurel)), partner)
        if key is None:
            chosen = granted(laurel, owner, scopes)
            lifetime = timedelta(hours=code_hours)
            await hand_out(
                laurel, owner, _named(label), scopes=chosen, days=days, lifetime=lifetime, as_json=as_json
            )
        else:
            device = new_device(laurel, owner, _read_key(key), label=_named(label), scopes=scopes, days=days)
            await _register(laurel, device, as_json=as_json)

    with_laurel(work)


async def _register(laurel: Laurel, device: Device, *, as_json: bool) -> None:
    await SqlPartners(laurel.database, record_of(laurel)).add_device(device)
    facts = {
        "id": device.id,
        "partner": device.partner.id,
        "label": device.label,
        "key": device.kid,
        "scopes": sorted(device.scopes),
        "expires": device.not_after.isoformat(),
    }
    later = " It works once its partner is resumed." if device.partner.suspended else ""
    tell(
        facts,
        f"{device.id} is registered with key id {device.kid}. Use that as kid in client assertions.{later}",
        as_json=as_json,
    )


def new_device(
    laurel: Laurel, owner: Partner, jwk: dict[str, object], *, label: str, scopes: str | None, days: int
) -> Device:
    """Return a device for a partner and a public key, checked.

    Raises:
        MalformedInput: the key is private, weak or of a wrong kind, or a scope is not the kind's.
    """
    try:
        public = registrable_key(jwk)
    except NotAuthentic as refusal:
        raise _no_good_key(refusal) from None
    now = datetime.now(UTC)
    return Device(
        id=f"dev_{secrets.token_hex(8)}",
        partner=owner,
        label=label,
        kid=public.kid,
        public_jwk=public.jwk,
        scopes=granted(laurel, owner, scopes),
        not_before=now,
        not_after=now + timedelta(days=days),
    )


def granted(laurel: Laurel, owner: Partner, scopes: str | None) -> frozenset[Scope]:
    """Return the scopes that a text names, or all that the partner's kind has.

    Raises:
        MalformedInput: one of them is not the kind's, or there is no such kind any more.
    """
    profile = laurel.kinds.get(owner.kind)
    if profile is None:
        raise MalformedInput(
            "partner", f"There is no kind {owner.kind} any more: bring its folder of partners/ back."
        )
    try:
        chosen = profile.scopes if scopes is None else frozenset(Scope(scope) for scope in scopes.split())
    except ValueError:
        chosen = frozenset()
    if not chosen or not chosen <= profile.scopes:
        raise MalformedInput("scopes", f"Choose from {' '.join(sorted(profile.scopes))}.")
    return chosen


def _named(label: str) -> str:
    if not label.strip() or not label.isprintable() or len(label) > LABEL_MAX:
        raise MalformedInput("label", f"A label has 1 to {LABEL_MAX} printable characters, and names no person.")
    return label.strip()


def _read_key(path: Path) -> dict[str, object]:
    try:
        text = path.read_text("utf-8")
        if pem.BEGINNING in text:
            return pem.public_jwk_from_pem(text)
        jwk = json.loads(text)
    except NotAuthentic as refusal:
        raise _no_good_key(refusal) from None
    except (ValueError, RecursionError):
        raise MalformedInput("key", "The file is no JSON and no PEM; give a public key as either.") from None
    if not isinstance(jwk, dict):
        raise MalformedInput("key", "The file is no JWK object.")
    return jwk


def _no_good_key(refusal: NotAuthentic) -> MalformedInput:
    return MalformedInput("key", f"Give the public half of a P-256, Ed25519 or RSA key ({refusal.code}).")


def revoke_device(
    *,
    device: Annotated[str, typer.Argument(help="The device's id.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a machine. No effect of it commits afterwards; verifying ends within 5 seconds."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        known = await rows.device(device)
        if known is None or known.revoked:
            raise _gone()
        question = (
            f"Revoke {known.label} ({device}) of {known.partner.id}? It stops at once, and its key for good."
        )
        confirm(question, yes=yes)
        if not await rows.revoke_device(device):
            raise _gone()
        facts = {"id": device, "partner": known.partner.id, "revoked": True}
        tell(facts, f"{device} is revoked.", as_json=as_json)

    with_laurel(work)


def _gone() -> MalformedInput:
    return MalformedInput(
        "device", "There is no such device, or it is revoked already: gateway partners show PARTNER"
    )
