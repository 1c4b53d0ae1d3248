"""Which document a request may run: a registered one of the caller's kind; in the sandbox, any text as well."""

from gateway.domain.error_codes import ErrorCode
from gateway.schema.documents import WrongDocument
from gateway.schema.execution import NotExecuted
from gateway.schema.public_errors import for_document
from gateway.schema.registered import RegisteredDocument, RegisteredDocuments


def _refusal(code: ErrorCode, message: str) -> NotExecuted:
    return NotExecuted(for_document(WrongDocument(code, message)))


NOT_REGISTERED = _refusal(
    ErrorCode.DOCUMENT_NOT_REGISTERED,
    "No document of this id is registered for this kind of partner. The id is sha256: and the hash of its file.",
)
"""The same for an unknown id and for another kind's: neither is there for this device."""

ID_REQUIRED = _refusal(
    ErrorCode.DOCUMENT_ID_REQUIRED,
    "Send documentId in place of query: this gateway runs registered documents alone.",
)


def admit(
    documents: RegisteredDocuments, *, kind: str, document_id: str | None, text: str | None, any_text: bool
) -> RegisteredDocument | str | NotExecuted:
    """Return what a request of a device of a kind may run: the document with its id, or its own text.

    Exactly one of the two is given. A text is refused before it is parsed, even if it is a registered one's.
    """
    if document_id is not None:
        return documents.find(kind, document_id) or NOT_REGISTERED
    assert text is not None
    return text if any_text else ID_REQUIRED
