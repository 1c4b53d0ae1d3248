"""`GET /status-lists/{sector}`: for a device that may decide offline, and for nobody else."""

from pathlib import Path
from time import time

import httpx2
import jwt
import pytest

from laurel_client import BadReply, Forbidden, LaurelClient, read_status_list
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire
from tests.store.test_status_lists import read_by_node


def fetch(
    wire: Wire, url: str, *, ath: bool = True, signed_for: str | None = None, known: str = ""
) -> httpx2.Response:
    """Ask for a list as a device does, or nearly."""
    proof = wire.key.proof(
        "GET", signed_for or url, now=time(), token=wire.token if ath else None, nonce=wire.nonce
    )
    return wire.http.get(
        url, headers={"Authorization": f"DPoP {wire.token}", "DPoP": proof, "If-None-Match": known}
    )


def test_a_gate_reads_its_list_and_asks_again_for_nothing(city: Sandbox, tmp_path: Path) -> None:
    url = f"{city.gateway.url}/status-lists/transit"
    with Wire(city.partner("transit-turnstile")) as gate:
        answer = fetch(gate, url)
        assert answer.status_code == httpx2.codes.OK, answer.text
        assert answer.headers["content-type"] == "application/statuslist+jwt"
        assert answer.headers["cache-control"] == "private, max-age=300"
        assert answer.headers["dpop-nonce"]
        again = fetch(gate, url, known=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        keys = jwt.PyJWKSet.from_dict(gate.http.get(f"{city.gateway.url}/.well-known/jwks.json").json())
    kid = jwt.get_unverified_header(answer.text)["kid"]
    claims = jwt.decode(answer.text, keys[kid].key, algorithms=["EdDSA"])
    assert claims["sub"] == url
    shown = next(one for one in city.passes() if one["sector"] == "transit" and "token" in one)
    place = jwt.decode(shown["token"], options={"verify_signature": False})["status"]["status_list"]
    assert place["uri"] == url
    read = read_by_node(answer.text, tmp_path, place["idx"])
    assert read["statuses"][0] in (0, 1)


@pytest.mark.parametrize("kind", ["venue-counter", "hospital-desk"])
def test_a_device_that_never_decides_offline_gets_none(city: Sandbox, kind: str) -> None:
    with Wire(city.partner(kind)) as desk:
        for sector in ("transit", "venue", "nowhere"):
            answer = fetch(desk, f"{city.gateway.url}/status-lists/{sector}")
            assert answer.status_code == httpx2.codes.FORBIDDEN
            assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_without_a_token_or_with_a_proof_for_something_else_nobody_reads_it(city: Sandbox) -> None:
    url = f"{city.gateway.url}/status-lists/transit"
    with Wire(city.partner("transit-turnstile")) as gate:
        refused = [
            gate.http.get(url),
            fetch(gate, url, ath=False),
            fetch(gate, url, signed_for=gate.url),
            fetch(gate, url, signed_for=f"{city.gateway.url}/status-lists/venue"),
            fetch(gate, f"{city.gateway.url}/status-lists/venue", signed_for=url),
        ]
    assert [one.status_code for one in refused] == [httpx2.codes.UNAUTHORIZED] * 5
    assert all(one.headers["www-authenticate"].startswith("DPoP ") for one in refused)


def test_lists_are_counted_by_a_name_that_names_none(city: Sandbox) -> None:
    with Wire(city.partner("transit-turnstile")) as gate:
        for sector in ("transit", "nowhere-at-all"):
            fetch(gate, f"{city.gateway.url}/status-lists/{sector}")
        counted = gate.http.get(f"{city.gateway.url}/metrics").text
    for status in (200, 403):
        assert f'laurel_http_requests_total{{path="/status-lists/{{sector}}",status="{status}"}}' in counted
    assert "status-lists/transit" not in counted
    assert "nowhere-at-all" not in counted


@pytest.mark.anyio
async def test_the_client_reads_of_each_card_what_another_s_code_does(city: Sandbox, tmp_path: Path) -> None:
    """It fetches, verifies and reads; every persona's card is VALID as far as it may be honoured offline."""
    async with LaurelClient(city.partner("transit-turnstile")) as gate:
        found = await gate.fetch_status_list("transit")
        assert await gate.fetch_status_list("transit", found) is found, "nothing newer"
        keys = await gate.public_keys()
        with pytest.raises(Forbidden):
            await gate.fetch_status_list("venue")
    cards = [one for one in city.passes() if one["sector"] == "transit" and one["token"]]
    places = [_place(one["token"], found.uri) for one in cards]
    told = {one["persona"]: found.is_valid(place) for one, place in zip(cards, places, strict=True)}
    entitled = {one["persona"] for one in cards if one["expect"].get("transit-discount") == "ELIGIBLE"}
    assert {name for name, valid in told.items() if valid} == entitled | {"quota-used-up", "other-sector"}
    some = [*places, *range(0, 2**23, 8191), 2**23 - 1]
    read = read_by_node(found.signed, tmp_path, *some, size=10_000)
    assert [found.is_valid(place) for place in some] == [not status for status in read["statuses"]]
    assert sum(not found.is_valid(place) for place in range(10_000)) == read["invalid"]
    assert read_status_list(found.signed, keys, uri=found.uri).bits == found.bits, "kept on a disk"
    with pytest.raises(BadReply):
        read_status_list(found.signed, keys, uri=found.uri.replace("transit", "venue"))


def _place(token: str, uri: str) -> int:
    named = jwt.decode(token, options={"verify_signature": False})["status"]["status_list"]
    assert named["uri"] == uri
    return int(named["idx"])
