"""`/office/...`: what a card office's machine sends, outside of the partners' contract: JSON in, JSON or PDF out.

`addresses` says what there is. Each request has a token of the scope `office` and a proof for its very body; its
use case is one of `gateway.services`, the same that `gateway pass` calls. What identifies a resident comes in the
body, is used, and is neither kept nor repeated.
"""
