"""The budget of a request can be overdrawn: by one query too many, and by encoding an answer twice."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from bench import budget
from bench.budget import ADVICE, CEILINGS, Count, excesses
from gateway.store.passes import SqlPassDirectory
from gateway.web import graphql_endpoint

pytestmark = pytest.mark.skipif(sys.version_info[:2] != budget.COUNTED_ON, reason="calls are counted on 3.11")

Spoil = Callable[[pytest.MonkeyPatch], None]


def _needless_query(patch: pytest.MonkeyPatch) -> None:
    look_up = SqlPassDirectory.look_up

    async def twice(*given: Any) -> Any:
        await look_up(*given)
        return await look_up(*given)

    patch.setattr(SqlPassDirectory, "look_up", twice)


def _encoded_twice(patch: pytest.MonkeyPatch) -> None:
    encode = graphql_endpoint._encode
    patch.setattr(graphql_endpoint, "_encode", lambda body: encode(json.loads(encode(body))))


@pytest.mark.parametrize(
    ("spoil", "told"), [(_needless_query, "verify takes 3 statements; it may take 2."), (_encoded_twice, "calls;")]
)
def test_what_is_needless_is_refused(
    spoil: Spoil, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(monkeypatch)
    assert budget.main() == 1
    said = capsys.readouterr().err
    assert told in said
    assert said.endswith(ADVICE + "\n")


def test_ceilings_are_close_and_statements_count_on_every_python() -> None:
    more = {work: Count(may.calls + 1, may.statements + 1) for work, may in CEILINGS.items()}
    assert len(excesses(more, calls_count=True)) == 2 * len(CEILINGS)
    assert len(excesses(more, calls_count=False)) == len(CEILINGS)
    assert excesses(dict(CEILINGS), calls_count=True) == []
