"""E: access tokens that say something wrong, signed by the gateway's own key: only a thief of it could."""

import json
from typing import Any

from gateway.domain.partners import Scope
from tests.auth.machines import ISSUER, SECONDS, Machine
from tests.hostile.door import EXPIRED, GAS, GATE, OTHER, REVOKED, SUSPENDED, Door, Request
from tests.hostile.kinds import thief
from tests.hostile.rows import Row, wrong_token

ALWAYS = ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "device_id", "scope", "cnf")
OTHERS: dict[str, object] = {
    "a list": [ISSUER],
    "another": "https://other.example",
    "with a slash": f"{ISSUER}/",
    "a part of it": ISSUER[:-1],
    "null": None,
}


def _says(check: str, name: str, outcome: tuple[int, str, str] = (200, "data", ""), **claims: Any) -> Row:
    return Row(check, name, lambda d: d.graphql(token=thief(d, **claims)), *outcome)


def _at(name: str, outcome: tuple[int, str, str] = (200, "data", ""), **seconds: int) -> Row:
    return _says("E2", name, outcome, **{claim: SECONDS + value for claim, value in seconds.items()})


def _wrong(check: str, code: str, values: dict[str, dict[str, Any]]) -> list[Row]:
    return [_says(check, name, wrong_token(f"token-{code}"), **claims) for name, claims in values.items()]


def _scoped(name: str, fields: str, *scopes: Scope, told: str = "data") -> Row:
    """A document with these fields, by a token with these scopes."""

    def make(door: Door) -> Request:
        body = json.dumps({"query": fields.replace("$PASS", door.card.token)}).encode()
        return door.graphql(token=door.token(GATE, *scopes), body=body)

    return Row("E4", name, make, 200, told)


def _of_ended(one: Machine) -> Row:
    names = {REVOKED: "a revoked device", SUSPENDED: "a suspended partner", EXPIRED: "a key that ends now"}
    return Row("E3", names[one], lambda d: d.graphql(one=one), *wrong_token("device-ended"))


VERIFY = '{ verifyPass(pass: "$PASS", reward: "transit-discount") { __typename } }'
FIND = '{ redemption(requestId: "nobody-knows-this") { __typename } }'
LIST = "{ redemptions(first: 1) { __typename } }"
REDEEM = (
    'mutation { redeemReward(input: {pass: "$PASS", reward: "transit-discount", requestId: "hostile-row-0000001"})'
    " { __typename } }"
)

ROWS = [
    _says("E1", "as it has to be"),
    *(row for claim in ("iss", "aud") for row in _wrong(
        "E1", claim, {f"{claim} is {name}": {claim: value} for name, value in OTHERS.items()})),
    *(row for row in _wrong("E1", "claim-missing", {f"without {name}": {name: "absent"} for name in ALWAYS})),
    *_wrong("E1", "sub", {"another subject": {"sub": GAS}, "a list of clients": {"client_id": ["x"], "sub": ["x"]},
                          "no text for a device": {"device_id": 7}}),
    *_wrong("E1", "cnf", {"bound to nothing": {"cnf": {}}, "bound to a number": {"cnf": {"jkt": 1}},
                          "no object": {"cnf": "jkt"}, "bound to a certificate": {"cnf": {"x5t#S256": "A"}}}),
    *_wrong("E1", "scope", {"a list of scopes": {"scope": ["verify"]}, "no scope": {"scope": ""},
                            "an unknown scope": {"scope": "verify admin"}, "capitals": {"scope": "VERIFY"}}),
    *_wrong("E1", "jti", {"an id that is no text": {"jti": 7}}),
    _says("E1", "bound to another's key", wrong_token("proof-other-key"), cnf={"jkt": OTHER.kid}),
    _says("E1", "another device", wrong_token("device-unknown"), device_id="dev_9"),
    _says("E1", "another partner", wrong_token("device-unknown"), sub=GAS, client_id=GAS),
    *(row for claim in ("exp", "iat") for row in _wrong("E2", f"{claim}-type", {
        f"{claim} is {name}": {claim: value} for name, value in
        {"text": str(SECONDS + 60), "truth": True, "null": None, "negative": -1}.items()})),
    _at("lives for 600 seconds", exp=600),
    _at("lives for 601", wrong_token("token-lifetime"), exp=601),
    _at("lives for 601 since 10 seconds", wrong_token("token-lifetime"), iat=-10, exp=591),
    _at("has a second left", iat=-299, exp=1),
    _at("ends now", wrong_token("token-expired"), iat=-300, exp=0),
    _at("made 10 seconds ahead", iat=10),
    _at("good in 10 seconds", nbf=10),
    _at("good in 11 seconds", wrong_token("token-clock-skew"), nbf=11),
    _at("made 11 seconds ahead", wrong_token("token-clock-skew"), iat=11),
    Row("E3", "a device that works", lambda d: d.graphql(), 200, "data"),
    *map(_of_ended, (REVOKED, SUSPENDED, EXPIRED)),
    _scoped("verify by verify", VERIFY, Scope.VERIFY, told="Eligible"),
    _scoped("verify by the others", VERIFY, Scope.REDEEM, Scope.REVERSE, Scope.REPORT, told="FORBIDDEN"),
    _scoped("find by redeem", FIND, Scope.REDEEM),
    _scoped("find by verify", FIND, Scope.VERIFY, told="FORBIDDEN"),
    _scoped("list by report", LIST, Scope.REPORT, told="RedemptionConnection"),
    _scoped("list by the others", LIST, Scope.VERIFY, Scope.REDEEM, Scope.REVERSE, told="FORBIDDEN"),
    _scoped("redeem by verify", REDEEM, Scope.VERIFY, told="FORBIDDEN"),
    _scoped("one of two fields", f"{VERIFY[:-1]} redemptions(first: 1) {{ __typename }} }}", Scope.VERIFY,
            told="FORBIDDEN"),
]  # fmt: skip
