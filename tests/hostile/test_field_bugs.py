"""Bugs that others had in the field, each tried here over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.auth.evidence import Evidence, check_again
from gateway.domain.evidence import Kept
from gateway.store.evidence import SqlEvidence
from tests.auth.key_home import NOW
from tests.auth.machines import GRAPHQL_URL, SECONDS, nonce_at, unb64
from tests.hostile.door import EDWARDS, GATE, METRO, OTHER, Door
from tests.hostile.proofs import redeem

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("hostile")]

EVIL = "https://evil.example"


@pytest.mark.parametrize("host", ["evil.example", "evil.example/graphql?", "evil.example:443", "laurel.example?"])
async def test_a_host_header_launders_no_address(door: Door, host: str) -> None:
    """Auth0 node-oauth2-jwt-bearer 1.9.0 made the address to compare of the Host header."""
    lies = [
        ("Host", host),
        ("X-Forwarded-Host", host),
        ("Forwarded", f"host={host}"),
        ("X-Forwarded-Proto", "http"),
    ]
    for address in (f"{EVIL}/graphql", f"https://{host}/graphql", f"https://{host}/graphql?/graphql"):
        if address != GRAPHQL_URL:
            captured = door.graphql(htu=address)
            seen = await door.send(replace(captured, headers=[*captured.headers, *lies]))
            assert (seen.status, seen.reason) == (401, "proof-htu")
    right = door.graphql()
    assert (await door.send(replace(right, headers=[*right.headers, *lies]))).status == 200


async def test_one_client_burns_no_other_clients_ids(door: Door) -> None:
    """Reviews of Inji and WSO2: a memory of ids that knows no owner lets one client lock out another."""
    jti = "one-id-for-everybody"
    for one in (EDWARDS, OTHER, GATE):
        assert (await door.send(door.graphql(one=one, jti=jti))).told == "data"
        assert (await door.send(door.graphql(one=one, jti=jti))).reason == "proof-replayed"
        request = door.sign_in(one.assertion(jti=jti), proof=one.proof(jti=f"{jti}-2"), one=one)
        if one is EDWARDS:
            assert (await door.send(request)).told == "token"
    again = door.sign_in(GATE.assertion(jti=jti))  # the same partner's, by another of its keys
    assert (await door.send(again)).reason == "assertion-replayed"


async def test_what_fails_otherwise_burns_nothing(door: Door) -> None:
    """An id that is remembered before all checks are done lets whoever sees it in a log use it up."""
    jti = "seen-in-somebodys-log"
    for wrong in ({"htm": "GET"}, {"ath": "x"}, {"nonce": "x"}, {"iat": SECONDS - 61}, {"content_digest": "x"}):
        assert (await door.send(door.graphql(jti=jti, **wrong))).status == 401
    assert (await door.send(door.graphql(jti=jti))).told == "data"


async def test_an_id_has_one_spelling(door: Door) -> None:
    """better-auth #10039: the key of the memory has to be the value, not how it was written."""
    token, plain = door.gate_token, GATE.proof(token=door.gate_token, jti="canonical-id-00001")
    assert (await door.send(door.graphql(token=token, proof=plain))).told == "data"
    claims = unb64(plain.split(".")[1]).decode().replace("canonical", "\\u0063anonical")
    spelled = GATE.sign_text(unb64(plain.split(".")[0]).decode(), claims)
    assert spelled.split(".")[1] != plain.split(".")[1]
    assert (await door.send(door.graphql(token=token, proof=spelled))).reason == "proof-replayed"


async def test_a_proof_dated_ahead_is_remembered_until_its_own_end(door: Door) -> None:
    """sourcebot #1395: a memory that counts from the arrival forgets such a proof while it is still good."""
    clock, ahead = door.clock, SECONDS + 10
    try:
        token = door.token()
        proof = GATE.proof(token=token, iat=ahead, nonce=nonce_at(SECONDS + 60))
        assert (await door.send(door.graphql(token=token, proof=proof))).told == "data"
        for seconds in (59, 60, 61, 69, 70):  # to the last second in which it passes by its own time
            clock.now = NOW + timedelta(seconds=seconds)
            again = door.graphql(token=token, proof=proof)
            assert (await door.send(again)).reason in ("proof-replayed", "proof-nonce")
        clock.now = NOW + timedelta(seconds=71)
        assert (await door.send(door.graphql(token=token, proof=proof))).told == "CLOCK_SKEW"
    finally:
        clock.now = NOW


async def test_an_assertion_lives_no_longer_than_it_may_whatever_it_says(door: Door) -> None:
    """mosip/esignet #2018: an assertion that says that it lives for a year is a password."""
    for life in (301, 3600, 365 * 86_400):
        seen = await door.send(door.sign_in(GATE.assertion(exp=SECONDS + life)))
        assert (seen.told, seen.reason) == ("invalid_client", "assertion-lifetime")


async def test_a_key_in_the_header_is_no_reason_to_trust_it(door: Door) -> None:
    """CVE-2018-0114: an assertion that brings the key to verify it with."""
    bringing = OTHER.assertion(iss=METRO, sub=METRO, header={"kid": GATE.kid, "jwk": OTHER.jwk})
    assert (await door.send(door.sign_in(bringing))).reason == "assertion-header-key"


async def test_what_has_an_effect_is_kept_as_evidence_of_its_body(door: Door) -> None:
    request = redeem(door, "hostile-evidence-0001")
    seen = await door.send(request)
    kept = await SqlEvidence(door.laurel.database).find(seen.answer.json()["data"]["redeemReward"]["id"])
    assert isinstance(kept, Kept)
    proof = Evidence(door.laurel.keyring).open(kept.proof, partner_id=METRO, request_id=kept.request_id)
    assert proof == dict(request.headers)["DPoP"]
    assert check_again(proof, url=GRAPHQL_URL, body=request.body).thumbprint == GATE.kid
