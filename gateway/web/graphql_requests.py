"""From an HTTP request to an `Operation`: media types both ways, strict JSON, and the shape of a request.

POST brings all of it in the body. GET is for the sandbox alone and brings it in the address, which others log;
a mutation never comes so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.datastructures import QueryParams

from gateway.auth import strict_json
from gateway.web.graphql_errors import JSON
from gateway.web.heads import Fields

BODY_DEPTH_MAX = 8
"""Variables, an input, a list of items and what is in them: six levels."""

ACCEPTED_MAX = 64
"""What clients accept, remembered with what they get: each library sends one line."""

GRAPHQL_RESPONSE = "application/graphql-response+json"

_KINDS = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "*/*": JSON, "application/*": JSON}
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE | re.ASCII)
_DOCUMENT_ID = re.compile("sha256:[0-9a-f]{64}")
"""GraphQL over HTTP, appendix Persisted Documents: the SHA256 hex document identifier."""

_TEXTS = ("documentId", "query", "operationName")
_OBJECTS = ("variables", "extensions")


@dataclass(frozen=True, slots=True)
class Operation:
    """A well-formed GraphQL request: with the id of a registered document, or with a text, and never both.

    One that came by GET may only ask.
    """

    document_id: str | None
    text: str | None
    variables: Mapping[str, Any] | None
    name: str | None
    asks_only: bool = False


class BadRequest(Exception):
    """The request is no GraphQL request; the message says what it has to be."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def negotiate(accept: Sequence[str]) -> str:
    """Return the media type to answer in: of ours the one that the client likes best, the first of equals.

    A client that names none gets JSON (RFC 9110 section 12.5.1; GraphQL over HTTP section 6.3).

    Raises:
        BadRequest: it takes neither.
    """
    return _negotiated(",".join(accept)) if accept else JSON


@lru_cache(ACCEPTED_MAX)
def _negotiated(accept: str) -> str:
    named = [part.split(";") for part in accept.split(",")]
    liked = sorted(((_liking(rest), kind.strip().lower()) for kind, *rest in named), key=lambda each: -each[0])
    for liking, kind in liked:
        if liking > 0 and kind in _KINDS:
            return _KINDS[kind]
    raise BadRequest(406, f"Accept {GRAPHQL_RESPONSE} or {JSON}.")


def _liking(parameters: Sequence[str]) -> float:
    """Return the weight among a media range's parameters: 0 is not at all, 1, the default, is best."""
    found = (_WEIGHT.fullmatch(each.strip()) for each in parameters)
    return next((float(weight[1]) for weight in found if weight), 1.0)


def posted(headers: Fields, body: bytes) -> Operation:
    """Return the operation in the body of a POST.

    Raises:
        BadRequest: it has another media type, is no strict JSON object, or has a member of a wrong type.
    """
    types = headers.getlist("content-type")
    if len(types) != 1 or not (types[0] == JSON or _is_json(types[0])):
        raise BadRequest(415, f"Send the request as {JSON}.")
    if "content-encoding" in headers:
        raise BadRequest(415, "Send the body without a content encoding.")
    return _operation(_object("The body", body))


def _is_json(content_type: str) -> bool:
    """Whether a media type with parameters is JSON's in UTF-8."""
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.replace('"', "").strip().lower()
    return media_type.strip().lower() == JSON and charset in ("", "charset=utf-8")


def in_address(query: QueryParams) -> Operation:
    """Return the operation in the address of a GET, which may only ask.

    Raises:
        BadRequest: a parameter comes twice, or is not what it has to be.
    """
    for name in (*_TEXTS, *_OBJECTS):
        if len(query.getlist(name)) > 1:
            raise BadRequest(400, f"Give {name} once.")
    members: dict[str, Any] = {name: query[name] for name in _TEXTS if name in query}
    for name in _OBJECTS:
        if query.get(name):
            members[name] = _object(f"The parameter {name}", query[name].encode("utf-8", "surrogatepass"))
    return _operation(members, asks_only=True)


def _object(what: str, text: bytes) -> Mapping[str, Any]:
    try:
        return strict_json.loads(text, depth_max=BODY_DEPTH_MAX)
    except strict_json.NotStrict as wrong:
        raise BadRequest(400, f"{what} has to be one strict JSON object: {wrong}.") from None


def _operation(members: Mapping[str, Any], *, asks_only: bool = False) -> Operation:
    document_id, text = members.get("documentId"), members.get("query")
    variables, name = members.get("variables"), members.get("operationName")
    if document_id is None and text is None:
        raise BadRequest(400, "Name a registered document in documentId.")
    if document_id is not None and text is not None:
        raise BadRequest(400, "Give documentId or query, and not both.")
    if document_id is not None and not (isinstance(document_id, str) and _DOCUMENT_ID.fullmatch(document_id)):
        raise BadRequest(400, "Give documentId as sha256: and 64 of the digits 0-9 a-f.")
    if text is not None and not (isinstance(text, str) and text.strip()):
        raise BadRequest(400, "Give the document in query, as a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, "Give the variables as an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest(400, "Give operationName as a string.")
    if not isinstance(members.get("extensions", {}), dict | None):
        raise BadRequest(400, "Give extensions as an object.")
    return Operation(document_id, text, variables, name or None, asks_only)
