"""PostgreSQL's log is searched for what one database said, and for nothing that the server counts for itself."""

import asyncio

import asyncpg
import pytest

from tests.canaries.needles import found
from tests.flow.databases import empty_database
from tests.flow.haystacks import entries_of, written_by

PIN = "7391"

LOG = b"""\
2026-12-01 06:00:00.739 UTC [7391] LOG:  database system is ready to accept connections
2026-12-01 06:00:01.001 UTC [7391] laurel_flow_1 ERROR:  deadlock detected
2026-12-01 06:00:01.001 UTC [7391] laurel_flow_1 DETAIL:  Process 7391 waits for ShareLock on transaction 7391; blocked by process 7391.
\tProcess 7391 waits for AccessShareLock on relation 7391 of database 7391; blocked by process 7391.
2026-12-01 06:00:01.001 UTC [7391] laurel_flow_1 CONTEXT:  while locking tuple (7391,7391) in relation "pass"
2026-12-01 06:00:01.002 UTC [42] LOG:  client backend (PID 7391) exited with exit code 0
2026-12-01 06:00:02.002 UTC [43] laurel_flow_2 ERROR:  duplicate key value violates unique constraint "pass_pkey"
2026-12-01 06:00:02.002 UTC [43] laurel_flow_2 DETAIL:  Key (id)=(7391) already exists.
"""  # noqa: E501


def test_what_the_server_counts_is_nobody_s_pin_and_another_database_is_not_ours() -> None:
    assert found({"pin": PIN}, {"log": entries_of("laurel_flow_1", LOG)}) == set()
    assert b"deadlock detected" in entries_of("laurel_flow_1", LOG)
    assert b"exited with exit code" in entries_of("laurel_flow_1", LOG)
    assert found({"pin": PIN}, {"log": entries_of("laurel_flow_2", LOG)}) == {("pin", "log")}


@pytest.mark.parametrize(
    "failing",
    [f"SELECT 1 / 0 AS a, 'the PIN is' AS b, {PIN} AS c", "CREATE TABLE a (b integer UNIQUE); {insert}; {insert}"],
    ids=["in a statement", "in a detail"],
)
def test_a_pin_in_the_log_of_a_real_server_is_found(postgres_server: str, failing: str) -> None:
    async def fail(url: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(failing.format(insert=f"INSERT INTO a VALUES ({PIN})"))
        finally:
            await connection.close()

    with empty_database(postgres_server) as url, empty_database(postgres_server) as other:
        with pytest.raises(asyncpg.PostgresError):
            asyncio.run(fail(url))
        assert found({"pin": PIN}, _log(url)) == {("pin", "database's log")}
        assert found({"pin": PIN}, _log(other)) == set()


def _log(url: str) -> dict[str, bytes]:
    return {"database's log": written_by([], url, None)["database's log"]}
