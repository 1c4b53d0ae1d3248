"""Who sends a request: from its Authorization and DPoP headers to a `Caller`, or to no one.

    Authorization: DPoP <access token>   bound to the device's key, and says which scopes it has
    DPoP: <proof>                        made with that key for this one request, and maybe for its very body

The proof is used up last, so that a request that fails for another reason leaves nothing behind. Its nonce and its
time are looked at just before: whoever fails by them alone is told so, and nobody else is told anything.
"""

import hashlib
from collections.abc import Mapping, Sequence

from gateway.auth import access_tokens, proofs
from gateway.auth.access_tokens import AccessToken
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.auth.proofs import Proof
from gateway.auth.target_uris import require_normal
from gateway.auth.token_memory import AccessTokens
from gateway.domain.clock import Clock
from gateway.domain.errors import NotAuthentic
from gateway.domain.partners import Caller, Device, Profile, ProofId
from gateway.domain.ports import PartnerDirectory, ReplayGuard

_SCHEME = "dpop"

_CREDENTIALS_MAX = access_tokens.POLICY.token_bytes_max + 16
"""The longest token after its scheme: what is longer is not even looked through."""


class Authenticator:
    """Tells the caller of a GraphQL request. Addresses are the configured public ones."""

    def __init__(
        self,
        *,
        directory: PartnerDirectory,
        keyring: Keyring,
        nonces: Nonces,
        replay: ReplayGuard,
        profiles: Mapping[str, Profile],
        clock: Clock,
        graphql_url: str,
        issuer: str,
    ) -> None:
        self._directory = directory
        self._tokens = AccessTokens(keyring=keyring, issuer=issuer)
        self._nonces = nonces
        self._replay = replay
        self._profiles = profiles
        self._clock = clock
        self._graphql_url = require_normal(graphql_url)

    async def caller(
        self,
        *,
        authorization: Sequence[str],
        dpop: Sequence[str],
        method: str,
        body: bytes,
        url: str | None = None,
    ) -> Caller:
        """Return who sent a request with these headers, each of which has to be there exactly once, and this body.

        The request is for the GraphQL endpoint, or for `url`, a public address in its normal form.

        Raises:
            NonceWanted, ClockSkew: only that is wrong, and the caller may know.
            NotAuthentic: the code, for the log alone, says which check failed.
            KeysMissing: no key makes nonces now.
            Unavailable: nobody can tell whether the proof was used before, or whether the device is known.
        """
        now = self._clock()
        text = _token(authorization)
        token = self._tokens.read(text, now)
        proof = proofs.check(dpop, method=method, url=url or self._graphql_url, access_token=text, body=body)
        if proof.thumbprint != token.key_thumbprint:
            raise NotAuthentic("proof-other-key")
        device = await self._directory.device(token.client_id, token.key_thumbprint)
        if device is None or device.id != token.device_id:
            raise NotAuthentic("device-unknown")
        if not device.works_at(now):
            raise NotAuthentic("device-ended")
        caller = self._caller(token, device, proof)
        proofs.require_fresh(proof, nonces=self._nonces, now=now)
        if not await self._replay.first_use(proof.id.digest, proof.id.expires_at):
            raise NotAuthentic("proof-replayed")
        return caller

    def _caller(self, token: AccessToken, device: Device, proof: Proof) -> Caller:
        """Grant what the token, the device and its kind of partner all have, as it stands now."""
        profile = self._profiles.get(device.partner.kind)
        if profile is None:
            raise NotAuthentic("kind-unknown")
        return Caller(
            partner_id=device.partner.id,
            device_id=device.id,
            kind=profile.kind,
            sector=profile.sector,
            scopes=token.scopes & device.scopes & profile.scopes,
            rewards=profile.rewards,
            proof=_for_effect(proof.id),
            bound=proof.bound,
            evidence=proof.text,
        )


def _token(authorization: Sequence[str]) -> str:
    """Return the token of the one Authorization header; a bearer's token is refused (RFC 9449 section 7.2)."""
    if len(authorization) != 1:
        raise NotAuthentic("authorization-header")
    if len(authorization[0]) > _CREDENTIALS_MAX:
        raise NotAuthentic("authorization-too-long")
    scheme, _, rest = authorization[0].partition(" ")
    token = rest.lstrip(" ")
    if scheme.lower() != _SCHEME or not token or not _is_visible(token):
        raise NotAuthentic("authorization-scheme")
    return token


def _is_visible(text: str) -> bool:
    """Whether all of it is VCHAR (RFC 5234), from `!` to `~`. A pattern takes ten times as long for a token."""
    return text.isascii() and text.isprintable() and " " not in text


def _for_effect(proof: ProofId) -> ProofId:
    """Return the id under which an effect uses the proof up once more, in the transaction that records it.

    Another digest, so that both uses may be remembered in one place.
    """
    return ProofId(hashlib.sha256(b"effect" + proof.digest).digest(), proof.expires_at)
