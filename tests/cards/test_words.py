"""The words on a card, in a file that people correct who don't read Python."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from gateway.cards import words as module
from gateway.cards.glyphs import require_glyphs
from gateway.cards.panels import Title
from gateway.cards.words import reached_at, words, written_day

FILE = tomllib.loads(Path(module.__file__).with_name("words.toml").read_text("utf-8"))
NAMES = sorted(FILE.keys() - {"months"})


@pytest.mark.parametrize("name", NAMES)
def test_each_is_said_in_both_languages_and_can_be_printed(name: str) -> None:
    said = words(name)
    assert said.zh.strip()
    assert said.en.strip()
    require_glyphs(name, said)
    assert said.en.isascii()


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2027, 1, 1), "2027年 1月1日", "1 January 2027"),
        (date(2028, 2, 29), "2028年 2月29日", "29 February 2028"),
        (date(2027, 12, 31), "2027年 12月31日", "31 December 2027"),
    ],
    ids=str,
)
def test_a_day_is_written_as_people_write_it(day: date, zh: str, en: str) -> None:
    assert written_day(day) == Title(zh, en)


def test_every_month_has_its_name() -> None:
    names = [written_day(date(2027, month, 1)).en.split()[1] for month in range(1, 13)]
    assert names == [date(2027, month, 1).strftime("%B") for month in range(1, 13)]


def test_a_contact_is_filled_in_as_it_is() -> None:
    told = reached_at(Title("{contact} {year}", "{0} {contact}"))
    assert told == Title("志愿服务台：{contact} {year}", "Volunteer desk: {0} {contact}")
