"""The city's rewards as reviewed data: `programme.toml` and one TOML file per reward, named after its code."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.domain.errors import ConfigurationError
from gateway.domain.rewards import (
    Approval,
    BenefitKind,
    Catalogue,
    OfflineLimits,
    Quota,
    QuotaPeriod,
    Reward,
    Rule,
)
from gateway.store.reward_files import ProgrammeFile, RewardFile
from gateway.store.toml_files import read_table, wrong


def load_catalogue(directory: Path) -> Catalogue:
    """Return the rewards of a directory.

    Raises:
        ConfigurationError: a file is missing or wrong; one sentence with file, key, reason and what to do.
    """
    programme = read_table(directory / "programme.toml", ProgrammeFile)
    zone = _read_zone(directory / "programme.toml", programme.time_zone)
    paths = {path.stem: path for path in sorted(directory.glob("*.toml")) if path.name != "programme.toml"}
    if not paths:
        raise ConfigurationError(f"{directory}: holds no reward; add a file <code>.toml for each reward.")
    rewards = {code: _read_reward(path) for code, path in paths.items()}
    _check_offline_rules(directory, rewards.values())
    least = programme.min_eligible
    given = programme.offline
    return Catalogue(
        rewards=rewards,
        zone=zone,
        min_eligible=least,
        version=_version(zone, least, rewards),
        offline=None if given is None else OfflineLimits(given.units, timedelta(hours=given.hours)),
    )


def _read_zone(path: Path, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        advice = f"give {ProgrammeFile.model_fields['time_zone'].description}"
        raise wrong(path, "time_zone", "is not a known time zone", advice) from None


def _read_reward(path: Path) -> Reward:
    file = read_table(path, RewardFile)
    _check_keys_together(path, file)
    return Reward(
        code=file.code,
        title_zh=file.title.zh,
        title_en=file.title.en,
        sector=file.sector,
        benefit=file.benefit,
        percent=file.percent,
        tariff_fen=file.tariff_fen,
        rule=Rule(file.rule.min_hours, frozenset(file.rule.honours), file.rule.max_age_days),
        quota=Quota(file.quota.count, file.quota.per),
        reversal_window=file.reversal_window,
        hold=file.hold,
        needs_occasion=file.occasion,
        offline=file.offline,
        pin=file.pin,
        discloses=frozenset(file.discloses),
        approval=Approval(**file.approval.model_dump()) if file.approval else None,
    )


def _check_keys_together(path: Path, file: RewardFile) -> None:
    """Refuse keys that are right one by one and contradict one another."""
    if file.code != path.stem:
        raise wrong(path, "code", "differs from the file's name", f"name the file {file.code}.toml")
    if file.benefit is BenefitKind.DISCOUNT and file.percent is None:
        raise wrong(path, "percent", "is missing for a discount", "give the percent off, from 1 to 100")
    if file.benefit is not BenefitKind.DISCOUNT and file.percent is not None:
        raise wrong(path, "percent", "is only for a discount", 'remove it or set benefit = "discount"')
    if file.rule.min_hours is None and not file.rule.honours:
        raise wrong(path, "rule", "has no condition, so nobody is eligible", "give min_hours, honours or both")
    if file.quota.per is QuotaPeriod.OCCASION and not file.occasion:
        raise wrong(path, "quota.per", "is occasion without one", "set occasion = true or choose another period")


def _check_offline_rules(directory: Path, rewards: Iterable[Reward]) -> None:
    """An offline gate knows one bit per pass and sector: its rewards must all turn on the same rule."""
    first: dict[str, Reward] = {}
    for reward in rewards:
        if not reward.offline:
            continue
        other = first.setdefault(reward.sector, reward)
        if reward.rule != other.rule:
            reason = f"differs from that of {other.code}, which is offline in the same sector {reward.sector}"
            advice = "give both the same rule or set offline = false in one"
            raise wrong(directory / f"{reward.code}.toml", "rule", reason, advice)


def _version(zone: ZoneInfo, min_eligible: int, rewards: Mapping[str, Reward]) -> str:
    """A hash over the canonical JSON of all that decides; titles don't."""
    deciding = {code: asdict(reward) for code, reward in rewards.items()}
    for fields in deciding.values():
        del fields["title_zh"], fields["title_en"]
    content = {"time_zone": zone.key, "min_eligible": min_eligible, "rewards": deciding}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_plain)
    return f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()[:16]}"


def _plain(value: object) -> object:
    """The JSON form of what JSON does not know; a set has one order."""
    match value:
        case frozenset():
            return sorted(value)
        case timedelta():
            return int(value.total_seconds())
        case date():
            return value.isoformat()
    raise TypeError(f"no canonical form for {type(value).__name__}")
