"""The sandbox's files are a promise: anyone may script against them."""

import json
import time
from pathlib import Path
from typing import Any

import httpx2

from gateway.domain.documents import document_id
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from laurel_client.signing import thumbprint
from tests.flow.processes import ROOT
from tests.flow.sandboxes import Sandbox

PARTNER_MEMBERS = {
    "partner_id",
    "client_id",
    "kind",
    "scopes",
    "rewards",
    "issuer",
    "token_endpoint",
    "graphql_endpoint",
    "key",
    "documents",
    "occasions",
}
PASS_MEMBERS = {"persona", "form", "sector", "token", "code", "pin", "expect"}
CATALOGUE = load_catalogue(ROOT / "partners" / "catalogue")
PROFILES = load_profiles(ROOT / "partners", CATALOGUE)


def _partners(city: Sandbox) -> list[tuple[Path, dict[str, Any]]]:
    return [(path, json.loads(path.read_bytes())) for path in city.partner_files]


def test_there_is_a_partner_of_every_kind_with_exactly_the_fixed_members(city: Sandbox) -> None:
    partners = _partners(city)
    assert sorted(partner["kind"] for _, partner in partners) == sorted(PROFILES)
    for path, partner in partners:
        assert partner.keys() == PARTNER_MEMBERS
        assert path.stem == partner["partner_id"] == partner["client_id"]


def test_a_partner_may_do_and_give_what_its_kind_may(city: Sandbox) -> None:
    for _, partner in _partners(city):
        profile = PROFILES[partner["kind"]]
        assert partner["scopes"] == sorted(profile.scopes)
        assert partner["rewards"] == sorted(profile.rewards)
        needing = {code for code in profile.rewards if CATALOGUE.rewards[code].needs_occasion}
        assert partner["occasions"].keys() == needing
        assert all(partner["occasions"].values())


def test_a_partner_has_the_private_key_of_one_device(city: Sandbox) -> None:
    keys = [partner["key"] for _, partner in _partners(city)]
    for key in keys:
        assert key.keys() >= {"kty", "crv", "x", "d", "kid"}
        assert key["kid"] == thumbprint(key)
    assert len({key["kid"] for key in keys}) == len(PROFILES)


def test_a_partner_finds_the_documents_of_its_kind_by_name_and_hash(city: Sandbox) -> None:
    for _, partner in _partners(city):
        texts = {
            path.stem: path.read_text("utf-8") for path in (ROOT / "partners" / partner["kind"]).glob("*.graphql")
        }
        assert partner["documents"] == {
            name: {"id": document_id(text), "text": text} for name, text in texts.items()
        }


def test_the_addresses_are_those_that_the_server_publishes(city: Sandbox) -> None:
    metadata = httpx2.get(f"{city.gateway.url}/.well-known/oauth-authorization-server", trust_env=False).json()
    for _, partner in _partners(city):
        assert partner["issuer"] == metadata["issuer"] == city.gateway.url
        assert partner["token_endpoint"] == metadata["token_endpoint"]
        assert partner["graphql_endpoint"] == f"{city.gateway.url}/graphql"


def test_a_pass_has_exactly_the_fixed_members(city: Sandbox) -> None:
    for entry in city.passes():
        assert entry.keys() == PASS_MEMBERS
        assert entry["form"] == "card"
        assert len(entry["code"].replace("-", "")) == 16
        assert (entry["token"] is None) == (entry["persona"] == "nobody")
        assert entry["pin"] is None or (len(entry["pin"]) == 4 and entry["pin"].isdigit())
        assert entry["expect"].keys() <= CATALOGUE.rewards.keys()
        assert set(entry["expect"].values()) <= {"ELIGIBLE", "NOT_ELIGIBLE"}


def test_where_a_reward_needs_a_pin_every_card_of_its_sector_has_one(city: Sandbox) -> None:
    sectors = {reward.sector for reward in CATALOGUE.rewards.values() if reward.pin}
    for entry in city.passes():
        assert (entry["pin"] is not None) == (entry["sector"] in sectors and entry["token"] is not None)


def test_every_token_is_drawn_as_a_qr_code(city: Sandbox) -> None:
    names = {f"{one['persona']}-{one['sector']}.svg" for one in city.passes() if one["token"] is not None}
    drawn = {path.name: path.read_text("utf-8") for path in (city.home / "passes").iterdir()}
    assert drawn.keys() == names
    assert all(svg.startswith("<svg") for svg in drawn.values())


def test_files_with_keys_and_passes_are_for_their_owner_alone(city: Sandbox) -> None:
    private = [*city.partner_files, city.home / "passes.json", *(city.home / "passes").iterdir()]
    private += (city.home / "keys" / "private").iterdir()
    assert len(private) > 2 * len(PROFILES)
    assert {path.stat().st_mode & 0o077 for path in private} == {0}


def test_the_main_job_went_well_and_says_what_to_try_next(city: Sandbox) -> None:
    deadline = time.monotonic() + 60
    while "Try next" not in (said := city.gateway.output.read_text("utf-8")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert f"{len(PROFILES)} kinds of partner" in said
    for kind in PROFILES:
        assert kind in said
    for hint in (f"{city.gateway.url}/readyz", str(city.home / "partners"), str(city.home / "passes.json")):
        assert hint in said
