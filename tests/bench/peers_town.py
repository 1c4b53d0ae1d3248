"""A town in memory for the peers: keys, a device and passes, without a gateway."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from jwt.algorithms import ECAlgorithm

from bench import ROOT
from bench.peers.records import Records
from bench.peers.town import Town, admit
from bench.turnstile import REWARD
from gateway.store.catalogue import load_catalogue
from laurel_client.signing import DeviceKey
from tests.auth.key_home import load
from tests.auth.machines import GRAPHQL_URL, ISSUER, machine


def town(folder: Path) -> Town:
    """Make the keys of a town."""
    gate = machine("ES256")
    private = gate.key.key
    assert isinstance(private, EllipticCurvePrivateKey)
    key = DeviceKey(json.loads(ECAlgorithm.to_jwk(private)) | {"kid": gate.kid})
    reward = load_catalogue(ROOT / "partners" / "catalogue").rewards[REWARD]
    return Town(
        keyring=load(folder / "keys"),
        key=key,
        device=gate.device(),
        url=GRAPHQL_URL,
        issuer=ISSUER,
        reward=reward,
        nonce=lambda: None,
    )


async def settled(here: Town, records: Records, file: Path) -> list[str]:
    """Give the town's peers records, and passes of eligible residents in them."""
    await records.found()
    passes = here.mint(4)
    await admit(records, passes)
    here.tell(file, records)
    return passes
