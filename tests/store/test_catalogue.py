"""The catalogue: the committed one is whole, every key reaches its reward, and the version is stable."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.domain.rewards import Approval, BenefitKind, Disclosure, OfflineLimits, Quota, QuotaPeriod, Rule
from gateway.store.catalogue import load_catalogue
from tests.store.editing import edit

CITY = Path(__file__).parents[2] / "partners" / "catalogue"

CREDIT_OR_HONOUR = {"transit-discount", "cultural-event", "sports-event", "priority-service"}
HONOUR_ONLY = {
    "health-check",
    "cinema-discount",
    "theatre-discount",
    "international-sports-ticket",
    "tourist-site",
    "telecom-priority",
    "gas-priority",
}


@pytest.fixture
def catalogue_copy(tmp_path: Path) -> Path:
    """A copy of the committed catalogue, to be broken."""
    return Path(shutil.copytree(CITY, tmp_path / "catalogue"))


def test_every_reward_that_the_announcement_names_is_there() -> None:
    catalogue = load_catalogue(CITY)
    assert set(catalogue.rewards) == CREDIT_OR_HONOUR | HONOUR_ONLY
    assert catalogue.zone.key == "Asia/Shanghai"
    for code, reward in catalogue.rewards.items():
        assert reward.code == code
        assert reward.rule.honours == {"national-morality-model"}
        assert reward.rule.min_centihours == (1000 if code in CREDIT_OR_HONOUR else None)
        assert (reward.approval is not None) == (code in HONOUR_ONLY)
        assert reward.discloses == frozenset()
        assert re.search(r"[\u4e00-\u9fff]", reward.title_zh)
        assert reward.title_en.isascii()


def test_quotas_are_those_agreed() -> None:
    quotas = {code: (one.quota.count, one.quota.per.value) for code, one in load_catalogue(CITY).rewards.items()}
    assert quotas == {
        "transit-discount": (4, "day"),
        "cultural-event": (2, "occasion"),
        "sports-event": (2, "occasion"),
        "priority-service": (3, "day"),
        "health-check": (1, "year"),
        "cinema-discount": (4, "month"),
        "theatre-discount": (2, "month"),
        "international-sports-ticket": (2, "year"),
        "tourist-site": (1, "day"),
        "telecom-priority": (3, "week"),
        "gas-priority": (3, "week"),
    }


def test_occasions_pins_and_offline_are_where_they_belong() -> None:
    rewards = load_catalogue(CITY).rewards.values()
    occasions = {one.code for one in rewards if one.needs_occasion}
    assert occasions == {"cultural-event", "sports-event", "international-sports-ticket"}
    assert {one.code for one in rewards if one.pin} == {"health-check"}
    assert {one.code for one in rewards if one.offline} == {"transit-discount"}
    free_of_charge = {"priority-service", "telecom-priority", "gas-priority"}
    assert {one.code for one in rewards if one.tariff_fen == 0} == free_of_charge
    assert {one.code for one in rewards if one.benefit is BenefitKind.PRIORITY} == free_of_charge


def test_each_key_reaches_the_reward(tmp_path: Path) -> None:
    (tmp_path / "programme.toml").write_text(
        'time_zone = "Europe/Berlin"\ntitle.zh = "甲"\ntitle.en = "A"\n', "utf-8"
    )
    (tmp_path / "ride.toml").write_text(
        """
        code = "ride"
        title = { zh = "乘车", en = "Ride" }
        sector = "transit"
        benefit = "discount"
        percent = 35
        tariff_fen = 123
        reversal_window = "36 hours"
        occasion = true
        offline = true
        pin = true
        discloses = ["remaining", "basis"]
        rule = { min_hours = 12.25, honours = ["model", "hero"], max_age_days = 30 }
        quota = { count = 7, per = "occasion" }
        approval = { office = "An office", on = 2026-02-03, reason = "A reason" }
        """,
        "utf-8",
    )
    catalogue = load_catalogue(tmp_path)
    ride = catalogue.rewards["ride"]
    assert catalogue.zone.key == "Europe/Berlin"
    assert (ride.title_zh, ride.title_en, ride.sector, ride.percent) == ("乘车", "Ride", "transit", 35)
    assert (ride.benefit, ride.tariff_fen) == (BenefitKind.DISCOUNT, 123)
    assert ride.rule == Rule(1225, frozenset({"model", "hero"}), 30)
    assert ride.quota == Quota(7, QuotaPeriod.OCCASION)
    assert ride.reversal_window == timedelta(hours=36)
    assert (ride.needs_occasion, ride.offline, ride.pin) == (True, True, True)
    assert ride.discloses == {Disclosure.REMAINING, Disclosure.BASIS}
    assert ride.approval == Approval("An office", date(2026, 2, 3), "A reason")


def test_an_honour_only_reward_may_wait_for_its_approval(catalogue_copy: Path) -> None:
    edit(catalogue_copy / "gas-priority.toml", r"^\[approval\]\n.*\n.*\n.*", "")
    assert load_catalogue(catalogue_copy).rewards["gas-priority"].approval is None


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("^code .*", '# Reviewed anew.\ncode = "transit-discount"'),
        ("^title.zh .*", 'title.zh = "公交优惠"'),
        ("^title.en .*", 'title.en = "Cheaper rides"'),
        ("^min_hours .*", "min_hours = 10.00"),
        ("^reversal_window .*", 'reversal_window = "15 minute"'),
        (r"^count (.*\n)per .*", 'per = "day"\ncount = 4'),
    ],
)
def test_what_decides_nothing_leaves_the_version(catalogue_copy: Path, pattern: str, replacement: str) -> None:
    before = load_catalogue(CITY).version
    edit(catalogue_copy / "transit-discount.toml", pattern, replacement)
    assert load_catalogue(catalogue_copy).version == before


def version_in_another_process(directory: Path, hash_seed: str) -> str:
    program = (
        "import sys; from pathlib import Path; from gateway.store.catalogue import load_catalogue; "
        "print(load_catalogue(Path(sys.argv[1])).version)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(directory)],
        cwd=CITY.parents[1],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def test_the_order_of_honours_leaves_the_version_in_every_process(catalogue_copy: Path) -> None:
    file = catalogue_copy / "transit-discount.toml"
    edit(file, "^honours .*", 'honours = ["national-morality-model", "hero", "helper", "neighbour"]')
    before = version_in_another_process(catalogue_copy, "1")
    edit(file, "^honours .*", 'honours = ["helper", "neighbour", "national-morality-model", "hero"]')
    assert {version_in_another_process(catalogue_copy, seed) for seed in ("2", "3")} == {before}


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("^sector .*", 'sector = "ferries"'),
        ("^percent .*", "percent = 51"),
        ("^tariff_fen .*", "tariff_fen = 151"),
        ("^reversal_window .*", 'reversal_window = "16 minutes"'),
        ("^offline .*", "offline = false"),
        ("^offline .*", "offline = true\npin = true"),
        ("^offline .*", "offline = true\noccasion = true"),
        ("^offline .*", 'offline = true\ndiscloses = ["basis"]'),
        ("^min_hours .*", "min_hours = 10.01"),
        ("^honours .*", 'honours = ["hero"]'),
        ("^max_age_days .*", "max_age_days = 401"),
        ("^count .*", "count = 5"),
        ("^per .*", 'per = "week"'),
        ("^offline .*", 'offline = true\napproval = {office = "o", on = 2026-03-02, reason = "r"}'),
    ],
)
def test_what_decides_changes_the_version(catalogue_copy: Path, pattern: str, replacement: str) -> None:
    before = load_catalogue(CITY).version
    edit(catalogue_copy / "transit-discount.toml", pattern, replacement)
    after = load_catalogue(catalogue_copy).version
    assert after != before
    assert re.fullmatch(r"sha256:[0-9a-f]{16}", after)


def test_the_time_zone_and_each_reward_are_part_of_the_version(catalogue_copy: Path) -> None:
    versions = {load_catalogue(catalogue_copy).version}
    edit(catalogue_copy / "programme.toml", "^time_zone .*", 'time_zone = "Asia/Urumqi"')
    versions.add(load_catalogue(catalogue_copy).version)
    (catalogue_copy / "tourist-site.toml").unlink()
    versions.add(load_catalogue(catalogue_copy).version)
    assert len(versions) == 3


def test_what_devices_may_grant_offline_is_the_programme_s(tmp_path: Path) -> None:
    assert load_catalogue(CITY).offline == OfflineLimits(500, timedelta(hours=72))
    copy = Path(shutil.copytree(CITY, tmp_path / "catalogue"))
    edit(copy / "programme.toml", r"^\[offline\]\nunits = 500\nhours = 72\n", "")
    assert load_catalogue(copy).offline is None
