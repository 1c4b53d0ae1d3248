"""The sandbox's partners: one of each kind, with a machine whose key lies in its file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.assembly import Laurel
from gateway.auth.jwk import thumbprint
from gateway.cli.console import record_of
from gateway.cli.partners import KEY_DAYS, new_device
from gateway.cli.sandbox.files import write
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Device, Partner, Profile
from gateway.store.occasions import SqlOccasions
from gateway.store.partners import SqlPartners

CAPACITY = 1_000_000
"""Seats of a sandbox occasion: it never sells out while somebody tries things."""

NAMES = {
    "transit-turnstile": ("harbour-metro", "Harbour Metro"),
    "venue-counter": ("riverside-theatre", "Riverside Theatre"),
    "hospital-desk": ("first-hospital", "First Hospital"),
    "public-service-desk": ("citizen-hall", "Citizen Service Hall"),
    "telecom-desk": ("east-telecom", "East Telecom"),
    "gas-desk": ("city-gas", "City Gas"),
}


@dataclass(frozen=True, slots=True)
class City:
    """A partner of each kind with its device, and the occasions of each partner by reward."""

    devices: Mapping[str, Device]
    occasions: Mapping[str, Mapping[str, Sequence[str]]]


async def build_city(laurel: Laurel, home: Path) -> City:
    """Add what is missing of the partners, and write each partner's file anew. Keys and data of before stay."""
    rows = SqlPartners(laurel.database, record_of(laurel))
    devices: dict[str, Device] = {}
    occasions: dict[str, Mapping[str, Sequence[str]]] = {}
    for kind, profile in sorted(laurel.profiles.items()):
        partner_id, name = NAMES.get(kind, (f"sandbox-{kind}", f"Sandbox {kind}"))
        partner = await rows.partner(partner_id)
        if partner is None:
            partner = Partner(id=partner_id, kind=kind, name=name)
            await rows.add(partner)
        path = home / "partners" / f"{partner_id}.json"
        device, key = await _device(laurel, rows, partner, path)
        devices[kind] = device
        occasions[kind] = await _occasions(laurel, partner_id, profile)
        write(path, _partner_file(laurel, profile, device=device, key=key, occasions=occasions[kind]))
    for path in (home / "partners").glob("*.json"):
        if path.stem not in {device.partner.id for device in devices.values()}:
            path.unlink()  # of a kind that is no longer there
    return City(devices, occasions)


async def _device(
    laurel: Laurel, rows: SqlPartners, partner: Partner, path: Path
) -> tuple[Device, dict[str, str]]:
    """Return the device whose key the partner's file holds, or a new one with a new key."""
    known = {device.kid: device for device in await rows.devices(partner.id)}
    key = _key_in(path)
    device = known.get(key.get("kid", ""))
    if device is not None and device.works_at(datetime.now(UTC)):
        return device, key
    key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1())))
    public = {name: key[name] for name in ("kty", "crv", "x", "y")}
    device = new_device(laurel, partner, public, label="sandbox device", scopes=None, days=KEY_DAYS)
    await rows.add_device(device)
    return device, {**public, "d": key["d"], "kid": thumbprint(public), "alg": "ES256"}


def _key_in(path: Path) -> dict[str, str]:
    try:
        key = json.loads(path.read_text("utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return key if isinstance(key, dict) else {}


async def _occasions(laurel: Laurel, partner_id: str, profile: Profile) -> Mapping[str, Sequence[str]]:
    """Keep one occasion going for each reward that needs one, to the end of next year; another if it was
    cancelled."""
    rewards = laurel.ports.catalogue.rewards
    codes = sorted(code for code in profile.rewards if rewards[code].needs_occasion)
    ends_at = datetime(datetime.now(UTC).year + 1, 12, 31, tzinfo=UTC)
    ids: dict[str, Sequence[str]] = {}
    for code in codes:
        own = await _free_name(laurel, partner_id, code)
        occasion = Occasion(
            id=own,
            partner_id=partner_id,
            reward=code,
            capacity=CAPACITY,
            used=0,
            ends_at=ends_at,
            announced_end=ends_at,
        )
        await SqlOccasions(laurel.database, record_of(laurel)).put(occasion)
        ids[code] = [own]
    return ids


async def _free_name(laurel: Laurel, partner_id: str, code: str) -> str:
    """Return the id of the first occasion of a reward that nobody has cancelled, whether it is there or not."""
    number = 1
    while True:
        known = await laurel.ports.ledger.occasion(partner_id, f"{code}-{number}", over=True)
        if known is None or known.cancelled_at is None:
            return f"{code}-{number}"
        number += 1


def _partner_file(
    laurel: Laurel,
    profile: Profile,
    *,
    device: Device,
    key: Mapping[str, str],
    occasions: Mapping[str, Sequence[str]],
) -> object:
    issuer = laurel.settings.public_url
    return {
        "partner_id": device.partner.id,
        "client_id": device.partner.id,
        "kind": profile.kind,
        "scopes": sorted(device.scopes),
        "rewards": sorted(profile.rewards),
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "graphql_endpoint": laurel.settings.graphql_url,
        "key": dict(key),
        "documents": {name: {"id": one.id, "text": one.text} for name, one in sorted(profile.documents.items())},
        "occasions": occasions,
    }
