"""How PostgreSQL goes about what a gateway asks: which parts of tables each statement really reads."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from gateway.store.engines import HOT_PLANS
from tests.store.test_migrations import PARTITION

Said = tuple[str, Sequence[Any]]
"""A statement and its parameters."""


@contextmanager
def listening() -> Iterator[list[Said]]:
    """Yield a list that grows by every statement of this process that reaches PostgreSQL's driver with parameters.

    Whoever asks by SQLAlchemy prepares first; whoever asks the driver itself gives text.
    """
    said: list[Said] = []

    def by_text(connection: Any, query: str, *given: Any) -> None:
        said.append((query, given))

    def prepared(statement: Any, *given: Any) -> None:
        said.append((statement.get_query(), given))

    def many(statement: Any, given: Iterable[Sequence[Any]]) -> None:
        said.extend((statement.get_query(), one) for one in given)

    heard: list[tuple[type[Any], str, Callable[..., None]]] = [
        *((asyncpg.Connection, name, by_text) for name in ("execute", "fetch", "fetchrow", "fetchval")),
        *((PreparedStatement, name, prepared) for name in ("fetch", "fetchrow", "fetchval")),
        (PreparedStatement, "executemany", many),
    ]
    before = {(of, name): getattr(of, name) for of, name, _ in heard}
    for of, name, note in heard:
        setattr(of, name, _noting(before[of, name], note))
    try:
        yield said
    finally:
        for (of, name), method in before.items():
            setattr(of, name, method)


def _noting(method: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    def ask(self: Any, *given: Any, **how: Any) -> Any:
        note(self, *given)
        return method(self, *given, **how)

    return ask


@dataclass(frozen=True)
class Plan:
    """What one statement read: by index how many parts of each table, and which tables from end to end.

    `indexes` are the names of the indexes, without that of the part.
    """

    statement: str
    parts: Mapping[str, int]
    scanned: frozenset[str]
    indexes: frozenset[str]
    sorted: bool


async def explain(connection: asyncpg.Connection, said: Iterable[Said]) -> list[Plan]:
    """Run statements again as a gateway's connection plans them, undo them, and return what they read.

    A setting that a transaction makes for itself holds until another one is made, or another transaction begins.
    """
    plans: list[Plan] = []
    settings: list[Said] = [(f"SET LOCAL plan_cache_mode = {HOT_PLANS}", ())]
    for statement, given in said:
        if statement.startswith("BEGIN"):
            made = [part for part in statement.split("; ") if part.startswith("SET LOCAL")]
            settings = [settings[0], *((part, ()) for part in made)]
        elif "set_config" in statement:
            settings = [*settings[:1], (statement, given)]
        elif _is_planned(statement):
            plans.append(await _explain(connection, statement, given, settings))
    return plans


def _is_planned(statement: str) -> bool:
    return statement.lstrip().split(maxsplit=1)[0].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


async def _explain(
    connection: asyncpg.Connection, statement: str, given: Sequence[Any], settings: Iterable[Said]
) -> Plan:
    try:
        told = await _told(connection, statement, given, settings=settings, how="ANALYZE, TIMING OFF,")
    except asyncpg.IntegrityConstraintViolationError:  # it was said before, and can't be done twice
        told = await _told(connection, statement, given, settings=settings, how="")
    parts: dict[str, set[str]] = defaultdict(set)
    scanned: Counter[str] = Counter()
    indexes: set[str] = set()
    sorts = False
    for node in _nodes(told):
        sorts |= node["Node Type"].endswith("Sort")  # an incremental one sorts, too
        if "Index Name" in node and node.get("Actual Loops", 1):
            indexes.add(re.sub("_p[0-9]{2}_", "_", node["Index Name"]))
        if "Relation Name" not in node or node["Node Type"] == "ModifyTable" or not node.get("Actual Loops", 1):
            continue
        part = node["Relation Name"]
        table = part[:-4] if PARTITION.fullmatch(part) else part
        parts[table].add(part)
        scanned[table] += node["Node Type"] == "Seq Scan"
    counts = {table: len(each) for table, each in parts.items()}
    return Plan(statement, counts, frozenset(+scanned), frozenset(indexes), sorts)


async def _told(
    connection: asyncpg.Connection, statement: str, given: Sequence[Any], *, settings: Iterable[Said], how: str
) -> dict[str, Any]:
    """Return PostgreSQL's plan for a statement, which is undone."""
    literals = f"({', '.join(map(_literal, given))})" if given else ""
    undone = connection.transaction()
    await undone.start()
    try:
        for setting, values in settings:
            await connection.fetch(setting, *values)
        await connection.execute(f"PREPARE asked AS {statement}")
        told = await connection.fetchval(f"EXPLAIN ({how} FORMAT JSON) EXECUTE asked{literals}")
    finally:
        await undone.rollback()
        await connection.execute("DEALLOCATE asked")
    plan: dict[str, Any] = json.loads(told)[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", []):
        yield from _nodes(each)


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int() | float():
            return str(value).lower()
        case bytes():
            return f"'\\x{value.hex()}'"
        case datetime() | date():
            return f"'{value.isoformat()}'"
        case list() | tuple():
            return _quoted(f"{{{','.join(map(_element, value))}}}")
        case _:
            return _quoted(str(value))


def _element(value: Any) -> str:
    """Return a value as an array's text has it: of an unknown type until PostgreSQL knows for which parameter."""
    if value is None:
        return "NULL"
    text = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
