"""The templates of the kinds of partners: `partners/<kind>/profile.toml` and the documents beside it."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import Profile, Scope
from gateway.domain.rewards import Catalogue
from gateway.store.reward_files import ProgrammeFile
from gateway.store.toml_files import Code, Table, Title, read_table, read_text, wrong

_OPERATION = re.compile(r"^\s*(?:query|mutation|subscription)\b[^\S\n]*(\w*)", re.MULTILINE)


class ProfileFile(Table):
    """What all partners of one kind may give and do."""

    kind: Code
    sector: Code
    title: Title
    scopes: list[Annotated[Scope, Field(strict=False)]] = Field(
        min_length=1, description=f"an array with any of {', '.join(Scope)}"
    )
    rewards: list[Code] = Field(min_length=1, description="an array of the codes of rewards in the catalogue")


def load_profiles(partners_dir: Path, catalogue: Catalogue) -> Mapping[str, Profile]:
    """Return the profile of each kind of partner; a folder with a `profile.toml` is a kind.

    Raises:
        ConfigurationError: a file is wrong, a kind gives a reward that is unknown or of another sector,
            or a reward is given by no kind.
    """
    paths = sorted(partners_dir.glob("*/profile.toml"))
    profiles = {path.parent.name: _read_profile(path, catalogue) for path in paths}
    served = {code for profile in profiles.values() for code in profile.rewards}
    for code, reward in catalogue.rewards.items():
        if code not in served:
            raise ConfigurationError(
                f"{partners_dir}: no kind of partner gives the reward {code}; "
                f"add it to rewards in a profile.toml of the sector {reward.sector}, or remove it."
            )
    _check_sector_titles(partners_dir / "catalogue" / "programme.toml", profiles)
    return profiles


def _check_sector_titles(path: Path, profiles: Mapping[str, Profile]) -> None:
    """Refuse a mistyped sector: its cards would silently bear another title."""
    named = read_table(path, ProgrammeFile).sectors.keys()
    for sector in sorted(named - {profile.sector for profile in profiles.values()}):
        raise wrong(path, f"sectors.{sector}", "is the sector of no kind of partner", "correct it, or remove it")


def document_id(text: str) -> str:
    """Return the id of a GraphQL document: `sha256:` and the hex digest of its UTF-8 bytes."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _read_profile(path: Path, catalogue: Catalogue) -> Profile:
    file = read_table(path, ProfileFile)
    if file.kind != path.parent.name:
        raise wrong(path, "kind", "differs from the folder's name", f'set kind = "{path.parent.name}"')
    for key, values in (("scopes", file.scopes), ("rewards", file.rewards)):
        if len(set(values)) < len(values):
            raise wrong(path, key, "names one twice", "remove the second")
    for code in file.rewards:
        reward = catalogue.rewards.get(code)
        if reward is None:
            advice = f"remove it, or add {code}.toml to the catalogue"
            raise wrong(path, "rewards", f"names {code}, which is not in the catalogue", advice)
        if reward.sector != file.sector:
            reason = f"names {code}, whose sector is {reward.sector} and not {file.sector}"
            raise wrong(path, "rewards", reason, "remove it, or correct the sector of one of the two")
    return Profile(
        kind=file.kind,
        sector=file.sector,
        title_zh=file.title.zh,
        title_en=file.title.en,
        scopes=frozenset(file.scopes),
        rewards=frozenset(file.rewards),
        documents={one.stem: _read_document(one) for one in sorted(path.parent.glob("*.graphql"))},
    )


def _read_document(path: Path) -> str:
    """The text of a document whose one operation has the file's name."""
    text = read_text(path)
    if _OPERATION.findall(text) != [path.stem]:
        advice = f"keep exactly one query or mutation in the file and name it {path.stem}"
        raise wrong(path, "its operation", "is not the one that the file's name promises", advice)
    return text
