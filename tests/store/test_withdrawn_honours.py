"""Who lost an honour is as who never had one: in every table, in every answer, and in what the answers ask."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth import pins
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import NotEligible, Redemption, Refused
from gateway.domain.rewards import QuotaPeriod, Rule
from gateway.domain.standing import Honour, HonourGrade, ImportRules, Standing
from gateway.services.import_registry import find_withdrawals, take_over
from gateway.store.census import SqlCensus
from gateway.store.staging import Stage
from gateway.store.tables import METADATA, RESIDENT
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import REWARD
from tests.store.theatre import Theatre
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
LOST, NEVER, HOLDS = b"l" * 32, b"n" * 32, b"h" * 32
MODEL = Honour("model", 2025, HonourGrade.AWARDED)
RULE = Rule(None, frozenset({"model"}), 400)


async def imported(city: City, told: dict[bytes, Standing], *, complete: bool = False) -> None:
    """Import a file, as the command does."""
    rules = ImportRules(complete=complete, honours_since=None, today=TODAY)
    with closing(Stage()) as stage:
        stage.add(told.items())
        honoured = await SqlCensus(city.database).honoured() if complete else {}
        absent = find_withdrawals(honoured, stage, rules, as_of=TODAY).absent
        await take_over(city.residents, stage, rules, absent=absent)


def plain(as_of: Any = TODAY) -> Standing:
    return Standing(500, as_of)


@pytest.fixture(params=["told as withdrawn", "not in a complete line", "not in a complete file"])
async def theatre(
    city: City, clock: Hands, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Theatre:
    """A theatre for role models, after one of three residents lost the honour that two had."""
    monkeypatch.setattr(pins, "SCRYPT_N", 16)
    theatre = Theatre(city, tmp_path / "keys", clock, per=QuotaPeriod.DAY)
    catalogue = theatre.ports.catalogue
    reward = replace(catalogue.rewards[REWARD], rule=RULE)
    theatre.ports = replace(theatre.ports, catalogue=replace(catalogue, rewards={REWARD: reward}))
    await theatre.open()
    before = TODAY - timedelta(days=1)
    models = replace(plain(before), honours=(MODEL,))
    await imported(city, {LOST: models, NEVER: plain(before), HOLDS: models})
    held = {HOLDS: replace(plain(), honours=(MODEL,))}
    match request.param:
        case "told as withdrawn":
            gone = replace(MODEL, withdrawn_on=TODAY)
            await imported(city, {LOST: replace(plain(), honours=(gone,)), NEVER: plain(), **held})
        case "not in a complete line":
            await imported(city, {LOST: plain(), NEVER: plain(), **held}, complete=True)
        case _:
            await imported(city, held, complete=True)
    return theatre


async def test_no_row_and_no_answer_tells_who_lost_it(theatre: Theatre) -> None:
    city, cards = theatre.city, {}
    for whose in (LOST, NEVER, HOLDS):
        cards[whose] = theatre.minted()
        assert await city.registry.issue(whose, cards[whose].to_record(theatre.pin_hash)) is not None
    rows = {row["registry_hash"]: row for row in await city.rows(RESIDENT)}
    own = {"id", "registry_hash", "secret"}
    lost, never, holds = ({k: v for k, v in rows[whose].items() if k not in own} for whose in (LOST, NEVER, HOLDS))
    assert lost == never
    assert lost != holds
    assert isinstance(await theatre.redeem(cards[HOLDS].token), Redemption), "and the period's key is at hand"
    found = {}
    for whose in (LOST, NEVER):
        with traced() as trace:
            answer = await theatre.verify(cards[whose].token)
            refused = await theatre.redeem(cards[whose].token)
        assert isinstance(answer, NotEligible)
        assert isinstance(refused, Refused)
        opened = theatre.ports.opener.open(PresentedPass(cards[whose].token))
        found[whose] = [
            *trace,
            *(theatre.references.open(opened, one.reference or "") for one in (answer, refused)),
        ]
    assert found[LOST] == found[NEVER]
    for table in METADATA.sorted_tables:
        said = [row for row in await city.rows(table) if "model" in str(row) and row.get("registry_hash") != HOLDS]
        assert said == [], table.name
