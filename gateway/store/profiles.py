"""The templates of the kinds of partners: `partners/<kind>/profile.toml` and the documents beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.domain.documents import Document
from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import CARD_OFFICE, PARTNER_SCOPES, Profile, Scope
from gateway.domain.rewards import Catalogue
from gateway.store.reward_files import ProgrammeFile
from gateway.store.toml_files import Code, Table, Title, read_table, read_text, wrong

EARLIER = "earlier"
"""The folder in a kind's for versions that devices in the field still send: `VerifyPass.2026-11.graphql`, say."""


class ProfileFile(Table):
    """What all partners of one kind may give and do."""

    kind: Code
    sector: Code
    title: Title
    scopes: list[Annotated[Scope, Field(strict=False)]] = Field(
        min_length=1,
        description=f"an array with any of {', '.join(PARTNER_SCOPES)}",
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


def _read_profile(path: Path, catalogue: Catalogue) -> Profile:
    file = read_table(path, ProfileFile)
    if file.kind != path.parent.name:
        raise wrong(path, "kind", "differs from the folder's name", f'set kind = "{path.parent.name}"')
    if file.kind == CARD_OFFICE.kind:
        raise wrong(path, "kind", "is the city's own and no partner's", "choose another name")
    for scope in sorted(set(file.scopes).difference(PARTNER_SCOPES)):
        raise wrong(path, "scopes", f"names {scope}, which is the city's own", "remove it")
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
        documents={file.stem: _read_document(file, file.stem) for file in _documents_in(path.parent)},
        earlier_documents=tuple(
            _read_document(file, file.name.partition(".")[0]) for file in _documents_in(path.parent / EARLIER)
        ),
    )


def _documents_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.graphql"))


def _read_document(path: Path, name: str) -> Document:
    """The document in a file, byte for byte what it is in every checkout: its hash is its id."""
    text = read_text(path)
    if "\r" in text or text.startswith("\ufeff"):
        advice = "save it as UTF-8 with line feeds alone, as git checks it out"
        raise wrong(path, "the text", "has carriage returns or a byte order mark, which change its id", advice)
    return Document(name=name, text=text, file=path)
