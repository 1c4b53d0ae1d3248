"""What a gateway goes through in `test_whole_run.py`: bugs, outages and a crash, each while it is asked things."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import asyncpg
import httpx2

from laurel_client import new_request_id
from tests.flow.cable import Cable
from tests.flow.databases import execute
from tests.flow.processes import Gateway
from tests.flow.wire import Wire

TABLES = ("device", "used_proof", "pass_handle", "period_key", "entry", "evidence")
"""Each is asked by another part of a request."""


@contextmanager
def without(database_url: str, table: str) -> Iterator[None]:
    """Take a table away for as long as the block lasts: a bug, as far as the gateway can tell."""
    execute(database_url, f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        execute(database_url, f"ALTER TABLE {table}_away RENAME TO {table}")


def ask_all(wire: Wire, shown: str, reward: str, pin: str) -> set[str]:
    """Sign in, verify, redeem and look back, whatever comes of it; return the codes of what failed."""
    given = {"pass": shown, "reward": reward, "requestId": new_request_id(), "pin": pin}
    answers = (
        wire.sign_in(),
        wire.send("VerifyPass", **{"pass": shown, "reward": reward}),
        wire.send("RedeemReward", input=given),
        wire.send("Redemption", requestId=given["requestId"]),
    )
    return {code for answer in answers if (code := _failure(answer))}


def _failure(answer: httpx2.Response) -> str | None:
    """Return a GraphQL error's code, or the status of what is no JSON or an OAuth error."""
    if answer.headers["content-type"].startswith("application/json") and "access_token" not in answer.text:
        told = answer.json()
        return str(told["errors"][0]["extensions"]["code"]) if "errors" in told else told.get("error")
    return None if answer.status_code == httpx2.codes.OK else str(answer.status_code)


@contextmanager
def cut(cable: Cable) -> Iterator[None]:
    """Cut a cable for as long as the block lasts."""
    cable.cut()
    try:
        yield
    finally:
        cable.mend()


def killed_amid(gateway: Gateway, database_url: str, wire: Wire, given: dict[str, str]) -> None:
    """Kill a gateway while a redemption waits for a lock in the database."""
    answers: list[httpx2.Response] = []

    def redeem() -> None:
        with suppress(httpx2.TransportError):
            while (answer := wire.send("RedeemReward", input=given)).status_code == 503:
                time.sleep(0.1)  # it has not got over the last cut yet
            answers.append(answer)

    asking = threading.Thread(target=redeem)
    asyncio.run(_kill_when_waiting(gateway, database_url, asking))
    asking.join()
    assert answers == []


async def _kill_when_waiting(gateway: Gateway, database_url: str, asking: threading.Thread) -> None:
    connection, beside = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE quota IN ACCESS EXCLUSIVE MODE")
            asking.start()
            deadline = time.monotonic() + 30
            while not await beside.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert time.monotonic() < deadline
                assert asking.is_alive()
                await asyncio.sleep(0.01)
            gateway.process.kill()
            gateway.process.wait()
    finally:
        await connection.close()
        await beside.close()
