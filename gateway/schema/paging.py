"""Pages as Relay defines them: what a connection says of itself."""

from collections.abc import Sequence

from strawberry.relay import PageInfo


def page_info(cursors: Sequence[str], *, after: str | None, has_more: bool) -> PageInfo:
    """Return what a page with these cursors, asked for after another one, says of itself."""
    return PageInfo(
        has_next_page=has_more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
