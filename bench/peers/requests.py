"""The requests that every server gets: the same variables, tokens and proofs, and the document as each takes it.

The gateway takes a registered document's id, as in production; its peers the text, which they know from the first
request on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bench import ROOT
from bench.jobs import Job, forged, is_eligible, is_not_eligible, is_recorded, is_unauthenticated
from bench.peers.town import Town
from bench.turnstile import KIND, REWARD
from laurel_client.credentials import document_id


@dataclass(frozen=True, slots=True)
class Requests:
    """Signs requests for one server; `by_id` for the gateway."""

    town: Town
    by_id: bool

    def verification(self, shown: str, token: str) -> Job:
        """Return a `verifyPass` by a resident who is eligible."""
        return Job(self.town.signed(self._asking(shown), token), is_eligible)

    def redemption(self, shown: str, token: str, request_id: str) -> Job:
        """Return a `redeemReward` that has to be recorded now."""
        given = {"pass": shown, "reward": REWARD, "quantity": 1, "requestId": request_id}
        body = self._body("RedeemReward", {"input": given})
        return Job(self.town.signed(body, token), is_recorded(request_id))

    def forgeries(self, shown: str, token: str, used: bytes) -> dict[str, Job]:
        """Return what has to be refused, by what is wrong with it."""
        asking, another = self._asking(shown), self._asking(f"{shown[:-1]}?")
        sign, other = self.town.signed, self.town.token()
        head, proof, rest = _around_proof(sign(asking, token))
        _, _, unproven = rest.partition(b"\r\n")
        return {
            "a used proof": Job(used, is_unauthenticated),
            "a forged proof": Job(head + forged(proof.decode()).encode() + rest, is_unauthenticated),
            "another body's proof": Job(sign(another, token).replace(another, asking), is_unauthenticated),
            "another token's proof": Job(
                sign(asking, other).replace(other.encode(), token.encode()), is_unauthenticated
            ),
            "a forged token": Job(sign(asking, forged(token)), is_unauthenticated),
            "no proof": Job(head.removesuffix(b"DPoP: ") + unproven, is_unauthenticated),
            "a forged pass": Job(sign(self._asking(forged(shown)), token), is_not_eligible),
        }

    def _asking(self, shown: str) -> bytes:
        return self._body("VerifyPass", {"pass": shown, "reward": REWARD, "quantity": 1})

    def _body(self, document: str, variables: Mapping[str, object]) -> bytes:
        text = (ROOT / "partners" / KIND / f"{document}.graphql").read_text("utf-8")
        asked = {"documentId": document_id(text)} if self.by_id else {"query": text}
        return json.dumps({**asked, "variables": variables}).encode()


def _around_proof(request: bytes) -> tuple[bytes, bytes, bytes]:
    head, mark, rest = request.partition(b"\r\nDPoP: ")
    proof, end, rest = rest.partition(b"\r\n")
    return head + mark, proof, end + rest
