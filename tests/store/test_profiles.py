"""Partner templates: the committed ones serve every reward, and a broken one is refused in one sentence."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import PARTNER_SCOPES
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from tests.store.editing import edit

PARTNERS = Path(__file__).parents[2] / "partners"
CATALOGUE = load_catalogue(PARTNERS / "catalogue")
SECTOR_OF_KIND = {
    "transit-turnstile": "transit",
    "venue-counter": "venue",
    "hospital-desk": "health",
    "public-service-desk": "public-service",
    "telecom-desk": "telecom",
    "gas-desk": "gas",
}
DOCUMENTS = {
    "Service",
    "Rewards",
    "VerifyPass",
    "RedeemReward",
    "ReverseRedemption",
    "Redemption",
    "Redemptions",
    "DeviceRedemptions",
    "Settlement",
    "OfflineAllowance",
    "UploadRedemptions",
}
BOX_OFFICE = {"Occasions", "HoldReward", "ConfirmHold", "ReleaseHold", "CancelOccasion"}
"""What only a kind that sells seats sends."""


@pytest.fixture
def partners_copy(tmp_path: Path) -> Path:
    """A copy of the committed templates, to be broken."""
    return Path(shutil.copytree(PARTNERS, tmp_path / "partners", ignore=shutil.ignore_patterns("client")))


def sentence(directory: Path) -> str:
    """The one sentence with which the templates of a directory are refused."""
    with pytest.raises(ConfigurationError) as refusal:
        load_profiles(directory, CATALOGUE)
    text = str(refusal.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_each_kind_gives_what_its_sector_has() -> None:
    profiles = load_profiles(PARTNERS, CATALOGUE)
    assert {kind: one.sector for kind, one in profiles.items()} == SECTOR_OF_KIND
    for kind, profile in profiles.items():
        assert profile.kind == kind
        assert profile.scopes == set(PARTNER_SCOPES)
        assert profile.rewards == {code for code, one in CATALOGUE.rewards.items() if one.sector == profile.sector}
        assert set(profile.documents) == DOCUMENTS | (BOX_OFFICE if kind == "venue-counter" else set())
        guide = (PARTNERS / kind / "README.md").read_text("utf-8")
        assert [code for code in profile.rewards if f"`{code}`" not in guide] == []


def test_each_document_is_one_operation_of_its_name() -> None:
    for kind, profile in load_profiles(PARTNERS, CATALOGUE).items():
        for name, document in profile.documents.items():
            (operation,) = parse(document.text).definitions
            assert isinstance(operation, OperationDefinitionNode)
            assert operation.name is not None
            assert operation.name.value == name
            root = "redemptions" if name == "DeviceRedemptions" else name[0].lower() + name[1:]
            assert re.search(rf"^  {root}\b", document.text, re.MULTILINE), (kind, name)


def test_only_the_venue_names_an_occasion_when_it_verifies() -> None:
    profiles = load_profiles(PARTNERS, CATALOGUE)
    asking = {kind for kind, one in profiles.items() if "$occasion" in one.documents["VerifyPass"].text}
    assert asking == {"venue-counter"}


def test_a_document_is_known_by_the_hash_of_its_file() -> None:
    path = PARTNERS / "venue-counter" / "VerifyPass.graphql"
    document = load_profiles(PARTNERS, CATALOGUE)["venue-counter"].documents["VerifyPass"]
    assert document.id == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.mark.parametrize(
    ("old", "new"), [(b"\n", b"\r\n"), (b"query", b"\xef\xbb\xbfquery")], ids=["ends", "mark"]
)
def test_a_text_that_no_checkout_has_is_refused(partners_copy: Path, old: bytes, new: bytes) -> None:
    path = partners_copy / "gas-desk" / "Service.graphql"
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    assert sentence(partners_copy).startswith(f"{path}: the text has carriage returns or a byte order mark")


def test_earlier_versions_are_kept_beside(partners_copy: Path) -> None:
    folder = partners_copy / "gas-desk" / "earlier"
    folder.mkdir()
    path = folder / "Service.2026-11.graphql"
    path.write_text("query Service { service { name } }\n", "utf-8")
    profile = load_profiles(partners_copy, CATALOGUE)["gas-desk"]
    [earlier] = profile.earlier_documents
    assert (earlier.name, earlier.file) == ("Service", path)
    assert earlier.id == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert profile.documents["Service"].text != earlier.text
    assert load_profiles(partners_copy, CATALOGUE)["telecom-desk"].earlier_documents == ()


@pytest.mark.parametrize(
    ("pattern", "replacement", "parts"),
    [
        ("^kind .*", 'kind = "gas-counter"', ["kind differs from the folder's name", 'kind = "gas-desk"']),
        ("^kind .*", "", ["kind is missing", "give 2 to 48"]),
        ("^sector .*", 'sector = "telecom"', ["gas-priority, whose sector is gas and not telecom", "remove it"]),
        ("^title.zh .*", "", ["title.zh is missing", "give one line"]),
        ("^title.zh .*", 'titel.zh = "x"', ["titel is not known", "title"]),
        ("^scopes .*", 'scopes = ["search"]', ['scopes is "search"', "any of verify, redeem, reverse, report"]),
        ("^scopes .*", "scopes = []", ["scopes is an empty array", "any of verify"]),
        ("^scopes .*", 'scopes = ["verify", "verify"]', ["scopes names one twice", "remove the second"]),
        (
            "^scopes .*",
            'scopes = ["verify", "office"]',
            ["scopes names office", "remove it"],
        ),
        ("^rewards .*", 'rewards = ["gas-priority", "gas-priority"]', ["rewards names one twice"]),
        ("^rewards .*", 'rewards = ["gas-discount"]', ["gas-discount, which is not in the catalogue", "add"]),
        ("^rewards .*", 'rewards = ["tourist-site"]', ["tourist-site, whose sector is venue and not gas"]),
        ("^rewards .*", "rewards = []", ["rewards is an empty array", "codes of rewards"]),
        ("^rewards .*", 'rewards = "gas-priority"', ['rewards is "gas-priority"', "give an array"]),
    ],
)
def test_a_wrong_profile_is_refused_in_one_sentence(
    partners_copy: Path, pattern: str, replacement: str, parts: list[str]
) -> None:
    file = partners_copy / "gas-desk" / "profile.toml"
    edit(file, pattern, replacement)
    refusal = sentence(partners_copy)
    assert refusal.startswith(f"{file}: ")
    for part in parts:
        assert part in refusal


def test_no_folder_takes_the_card_office_s_name(partners_copy: Path) -> None:
    (partners_copy / "gas-desk").rename(partners_copy / "card-office")
    edit(partners_copy / "card-office" / "profile.toml", "^kind .*", 'kind = "card-office"')
    assert "kind is the city's own and no partner's; choose another name." in sentence(partners_copy)


def test_a_reward_that_no_kind_gives_is_refused(partners_copy: Path) -> None:
    edit(partners_copy / "venue-counter" / "profile.toml", '^    "tourist-site",\n', "")
    refusal = sentence(partners_copy)
    assert "no kind of partner gives the reward tourist-site" in refusal
    assert "add it to rewards in a profile.toml of the sector venue" in refusal


def test_a_copied_kind_is_refused(partners_copy: Path) -> None:
    shutil.copytree(partners_copy / "gas-desk", partners_copy / "gas-desk-copy")
    assert "gas-desk-copy/profile.toml: kind differs from the folder's name" in sentence(partners_copy)


def test_a_document_that_is_no_text_is_refused(partners_copy: Path) -> None:
    (partners_copy / "gas-desk" / "Service.graphql").write_bytes(b"query Service \xff")
    assert "Service.graphql: is not UTF-8 text" in sentence(partners_copy)
