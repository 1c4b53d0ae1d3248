"""Counting wrong PINs outside of the ledger: three, and then none counts until the counter has deleted itself."""

from sqlalchemy import case, delete, literal, select, type_coerce

from gateway.domain.ledger import PIN_LOCK, PIN_TRIES_MAX
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import PIN_FAILURE


class SqlPinCounter:
    """Implements `services.explain_denial.PinCounter`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def try_pin(self, counter: bytes, *, right: bool) -> bool:
        """Whether a right PIN counts now; a wrong one is counted. A right one, at its first try, leaves nothing.

        Raises:
            Unavailable: the database can't answer.
        """
        wrong = 0 if right else 1
        async with self._database.write() as connection:
            clock = select(type_coerce(self._database.now(), Instant()))
            now = (await connection.execute(clock)).scalar_one()
            await connection.execute(
                delete(PIN_FAILURE).where(PIN_FAILURE.c.counter == counter, PIN_FAILURE.c.expires_at <= now)
            )
            tried = self._database.insert(PIN_FAILURE).values(
                counter=counter, failures=wrong, expires_at=now + PIN_LOCK
            )
            tried = tried.on_conflict_do_update(
                index_elements=[PIN_FAILURE.c.counter],
                set_={
                    "failures": case(
                        (PIN_FAILURE.c.failures >= PIN_TRIES_MAX, PIN_TRIES_MAX),
                        else_=PIN_FAILURE.c.failures + literal(wrong),
                    )
                },
            ).returning(PIN_FAILURE.c.failures)
            failures: int = (await connection.execute(tried)).scalar_one()
            await connection.execute(
                delete(PIN_FAILURE).where(PIN_FAILURE.c.counter == counter, PIN_FAILURE.c.failures == 0)
            )
        return right and failures < PIN_TRIES_MAX
