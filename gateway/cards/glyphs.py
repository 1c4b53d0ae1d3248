"""Which characters a card can show: those of its fonts, and no others."""

from pathlib import Path

from gateway.cards.panels import Title
from gateway.domain.errors import ConfigurationError

FONTS = Path(__file__).with_name("fonts")
_SHOWN = frozenset((FONTS / "characters.txt").read_text("utf-8")) - {"\n"} | set(
    " \N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}"
)


def require_glyphs(what: str, title: Title) -> None:
    """Refuse a text with a character that would be printed as an empty box, or not at all.

    Raises:
        ConfigurationError: names the text, the character and what to do.
    """
    for language, text in (("zh", title.zh), ("en", title.en)):
        for character in text:
            if character not in _SHOWN:
                raise ConfigurationError(
                    f"A card can't show U+{ord(character):04X}, which stands in the {what} ({language}): "
                    "write it with other characters."
                )
