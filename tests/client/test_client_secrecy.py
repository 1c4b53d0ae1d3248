"""No pass, PIN, key or token in a repr, an exception or a log line."""

import logging
import traceback
from collections.abc import Iterator

import pytest

from laurel_client import BadInput, Credentials, LaurelClient, LaurelError
from tests.client.conftest import HandClock
from tests.client.stub_gateway import StubGateway
from tests.client.stub_ledger import MISTYPED

PASS = "the-pass-of-somebody"
PIN = "7391"
REWARD = "cultural-event"
FAULTS = ["drop", "busy", "expired", "forbidden", "garbage", "broken"]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go through an exception and all that it was raised from or during, hidden or not."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def all_of(error: BaseException) -> str:
    told = [f"{link!r} {link} {vars(link)} {link.args}" for link in chain(error)]
    return "\n".join([*told, *traceback.format_exception(error)])


def test_credentials_show_who_but_not_the_key(credentials: Credentials, jwk: dict[str, str]) -> None:
    assert "metro-one" in repr(credentials)
    assert jwk["d"] not in repr(credentials)
    assert jwk["d"] not in repr(credentials.key)


@pytest.mark.anyio
async def test_a_live_session_shows_no_token(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        await client.sign_in()
        for thing in (client, client._session, client._session._tokens, client._session._tokens._known):
            assert gateway.grants[0] not in repr(thing)


@pytest.mark.anyio
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_tells_no_secret(
    gateway: StubGateway,
    credentials: Credentials,
    hand: HandClock,
    jwk: dict[str, str],
    fault: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.faults.extend([fault] * 100)
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        with pytest.raises(LaurelError) as caught:
            await client.redeem_reward(PASS, REWARD, pin=PIN)
    # An HTTP library's error, even a hidden one, would keep the request.
    assert all(isinstance(link, LaurelError) for link in chain(caught.value))
    told = all_of(caught.value) + caplog.text
    secrets = [PASS, PIN, jwk["d"], *gateway.grants]
    assert [secret for secret in secrets if secret in told] == []
    assert gateway.bodies[0]["variables"]["input"]["pin"] == PIN  # it did go where it belongs


@pytest.mark.anyio
async def test_a_message_that_quotes_the_pass_is_cleaned(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        with pytest.raises(BadInput, match="mistyped") as caught:
            await client.verify_pass(MISTYPED, REWARD)
    assert MISTYPED not in all_of(caught.value)
    assert "[not shown]" in str(caught.value)
