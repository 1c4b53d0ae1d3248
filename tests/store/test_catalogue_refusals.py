"""A broken catalogue stops the start, and one sentence says file, key, reason and what to do."""

import shutil
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigurationError
from gateway.store.catalogue import load_catalogue
from tests.store.editing import edit

CITY = Path(__file__).parents[2] / "partners" / "catalogue"


@pytest.fixture
def catalogue_copy(tmp_path: Path) -> Path:
    """A copy of the committed catalogue, to be broken."""
    return Path(shutil.copytree(CITY, tmp_path / "catalogue"))


def sentence(directory: Path) -> str:
    """The one sentence with which a directory is refused."""
    with pytest.raises(ConfigurationError) as refusal:
        load_catalogue(directory)
    text = str(refusal.value)
    assert "\n" not in text
    assert "pydantic" not in text
    assert text.endswith(".")
    assert ";" in text
    return text


@pytest.mark.parametrize(
    ("pattern", "replacement", "parts"),
    [
        ("^code .*", "", ["code is missing", "give 2 to 48"]),
        ("^code .*", 'code = "Transit"', ['code is "Transit"', "give 2 to 48"]),
        ("^code .*", 'code = "other-reward"', ["code differs from the file's name", "other-reward.toml"]),
        ("^sector .*", 'sector = "transit"\nhold = "1 minute"', ['hold is "1 minute"', "give a span of 2 to 15"]),
        ("^sector .*", 'sector = "transit"\nhold = "16 minutes"', ['hold is "16 minutes"', "such as"]),
        ("^sector .*", 'sector = "transit"\nhold = 10', ["hold is 10", "give a span of 2 to 15 minutes"]),
        ("^sector .*", 'sector = "public transport"', ['sector is "public transport"', "give 2 to 48"]),
        ("^title.en .*", "", ["title.en is missing", "give one line"]),
        ("^title.zh .*", 'title.zh = " 优惠"', ['title.zh is " 优惠"', "without space at its ends"]),
        ("^title.zh .*", r'title.zh = "优\n惠"', [r'title.zh is "优\n惠"', "give one line"]),
        ("^benefit .*", 'benefit = "gift"', ['benefit is "gift"', "give one of discount, free, priority"]),
        ("^percent .*", "", ["percent is missing for a discount", "give the percent off"]),
        ("^percent .*", "percent = 0", ["percent is 0", "from 1 to 100"]),
        ("^percent .*", "percent = 101", ["percent is 101", "from 1 to 100"]),
        ("^benefit .*", 'benefit = "free"', ["percent is only for a discount", "remove it"]),
        ("^tariff_fen .*", "tariff_fen = -1", ["tariff_fen is -1", "whole number of fen"]),
        ("^tariff_fen .*", "tariff_fen = 1.5", ["tariff_fen is 1.5", "whole number of fen"]),
        ("^tariff_fen .*", 'tariff_fen = "150"', ['tariff_fen is "150"', "whole number of fen"]),
        ("^tariff_fen .*", "tariff_fen = true", ["tariff_fen is true", "whole number of fen"]),
        ("^tariff_fen .*", "tariff_fen = 1000001", ["tariff_fen is 1000001", "from 0 to 1000000"]),
        ("^tariff_fen .*", "tarif_fen = 150", ["tarif_fen is not known", "correct it", "tariff_fen"]),
        ("^offline .*", "offline = 1", ["offline is 1", "give true or false"]),
        ("^reversal_window .*", 'reversal_window = "15m"', ['reversal_window is "15m"', '"15 minutes"']),
        ("^reversal_window .*", "reversal_window = 15", ["reversal_window is 15", '"15 minutes"']),
        ("^reversal_window .*", 'reversal_window = "0 days"', ["reversal_window is", '"14 days"']),
        ("^reversal_window .*", 'reversal_window = "93 days"', ["reversal_window is", "up to 92 days"]),
        ("^min_hours .*", "min_hours = 10.125", ["rule.min_hours is 10.125", "at most two decimals"]),
        ("^min_hours .*", "min_hours = 10.000000000000000000000000000001", ["rule.min_hours", "two decimals"]),
        ("^min_hours .*", "min_hours = 0", ["rule.min_hours is 0", "above 0"]),
        ("^min_hours .*", "min_hours = nan", ["rule.min_hours is NaN", "hours above 0"]),
        ("^min_hours .*", "min_hours = 1e999999", ["rule.min_hours is", "up to 100000"]),
        ("^min_hours .*", "min_hours = 1e" + "9" * 30, ["has a number too long or tables too deep"]),
        ("^min_hours .*", 'min_hours = "10"', ['rule.min_hours is "10"', "hours above 0"]),
        ("^min_hours .*", "min_hours = true", ["rule.min_hours is true", "hours above 0"]),
        (r"^min_hours .*\n.*", "", ["rule has no condition", "give min_hours, honours or both"]),
        ("^honours .*", 'honours = "national-morality-model"', ["rule.honours is", "give an array"]),
        ("^honours .*", 'honours = ["Model of 2025"]', ['rule.honours is "Model of 2025"', "codes of honours"]),
        ("^max_age_days .*", "", ["rule.max_age_days is missing", "from 1 to 3660"]),
        ("^max_age_days .*", "max_age_days = 0", ["rule.max_age_days is 0", "from 1 to 3660"]),
        (r"^\[quota\]\n.*\n.*", "", ["quota is missing", "give a table with count, per"]),
        ("^count .*", "count = 0", ["quota.count is 0", "from 1 to 10000"]),
        ("^count .*", "count = 10001", ["quota.count is 10001", "from 1 to 10000"]),
        ("^per .*", 'per = "hour"', ['quota.per is "hour"', "one of day, week, month, year, occasion"]),
        ("^per .*", 'per = "occasion"', ["quota.per is occasion without one", "set occasion = true"]),
        ("^per .*", 'each = "day"', ["quota.each is not known", "one of count, per"]),
        ("^offline .*", 'discloses = ["name"]', ['discloses is "name"', "any of remaining, basis"]),
        ("^offline .*", "discloses = true", ["discloses is true", "give an array"]),
        ("^offline .*", "approval = true", ["approval is true", "give a table with office, on, reason"]),
        ("^offline .*", 'approval = {office = "An office"}', ["approval.on is missing", "TOML date"]),
        (
            "^offline .*",
            'approval = {office = "An office", on = "2026-03-02", reason = "few"}',
            ['approval.on is "2026-03-02"', "TOML date without quotes"],
        ),
        (
            "^offline .*",
            'approval = {office = "", on = 2026-03-02, reason = "few"}',
            ['approval.office is ""', "give one line"],
        ),
        (
            "^offline .*",
            'approval = {office = "An office", on = 2026-03-02, reason = "few", by = "x"}',
            ["approval.by is not known", "one of office, on, reason"],
        ),
        ("^code .*", "code = transit", ["is not valid TOML", "at line", "correct it there"]),
        ("^count .*", "count = " + "9" * 5000, ["has a number too long or tables too deep"]),
        ("^count .*", "count = " + "[" * 5000, ["has a number too long or tables too deep"]),
    ],
)
def test_a_wrong_key_is_refused_in_one_sentence(
    catalogue_copy: Path, pattern: str, replacement: str, parts: list[str]
) -> None:
    file = catalogue_copy / "transit-discount.toml"
    edit(file, pattern, replacement)
    refusal = sentence(catalogue_copy)
    assert refusal.startswith(f"{file}: ")
    for part in parts:
        assert part in refusal
    assert len(refusal) < len(str(file)) + 250


@pytest.mark.parametrize("name", ["Asia/Shangai", "Asia", "", "../Asia/Shanghai", "/etc/localtime", "a\\u0000b"])
def test_an_unknown_time_zone_is_refused(catalogue_copy: Path, name: str) -> None:
    edit(catalogue_copy / "programme.toml", "^time_zone .*", f'time_zone = "{name}"')
    refusal = sentence(catalogue_copy)
    assert "programme.toml: time_zone is not a known time zone" in refusal
    assert '"Asia/Shanghai"' in refusal


def test_a_missing_programme_is_refused(catalogue_copy: Path) -> None:
    (catalogue_copy / "programme.toml").unlink()
    assert "programme.toml: can't be read (No such file or directory)" in sentence(catalogue_copy)


def test_an_empty_catalogue_is_refused(catalogue_copy: Path) -> None:
    for file in catalogue_copy.glob("*-*.toml"):
        file.unlink()
    assert "holds no reward" in sentence(catalogue_copy)


def test_a_file_in_another_encoding_is_refused(catalogue_copy: Path) -> None:
    file = catalogue_copy / "gas-priority.toml"
    file.write_bytes(file.read_text("utf-8").encode("gb18030"))
    assert "gas-priority.toml: is not UTF-8 text; save it as UTF-8." in sentence(catalogue_copy)


def test_a_second_file_with_the_same_code_is_refused(catalogue_copy: Path) -> None:
    shutil.copy(catalogue_copy / "gas-priority.toml", catalogue_copy / "gas-copy.toml")
    assert "gas-copy.toml: code differs from the file's name" in sentence(catalogue_copy)


def test_offline_rewards_of_one_sector_share_one_rule(catalogue_copy: Path) -> None:
    second = catalogue_copy / "ferry-discount.toml"
    shutil.copy(catalogue_copy / "transit-discount.toml", second)
    edit(second, "^code .*", 'code = "ferry-discount"')
    assert load_catalogue(catalogue_copy).rewards["ferry-discount"].offline
    edit(second, "^min_hours .*", "min_hours = 20")
    refusal = sentence(catalogue_copy)
    assert "rule differs from that of ferry-discount" in refusal
    assert "give both the same rule" in refusal
    edit(second, "^offline .*", "offline = false")
    assert not load_catalogue(catalogue_copy).rewards["ferry-discount"].offline


@pytest.mark.parametrize(
    ("pattern", "replacement", "parts"),
    [
        ("^hours .*", "hours = 169", ["offline.hours is 169", "from 1 to 168"]),
        ("^units .*", "units = 0", ["offline.units is 0", "from 1 to 100000"]),
        ("^units .*", "", ["offline.units is missing", "give a whole number"]),
    ],
)
def test_a_broken_allowance_is_refused(
    catalogue_copy: Path, pattern: str, replacement: str, parts: list[str]
) -> None:
    edit(catalogue_copy / "programme.toml", pattern, replacement)
    refusal = sentence(catalogue_copy)
    assert all(part in refusal for part in parts), refusal
