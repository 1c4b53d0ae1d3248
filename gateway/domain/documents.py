"""The GraphQL documents that partners' devices send: text here, whose meaning is the schema's business."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of a kind of partner. `name` is what its file promises its one operation to be called."""

    name: str
    text: str = field(repr=False)
    file: Path

    @property
    def id(self) -> str:
        """The id by which requests name it: `sha256:` and the hex digest of its UTF-8 bytes.

        The SHA256 hex document identifier of GraphQL over HTTP, appendix Persisted Documents.
        """
        return document_id(self.text)


def document_id(text: str) -> str:
    """Return the id of a document's text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
