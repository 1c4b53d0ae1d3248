"""F and G: proofs that say something wrong, each signed by the key that it has to be; and the body they name."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from tests.auth.key_home import NONCE_SECRET
from tests.auth.machines import ABSENT, GRAPHQL_URL, ISSUER, SECONDS, absent, nonce_at, unb64
from tests.hostile.door import EDWARDS, OTHER, SERVICE, STRANGER, Door, Request, asking
from tests.hostile.rows import Row, wrong_proof, wrong_token

Outcome = tuple[int, str, str]
GOOD: Outcome = (200, "data", "")
NONCE_WANTED: Outcome = (401, "use_dpop_nonce", "proof-nonce")
SKEWED: Outcome = (401, "CLOCK_SKEW", "proof-clock-skew")
REPLAYED = wrong_token("proof-replayed")


def _says(check: str, name: str, outcome: Outcome = GOOD, *, times: int = 1, **claims: Any) -> Row:
    return Row(check, name, lambda d: d.graphql(**claims), *outcome, times=times)


def _wrong(check: str, code: str, claim: str, values: dict[str, object]) -> list[Row]:
    given: list[tuple[str, dict[str, Any]]] = [(name, {claim: value}) for name, value in values.items()]
    return [_says(check, name, wrong_token(f"proof-{code}"), **claims) for name, claims in given]


def _header(name: str, outcome: Outcome, **header: Any) -> Row:
    return _says("F1", name, outcome, header=header)


def _ath(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def _named(name: str, outcome: Outcome, ath: Callable[[str], object]) -> Row:
    """A proof whose `ath` is made of its token otherwise."""
    return Row("F5", name, lambda d: d.graphql(token=d.gate_token, ath=ath(d.gate_token)), *outcome)


def _bound(name: str, outcome: Outcome, claim: Callable[[bytes], object], *, body: bytes = SERVICE) -> Row:
    return Row("G2", name, lambda d: d.graphql(body=body, content_digest=claim(body)), *outcome)


def digest(body: bytes, algorithm: str = "sha256") -> str:
    """The value of Content-Digest (RFC 9530)."""
    name = {"sha256": "sha-256", "sha512": "sha-512", "md5": "md5"}[algorithm]
    return f"{name}=:{base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}:"


def redeem(door: Door, request_id: str, **changes: Any) -> Request:
    """A redemption, with a proof that names its body unless told otherwise."""
    given = {"pass": door.card.token, "reward": "transit-discount", "requestId": request_id}
    body = asking("RedeemReward", input=given)
    return door.graphql(body=body, **{"content_digest": digest(body), **changes})


HOST = "laurel.example"
SAME = {
    "scheme and host in capitals": "HTTPS://LAUREL.EXAMPLE/graphql",
    "its default port": f"https://{HOST}:443/graphql",
    "an empty port": f"https://{HOST}:/graphql",
    "dot segments": f"https://{HOST}/a/../graphql",
    "a dot segment": f"https://{HOST}/./graphql",
    "letters escaped": f"https://{HOST}/%67raphq%6C",
}
ELSEWHERE: dict[str, object] = {
    "a slash at the end": f"{GRAPHQL_URL}/",
    "a slash more": f"https://{HOST}//graphql",
    "a query": f"{GRAPHQL_URL}?a=b",
    "an empty query": f"{GRAPHQL_URL}?",
    "a fragment": f"{GRAPHQL_URL}#a",
    "without TLS": f"http://{HOST}/graphql",
    "another port": f"https://{HOST}:8443/graphql",
    "a user": f"https://a@{HOST}/graphql",
    "another host": "https://evil.example/graphql",
    "another host before it": f"https://{HOST}.evil.example/graphql",
    "another host after it": f"https://evil.example#{HOST}/graphql",
    "the token endpoint": f"{ISSUER}/oauth/token",
    "a path in capitals": f"https://{HOST}/GraphQL",
    "a slash escaped": f"https://{HOST}/%2Fgraphql",
    "no address": "/graphql",
    "a space": f"{GRAPHQL_URL} ",
    "a list": [GRAPHQL_URL],
    "null": None,
}
OTHER_SECRET = bytes(reversed(NONCE_SECRET))

ROWS = [
    _header("as it has to be", GOOD),
    _header("no key", wrong_token("proof-jwk"), jwk=ABSENT),
    _header("no object for a key", wrong_token("proof-jwk"), jwk="x"),
    _header("a key that did not sign", wrong_token("proof-signature"), jwk=OTHER.jwk),
    *(_says("F1", f"without {name}", wrong_token("proof-claim-missing"), **absent(name))
      for name in ("jti", "htm", "htu", "iat")),
    _says("F2", "the method as it is"),
    *_wrong("F2", "htm", "htm", {"another method": "GET", "in lower case": "post", "with a space": "POST ",
                                 "a list": ["POST"], "null": None, "empty": ""}),
    *(_says("F3", name, htu=htu) for name, htu in SAME.items()),
    *_wrong("F3", "htu", "htu", ELSEWHERE),
    _says("F4", "60 seconds old", iat=SECONDS - 60),
    _says("F4", "61 seconds old", SKEWED, iat=SECONDS - 61),
    _says("F4", "10 seconds ahead", iat=SECONDS + 10),
    _says("F4", "11 seconds ahead", SKEWED, iat=SECONDS + 11),
    _says("F4", "of 1970", SKEWED, iat=0),
    _says("F4", "beyond the calendar", SKEWED, iat=2**53),
    *_wrong("F4", "iat-type", "iat", {"text": str(SECONDS), "truth": True, "null": None, "negative": -1}),
    _says("F4", "good for a minute", exp=SECONDS + 60, nbf=SECONDS),
    _says("F4", "ended 9 seconds ago by its own word", exp=SECONDS - 9),
    _says("F4", "ended 10 seconds ago by its own word", wrong_token("proof-expired"), exp=SECONDS - 10),
    _says("F4", "good in 10 seconds", nbf=SECONDS + 10),
    _says("F4", "good in 11 seconds", wrong_token("proof-expired"), nbf=SECONDS + 11),
    *_wrong("F4", "exp-type", "exp", {"an end as text": "1", "an end that is true": True, "negative end": -1}),
    _says("F1", "a subject that is no text", wrong_token("proof-sub-type"), sub=None),
    _says("F4", "a fraction", wrong_token("proof-json"), iat=SECONDS + 0.5),
    _named("its token's", GOOD, _ath),
    _named("another token's", wrong_token("proof-ath"), lambda token: _ath(f"{token}x")),
    _named("in hex", wrong_token("proof-ath"), lambda token: unb64(_ath(token)).hex()),
    _named("padded", wrong_token("proof-ath"), lambda token: f"{_ath(token)}="),
    _named("the token itself", wrong_token("proof-ath"), lambda token: token),
    _named("missing", wrong_token("proof-ath"), lambda token: ABSENT),
    _named("null", wrong_token("proof-ath"), lambda token: None),
    Row("F6", "of another device of the partner", lambda d: d.graphql(
        token=d.gate_token, proof=EDWARDS.proof(token=d.gate_token)), *wrong_token("proof-other-key")),
    Row("F6", "of another partner's device", lambda d: d.graphql(
        token=d.gate_token, proof=OTHER.proof(token=d.gate_token)), *wrong_token("proof-other-key")),
    Row("F6", "of nobody", lambda d: d.graphql(
        token=d.gate_token, proof=STRANGER.proof(token=d.gate_token)), *wrong_token("proof-other-key")),
    Row("F6", "of another at sign-in", lambda d: d.sign_in(proof=EDWARDS.proof()),
        *wrong_proof("proof-other-key")),
    Row("F6", "of another device, with its token", lambda d: d.graphql(one=EDWARDS), 200, "data"),
    _says("F7", "the nonce of this minute", nonce=nonce_at(SECONDS)),
    _says("F7", "the nonce of the minute before", nonce=nonce_at(SECONDS - 60)),
    _says("F7", "the nonce of two minutes before", NONCE_WANTED, nonce=nonce_at(SECONDS - 61)),
    _says("F7", "the nonce of the next minute", nonce=nonce_at(SECONDS + 119)),
    _says("F7", "the nonce of the minute after next", NONCE_WANTED, nonce=nonce_at(SECONDS + 120)),
    _says("F7", "none", NONCE_WANTED, nonce=ABSENT),
    _says("F7", "null", NONCE_WANTED, nonce=None),
    _says("F7", "another gateway's", NONCE_WANTED, nonce=nonce_at(SECONDS, secret=OTHER_SECRET)),
    _says("F7", "none, and late", NONCE_WANTED, nonce=ABSENT, iat=SECONDS - 100),
    _says("F8", "id of 16 characters", jti="a" * 16),
    _says("F8", "id of 15 characters", wrong_token("proof-jti"), jti="b" * 15),
    _says("F8", "id of 128 characters", jti="c" * 128),
    _says("F8", "id of 129 characters", wrong_token("proof-jti"), jti="d" * 129),
    _says("F8", "twice", REPLAYED, times=2, jti="e" * 16),
    _says("F8", "the last second of it, twice", REPLAYED, times=2, jti="f" * 16, iat=SECONDS - 60),
    Row("F8", "the same id, of another key", lambda d: d.graphql(one=EDWARDS, jti="a" * 16), 200, "data"),
    _bound("as it has to be", GOOD, digest),
    Row("G2", "none for a question", lambda d: d.graphql(), 200, "data"),
    _bound("another body's", wrong_token("proof-content-digest"), lambda body: digest(body + b" ")),
    _bound("the empty body's", wrong_token("proof-content-digest"), lambda body: digest(b"")),
    _bound("that of the JSON, not of the bytes", wrong_token("proof-content-digest"),
           lambda body: digest(json.dumps(json.loads(body)).encode()), body=SERVICE + b"\n"),
    _bound("by SHA-512", wrong_token("proof-content-digest"), lambda body: digest(body, "sha512")),
    _bound("by MD5", wrong_token("proof-content-digest"), lambda body: digest(body, "md5")),
    _bound("two", wrong_token("proof-content-digest"), lambda body: f"{digest(body)}, {digest(body, 'sha512')}"),
    _bound("unpadded", wrong_token("proof-content-digest"), lambda body: digest(body)[:-2] + ":"),
    _bound("in capitals", wrong_token("proof-content-digest"), lambda body: digest(body).replace("sha", "SHA")),
    _bound("in base64url, bare", wrong_token("proof-content-digest"), lambda body: _ath(body.decode())),
    _bound("with a space", wrong_token("proof-content-digest"), lambda body: f" {digest(body)}"),
    _bound("null", wrong_token("proof-content-digest"), lambda body: None),
    _bound("a list", wrong_token("proof-content-digest"), lambda body: [digest(body)]),
    Row("G4", "an effect without it", lambda d: redeem(d, "hostile-row-0000002", content_digest=ABSENT), 200,
        "CONTENT_DIGEST_REQUIRED"),
    Row("G4", "an effect with another's", lambda d: redeem(d, "hostile-row-0000003", content_digest=digest(b"")),
        *wrong_token("proof-content-digest")),
    Row("G4", "an effect with it", lambda d: redeem(d, "hostile-row-0000004"), 200, "Redemption"),
    Row("G4", "an effect with it, twice", lambda d: redeem(d, "hostile-row-0000005"), *REPLAYED, times=2),
]  # fmt: skip
