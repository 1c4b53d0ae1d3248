"""What status lists cost: small ones are measured like a city's, and one that reads wrongly is no measurement."""

import json
import random
from pathlib import Path

import pytest

from bench import status_city, status_lists
from bench.jobs import WrongAnswer
from bench.status_lists import entropy_bytes, measure
from gateway.domain.passes import STATUS_LIST_SIZE
from gateway.domain.status_lists import Bits, Places
from tests.auth.key_home import load

CARDS = 20_000


def test_a_small_sector_tells_every_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_lists.main(["--cards", str(CARDS), "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "status_lists.json").read_text())
    assert [(one["cards"], one["invalid_share"]) for one in found] == [
        (CARDS, share) for share in (0.0001, 0.01, 0.05)
    ]
    for one in found:
        assert one["raw_bytes"] == STATUS_LIST_SIZE // 8
        assert one["entropy_bytes"] < one["gzip_bytes"] < one["token_bytes"] < one["raw_bytes"]
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(found)
    assert list(tmp_path.iterdir()) == [tmp_path / "status_lists.json"]


def test_the_bound_is_shannon_s() -> None:
    assert entropy_bytes(0.5) == STATUS_LIST_SIZE // 8
    assert entropy_bytes(0.0) == 0
    assert entropy_bytes(0.01) == entropy_bytes(0.99) == 84_718


@pytest.mark.parametrize("wrong", ["a card", "the decoys"])
def test_a_list_that_is_wrong_is_no_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    places, right = random.Random(1).sample(range(STATUS_LIST_SIZE), CARDS), Bits.over

    def over(self: Bits, decoys: bytes) -> bytes:
        if wrong == "the decoys":
            return right(self, bytes(len(decoys)))
        self.add(Places([], places[-1:]))
        return right(self, decoys)

    monkeypatch.setattr(Bits, "over", over)
    with pytest.raises(WrongAnswer, match="cards" if wrong == "a card" else "decoys"):
        measure(load(tmp_path / "keys"), places, 0.01)


def test_a_city_s_list_is_built_from_a_database_and_every_card_read(tmp_path: Path) -> None:
    assert status_city.main(["--cards", "3000", "--sqlite-only", "--out", str(tmp_path)]) == 0
    [row] = json.loads((tmp_path / "status_city.json").read_text())
    assert (row["database"], row["cards"], row["invalid"]) == ("sqlite", 3000, 3000 // 200 + 3000 // 250)
    assert row["seconds"] > 0
    assert 20 < row["before_mb"] <= row["peak_mb"] < 400
    assert list(tmp_path.iterdir()) == [tmp_path / "status_city.json"]
