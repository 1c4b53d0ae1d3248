"""`gateway partners add | list | add-device | revoke-device`."""

import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.auth.jwk import public_key_from_jwk, thumbprint
from gateway.cli.console import record_of, with_laurel
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.partners import Device, Partner, Scope
from gateway.store.partners import SqlPartners

app = typer.Typer(no_args_is_help=True)

KEY_DAYS = 365
"""A device's key is good for a year unless told otherwise."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,47}")


@app.command()
def add(
    kind: Annotated[str, typer.Argument(help="A kind of partner: a folder of partners/ with a profile.toml.")],
    name: Annotated[str, typer.Argument(help="The organisation's name.")],
    id: Annotated[
        str | None, typer.Option(help="Its id and OAuth client id; made from the name if left out.")
    ] = None,
) -> None:
    """Add a partner of a kind."""

    async def work(laurel: Laurel) -> None:
        if kind not in laurel.profiles:
            raise MalformedInput("kind", f"Choose one of {', '.join(sorted(laurel.profiles))}.")
        partner = Partner(id=id or _id_from(name), kind=kind, name=name)
        if not _ID.fullmatch(partner.id):
            raise MalformedInput("id", "An id has 2 to 48 of a-z, 0-9 and -; give one with --id.")
        await SqlPartners(laurel.database, record_of(laurel)).add(partner)
        print(
            f"{partner.id} is a {kind} now. Register a machine: gateway partners add-device {partner.id} KEY.json"
        )

    with_laurel(work)


def _id_from(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return (words or f"partner-{secrets.token_hex(4)}")[:48].strip("-")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List partners and their devices."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        devices = await rows.devices()
        listed = [
            {
                "id": partner.id,
                "kind": partner.kind,
                "name": partner.name,
                "suspended": partner.suspended,
                "devices": [_shown(device) for device in devices if device.partner.id == partner.id],
            }
            for partner in await rows.partners()
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=2) if as_json else _table(listed))

    with_laurel(work)


def _shown(device: Device) -> dict[str, object]:
    return {
        "id": device.id,
        "label": device.label,
        "key": device.kid,
        "scopes": sorted(device.scopes),
        "expires": device.not_after.isoformat(),
        "revoked": device.revoked,
    }


def _table(listed: list[dict[str, object]]) -> str:
    lines = []
    for partner in listed:
        lines.append(f"{partner['id']}  {partner['kind']}  {partner['name']}")
        for device in partner["devices"]:  # type: ignore[attr-defined]
            state = "revoked" if device["revoked"] else f"until {device['expires'][:10]}"
            lines.append(f"  {device['id']}  {device['label']}  {state}  {' '.join(device['scopes'])}")
    return "\n".join(lines) or "There are no partners yet: gateway partners add KIND NAME"


@app.command()
def add_device(
    *,
    partner: Annotated[str, typer.Argument(help="The partner's id.")],
    key: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The machine's public key as a JWK file.")
    ],
    label: Annotated[str, typer.Option(help="What the partner calls the machine.")] = "device",
    scopes: Annotated[
        str | None, typer.Option(help="Such as 'verify redeem'; all of the kind's if left out.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=1095, help="How long the key is good for.")] = KEY_DAYS,
) -> None:
    """Register a machine by its public key. The private key never leaves the machine."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        owner = await rows.partner(partner)
        if owner is None:
            raise MalformedInput("partner", "There is no such partner: gateway partners list")
        device = new_device(laurel, owner, _read_key(key), label=label, scopes=scopes, days=days)
        await rows.add_device(device)
        print(f"{device.id} is registered with key id {device.kid}. Use that as kid in client assertions.")

    with_laurel(work)


def new_device(
    laurel: Laurel, owner: Partner, jwk: dict[str, object], *, label: str, scopes: str | None, days: int
) -> Device:
    """Return a device for a partner and a public key, checked.

    Raises:
        MalformedInput: the key is private, weak or of a wrong kind, or a scope is not the kind's.
    """
    try:
        public = public_key_from_jwk({name: value for name, value in jwk.items() if name != "kid"})
    except NotAuthentic as refusal:
        raise MalformedInput(
            "key", f"Give the public half of a P-256, Ed25519 or RSA key ({refusal.code})."
        ) from None
    allowed = laurel.profiles[owner.kind].scopes
    try:
        chosen = allowed if scopes is None else frozenset(Scope(scope) for scope in scopes.split())
    except ValueError:
        chosen = frozenset()
    if not chosen or not chosen <= allowed:
        raise MalformedInput("scopes", f"Choose from {' '.join(sorted(allowed))}.")
    now = datetime.now(UTC)
    return Device(
        id=f"dev_{secrets.token_hex(8)}",
        partner=owner,
        label=label,
        kid=thumbprint(public.jwk),
        public_jwk=public.jwk,
        scopes=chosen,
        not_before=now,
        not_after=now + timedelta(days=days),
    )


def _read_key(path: Path) -> dict[str, object]:
    try:
        jwk = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise MalformedInput("key", "The file is no JSON; give a public key as a JWK.") from None
    if not isinstance(jwk, dict):
        raise MalformedInput("key", "The file is no JWK object.")
    return jwk


@app.command()
def revoke_device(device: Annotated[str, typer.Argument(help="The device's id.")]) -> None:
    """Revoke a machine. No effect of it commits afterwards; verifying ends within 5 seconds."""

    async def work(laurel: Laurel) -> None:
        if not await SqlPartners(laurel.database, record_of(laurel)).revoke_device(device):
            raise MalformedInput("device", "There is no such device that works: gateway partners list")
        print(f"{device} is revoked.")

    with_laurel(work)
