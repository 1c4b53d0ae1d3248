"""The addresses of the card office's interface."""

OFFICE = "/office/"

PROGRAMME, ISSUE, PRINT, REPLACE, REVOKE, PASSES, PASS, DENIAL, ACCESS_LOG = OFFICE_PATHS = tuple(
    OFFICE + name
    for name in ("programme", "issue", "print", "replace", "revoke", "passes", "pass", "denial", "access-log")
)
