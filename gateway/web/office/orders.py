"""From a body to what is ordered: strict JSON, each member by its name and type, and none that nobody knows."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.auth import strict_json
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PassForm, PresentedPass

BODY_DEPTH_MAX = 3
"""A list of cards, each with two texts."""

TEXT_MAX = 1024
"""As long as a pass's token may be; a registry id and a reference are shorter."""

PIN_MAX = 16
ITEMS_MAX = 60
"""As many codes as a slip may have; a city has fewer sectors."""


class Members:
    """The members of a request's object, taken one by one: what is left at the end is refused.

    A wrong one is told by its name alone.
    """

    def __init__(self, body: bytes) -> None:
        """Read a body.

        Raises:
            MalformedInput: it is no strict JSON object.
        """
        try:
            self._members = dict(strict_json.loads(body, depth_max=BODY_DEPTH_MAX))
        except strict_json.NotStrict as wrong:
            raise MalformedInput("body", f"The body has to be one strict JSON object: {wrong}.") from None

    def text(self, name: str, *, longest: int = TEXT_MAX) -> str:
        """Take a text that has to be there, without the space around it."""
        return _text(name, self._take(name, None), longest)

    def pin(self, name: str = "pin") -> str | None:
        """Take a PIN, if there is one; whether it can be one is for whoever uses it to say."""
        value = self._take(name, None)
        return None if value is None else _text(name, value, PIN_MAX)

    def presented(self) -> PresentedPass:
        """Take the member `pass`."""
        return PresentedPass(self.text("pass"))

    def number(self, name: str, default: int, *, most: int) -> int:
        """Take a whole number from 1 on."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise MalformedInput(name, f"Give a whole number from 1 to {most}.")
        return value

    def flag(self, name: str) -> bool:
        """Take true or false; false where it is left out."""
        value = self._members.pop(name, False)
        if not isinstance(value, bool):
            raise MalformedInput(name, "Give true or false.")
        return value

    def form(self, name: str = "form") -> PassForm:
        """Take the form of a pass; a card where it is left out."""
        [form] = _forms(name, [self._take(name, PassForm.CARD.value)])
        return form

    def forms(self, name: str = "forms") -> Sequence[PassForm]:
        """Take some forms; all where they are left out."""
        return _forms(name, self._list(name, [form.value for form in PassForm]))

    def texts(self, name: str, *, required: bool = True) -> Sequence[str]:
        """Take a list of texts, none where it need not be there and is not."""
        found = [_text(name, one, TEXT_MAX) for one in self._list(name, None if required else [])]
        if required and not found:
            raise MalformedInput(name, "Give at least one.")
        return found

    def objects(self, name: str, *members: str) -> Sequence[Mapping[str, str]]:
        """Take a list of objects that have these texts and nothing else."""
        found = self._list(name, None)
        if not found or not all(isinstance(one, dict) and one.keys() == set(members) for one in found):
            raise MalformedInput(name, f"Give a list of objects with {' and '.join(members)}.")
        return [{member: _text(name, one[member], TEXT_MAX) for member in members} for one in found]

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def finish(self) -> None:
        """Refuse members that nobody has taken: whoever sent them meant something by them."""
        if self._members:
            raise MalformedInput("body", "It has a member that this address does not know.")

    def _take(self, name: str, default: object) -> Any:
        return self._members.pop(name, default)

    def _list(self, name: str, default: list[Any] | None) -> list[Any]:
        value = self._take(name, default)
        if not isinstance(value, list) or len(value) > ITEMS_MAX:
            raise MalformedInput(name, f"Give a list of at most {ITEMS_MAX}.")
        return value


def _text(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise MalformedInput(name, f"Give a text of at most {longest} characters.")
    return value.strip()


def _forms(name: str, values: Sequence[Any]) -> Sequence[PassForm]:
    try:
        return [PassForm(value) for value in values]
    except ValueError:
        raise MalformedInput(name, f"Choose from {', '.join(PassForm)}.") from None
