"""Examples of the operations: a registered document, variables, and what a sandbox answers to them, in one story.

A test plays `examples.json` from first to last against a sandbox, so the answers stay what is really answered.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One request and its answer. Lists in the answer may be shorter than a sandbox's."""

    title: str
    kind: str
    document: str
    variables: Mapping[str, Any]
    data: Mapping[str, Any]

    @property
    def root(self) -> str:
        """The root field that it is an example of."""
        [field] = self.data
        return field


def load_examples() -> Sequence[Example]:
    """Return all examples, in the order in which they can be run."""
    return [Example(**one) for one in json.loads(FILE.read_text("utf-8"))]
