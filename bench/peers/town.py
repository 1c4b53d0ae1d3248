"""One town for all: a device, tokens, passes, and a file that tells the peers what they have to know."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.peers.records import POOL_SIZE, STATEMENTS, Records
from bench.turnstile import CROWD, REWARD, SECTOR, Turnstile, post
from gateway.auth import access_tokens, base64url, strict_json
from gateway.auth.keyring import Keyring, Purpose
from gateway.auth.passes import PassMint
from gateway.cli.sandbox.command import PASS_ISSUER
from gateway.domain.partners import Device, Scope
from gateway.domain.passes import PassForm
from gateway.domain.rewards import Reward
from gateway.store.partner_directory import SqlPartnerDirectory
from laurel_client.signing import DeviceKey

PASS_CLAIMS = ["iss", "aud", "jti", "exp"]
PROOF_CLAIMS = ["jti", "htm", "htu", "iat", "ath", "content_digest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Whoever signs: the city's keys, and a device with its own. All servers are reached at one public address."""

    keyring: Keyring
    key: DeviceKey
    device: Device
    url: str
    issuer: str
    reward: Reward
    nonce: Callable[[], str | None]

    @classmethod
    async def of(cls, turnstile: Turnstile) -> "Town":
        """Return the town of a sandbox's turnstile."""
        own, laurel = turnstile.credentials, turnstile.laurel
        device = await SqlPartnerDirectory(laurel.database).device(own.client_id, own.key.kid)
        assert device is not None
        return cls(
            keyring=laurel.keyring,
            key=own.key,
            device=device,
            url=own.graphql_endpoint,
            issuer=own.issuer,
            reward=laurel.ports.catalogue.rewards[REWARD],
            nonce=turnstile.nonce,
        )

    def token(self) -> str:
        """Return a new access token, signed as the token endpoint signs it."""
        now = datetime.now(UTC)
        return access_tokens.issue(self.device, set(Scope), keyring=self.keyring, issuer=self.issuer, now=now)

    def signed(self, body: bytes, token: str) -> bytes:
        """Return a whole request with a fresh proof."""
        proof = self.key.proof("POST", self.url, now=time.time(), token=token, nonce=self.nonce(), content=body)
        return post(body, token=token, proof=proof)

    def mint(self, count: int = CROWD) -> list[str]:
        """Return new passes, which nobody has on record yet."""
        mint, expires_at = PassMint(self.keyring, issuer=PASS_ISSUER), _tomorrow()
        status = 1, f"{self.issuer}/status-lists/{SECTOR}"
        return [
            mint.mint(sector=SECTOR, expires_at=expires_at, form=PassForm.CARD, status=status).texts[0]
            for _ in range(count)
        ]

    def tell(self, path: Path, records: Records) -> None:
        """Write what a peer reads at its start: public keys, the device, the reward, and its own secrets."""
        reward = self.reward
        [token_key] = self.keyring.public_jwks(Purpose.ACCESS_TOKEN)
        [pass_key] = self.keyring.public_jwks(Purpose.PASS)
        told = {
            "url": self.url,
            "issuer": self.issuer,
            "passIssuer": PASS_ISSUER,
            "tokenKey": token_key,
            "passKey": pass_key,
            "tokenClaims": sorted(access_tokens.POLICY.required),
            "passClaims": PASS_CLAIMS,
            "proofClaims": PROOF_CLAIMS,
            "devices": [
                {
                    "id": self.device.id,
                    "clientId": self.device.partner.id,
                    "kid": self.device.kid,
                    "jwk": self.key.public_jwk,
                }
            ],
            "reward": {
                "code": reward.code,
                "sector": SECTOR,
                "quota": reward.quota.count,
                "centihours": reward.rule.min_centihours,
                "tariffFen": reward.tariff_fen,
                "reversalMinutes": int(reward.reversal_window.total_seconds() // 60),
            },
            "keys": {name: key.hex() for name, key in records.keys.items()},
            "database": records.url,
            "poolSize": POOL_SIZE,
            "statements": STATEMENTS[records.kind],
        }
        path.write_text(json.dumps(told), "utf-8")


async def admit(records: Records, passes: Sequence[str]) -> None:
    """Let the peers know of passes, each of a resident with enough hours."""
    ids = [str(strict_json.loads(base64url.decode(shown.split(".")[1]))["jti"]) for shown in passes]
    await records.admit(ids, sector=SECTOR, expires_at=int(_tomorrow().timestamp()))


def _tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)
