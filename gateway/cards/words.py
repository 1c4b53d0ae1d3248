"""The words on a card: `words.toml`, which people correct who don't read Python."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gateway.cards.panels import Title

_WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def words(name: str) -> Title:
    """Return what the card says under a name, in both languages."""
    return Title(_WORDS[name]["zh"], _WORDS[name]["en"])


def written_day(day: date) -> Title:
    """Return a civil day as people write it."""
    facts = {"year": day.year, "month": day.month, "day": day.day}
    form, month_name = words("day"), _WORDS["months"]["en"][day.month - 1]
    return Title(form.zh.format(**facts), form.en.format(**facts, month_name=month_name))


def reached_at(contact: Title) -> Title:
    """Return the line that says how to reach the card office."""
    form = words("contact")
    return Title(form.zh.format(contact=contact.zh), form.en.format(contact=contact.en))
