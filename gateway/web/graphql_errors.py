"""An answer that is one GraphQL error: what the edge says where no operation ran."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from gateway.domain.error_codes import ErrorCode

JSON = "application/json"


def refusal(
    status: int,
    code: ErrorCode,
    message: str,
    *,
    extensions: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """Return an answer with one error and no data; whoever keeps answers on the way does not keep this one."""
    error = {"message": message, "extensions": {"code": code.value, **(extensions or {})}}
    return JSONResponse(
        {"errors": [error]},
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=f"{media_type}; charset=utf-8",
    )
