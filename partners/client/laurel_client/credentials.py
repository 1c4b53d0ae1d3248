"""What a partner was given: who it is, where the gateway is, one device's key, and what it may send."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from laurel_client.errors import BadCredentials, UnknownDocument
from laurel_client.signing import DeviceKey


@dataclass(frozen=True, slots=True)
class Document:
    """A GraphQL document registered for this kind of partner; `name` is that of its one operation.

    `id` is `sha256:` and the hash of its text. It alone is sent; a text in the partner file is for people.
    """

    name: str
    id: str
    text: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _DOCUMENT_ID.fullmatch(self.id):
            raise BadCredentials(f"The id of the document {self.name!r} is not sha256: and 64 digits.")
        if self.text is not None and self.id != document_id(self.text):
            raise BadCredentials(f"The document {self.name!r} was changed: its id is not the hash of its text.")


def document_id(text: str) -> str:
    """Return the id of a document's text, as `sha256sum` of its file shows it."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The content of a partner file. `occasions` maps a reward that needs one to the ids of its occasions."""

    partner_id: str
    client_id: str
    kind: str
    scopes: frozenset[str]
    rewards: tuple[str, ...]
    issuer: str
    token_endpoint: str
    graphql_endpoint: str
    key: DeviceKey
    documents: Mapping[str, Document] = field(repr=False)
    occasions: Mapping[str, tuple[str, ...]]

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a partner file.

        Raises:
            BadCredentials: it is unreadable, incomplete or its key is wrong; the message names the file.
        """
        try:
            # Parsed in a function of its own: a JSON error keeps the whole text, the key included.
            content = _parsed(Path(path).read_bytes())
        except OSError as error:
            raise BadCredentials(f"{path}: {error.strerror}.") from None
        if content is None:
            raise BadCredentials(f"{path}: not a JSON object.")
        try:
            return cls.from_mapping(content)
        except BadCredentials as error:
            raise BadCredentials(f"{path}: {error}") from None

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Self:
        """Take the content of a partner file, or raise BadCredentials."""
        try:
            return cls(
                **{name: _text(content, name) for name in _TEXTS},
                scopes=frozenset(content["scopes"]),
                rewards=tuple(content["rewards"]),
                key=DeviceKey(content["key"]),
                documents={
                    name: Document(name, document["id"], document.get("text"))
                    for name, document in content["documents"].items()
                },
                occasions={reward: tuple(ids) for reward, ids in content["occasions"].items()},
            )
        except KeyError as error:
            raise BadCredentials(f"{error.args[0]!r} is missing.") from None
        except (TypeError, AttributeError):
            raise BadCredentials("A value has the wrong type.") from None

    def document(self, name: str) -> Document:
        """Return a registered document, or raise UnknownDocument."""
        if name not in self.documents:
            raise UnknownDocument(name)
        return self.documents[name]


_DOCUMENT_ID = re.compile("sha256:[0-9a-f]{64}")
_TEXTS = ("partner_id", "client_id", "kind", "issuer", "token_endpoint", "graphql_endpoint")


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content[name]
    if not isinstance(value, str) or not value:
        raise BadCredentials(f"{name!r} is not a text.")
    return value


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(raw)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
