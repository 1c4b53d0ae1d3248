"""What a sector is called on a card: as the programme says, else the kinds of partner where it counts."""

import shutil
from dataclasses import replace

import pypdfium2

from gateway.cards.panels import Title
from gateway.domain.partners import Profile, Scope
from gateway.office.printing import sector_titles
from tests.cli.conftest import Steward
from tests.flow.processes import ROOT

CINEMA = Profile(
    kind="cinema",
    sector="venue",
    title_zh="电影院",
    title_en="Cinema",
    scopes=frozenset(Scope),
    rewards=frozenset(),
    documents={},
)
THEATRE = replace(CINEMA, kind="theatre", title_zh="剧院", title_en="Theatre")
METRO = replace(CINEMA, kind="metro", sector="transit", title_zh="地铁", title_en="Metro")


def test_a_sector_bears_the_title_of_its_kind() -> None:
    assert sector_titles([METRO]) == {"transit": Title("地铁", "Metro")}


def test_kinds_that_share_a_sector_share_the_card_in_an_order_that_stays() -> None:
    expected = {"venue": Title("电影院、剧院", "Cinema, Theatre"), "transit": Title("地铁", "Metro")}
    assert sector_titles([THEATRE, METRO, CINEMA]) == sector_titles([CINEMA, THEATRE, METRO]) == expected


def test_kinds_of_one_title_say_it_once() -> None:
    assert sector_titles([CINEMA, replace(CINEMA, kind="cinema-2")]) == {"venue": Title("电影院", "Cinema")}


def test_the_programme_s_own_words_go_first(office: Steward) -> None:
    partners = office.folder / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client"))
    programme = partners / "catalogue" / "programme.toml"
    text = programme.read_text("utf-8").replace("Public transport", "Buses and boats").replace("gas =", "# gas =")
    programme.write_text(f'{text}\n[card_office]\nzh = "电话 12345"\nen = "call 12345"\n', "utf-8")
    command = ("pass", "issue", "WANG-1", "transit", "gas", "--card", "card.pdf")
    assert office.run(*command, GATEWAY_PARTNERS_DIR=str(partners)).status == 0
    printed = pypdfium2.PdfDocument(office.folder / "card.pdf")[0].get_textpage().get_text_range()
    assert "Buses and boats" in printed
    assert "Gas service desk" in printed
    assert "call 12345" in printed


def test_a_sector_without_rewards_has_no_title(steward: Steward) -> None:
    partners = steward.folder / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client"))
    programme = partners / "catalogue" / "programme.toml"
    programme.write_text(programme.read_text("utf-8").replace("gas =", "gass ="), "utf-8")
    sentence = steward.is_refused("rewards", "check", status=2, GATEWAY_PARTNERS_DIR=str(partners))
    assert "programme.toml" in sentence
    assert "sectors.gass" in sentence
