"""`gateway audit evidence`: what a device signed for an effect, verified against the partner's copy of it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from gateway.auth.evidence import Evidence, check_again
from gateway.auth.keyring import Keyring
from gateway.auth.target_uris import require_normal
from gateway.cli.console import AsJson, plain_errors, tell
from gateway.domain.clock import system_clock
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.evidence import Kept, NotKept
from gateway.domain.partners import Device
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.evidence import SqlEvidence
from gateway.store.migrate import require_head

_VERIFIED = ("signature", "registered key", "method", "address", "body")

_WRONG = {
    "evidence-content-digest": "is not what the device signed: give the body that was sent, byte for byte.",
    "evidence-htu": "was signed for another address: set GATEWAY_PUBLIC_URL to the one of that time.",
}


def evidence(
    redemption: Annotated[str, typer.Argument(metavar="redemption", help="The redemption's id.")],
    *,
    body: Annotated[Path, typer.Option(help="The partner's copy of the request's body, byte for byte.")],
    request: Annotated[
        str | None, typer.Option("--request-id", help="Of a reversal of it; else the redemption itself.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that a partner's device signed the request that made or reversed a redemption."""

    async def work(settings: Settings) -> None:
        keyring = Keyring.load(settings.keys_dir, clock=system_clock)
        database = Database(settings.database_url)
        try:
            await require_head(database)
            kept = _require_kept(await SqlEvidence(database).find(redemption, request), request)
        finally:
            await database.close()
        _tell(redemption, kept, _verified(kept, keyring, settings, body), as_json=as_json)

    with plain_errors():
        configure_logs("warning")
        asyncio.run(work(Settings.read()))


def _require_kept(found: Kept | NotKept | None, request: str | None) -> Kept:
    """Return what is kept, or say why nothing is."""
    match found:
        case Kept():
            return found
        case None if request is None:
            raise MalformedInput("redemption", "There is no redemption of this id.")
        case None:
            raise MalformedInput("--request-id", "No request of this id reversed anything of this redemption.")
        case NotKept(None):
            raise MalformedInput("redemption", "There never was evidence of it: it is from before it was kept.")
        case NotKept(closed_at):
            day = f"{closed_at:%Y-%m-%d}"
            raise MalformedInput("redemption", f"Its evidence is gone: its period closed on {day} (UTC).")


def _verified(kept: Kept, keyring: Keyring, settings: Settings, body: Path) -> str:
    """Return when the body was signed; raise where anything about the evidence is wrong."""
    device = kept.device
    proof = Evidence(keyring).open(kept.proof, partner_id=device.partner.id, request_id=kept.request_id)
    url = require_normal(settings.graphql_url)
    try:
        signed = check_again(proof, url=url, body=body.read_bytes())
    except NotAuthentic as refusal:
        wrong = f"does not verify what is kept ({refusal.code}): the record itself may have been changed."
        raise MalformedInput(str(body), _WRONG.get(refusal.code, wrong)) from None
    if signed.thumbprint != device.kid:
        raise MalformedInput(str(body), f"was signed, but not with the registered key of {device.id}.")
    return f"{signed.at:%Y-%m-%d %H:%M:%S} UTC"


def _tell(redemption: str, kept: Kept, signed_at: str, *, as_json: bool) -> None:
    device, since = kept.device, _since(kept.device)
    facts = {
        "redemption": redemption,
        "request": kept.request_id,
        "partner": device.partner.id,
        "device": device.id,
        "signed_at": signed_at,
        "verified": _VERIFIED,
        "since": since,
    }
    sentence = (
        f"{device.id} of {device.partner.id} signed request {kept.request_id} on {signed_at}.\n"
        f"Verified: {', '.join(_VERIFIED)}." + (f"\nSince then the device {since}." if since else "")
    )
    tell(facts, sentence, as_json=as_json)


def _since(device: Device) -> str | None:
    """Return why the device is not heard any more; what it signed before stands."""
    if device.revoked:
        return "was revoked"
    if device.not_after <= system_clock():
        return "expired"
    return "was suspended with its partner" if device.partner.suspended else None
