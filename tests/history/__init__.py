"""Histories: what concurrent clients saw, judged together with what the database holds in the end.

`journal` writes and reads a history as JSON lines, `snapshot` reads the ledger's tables, `checker` judges both
by the invariants I1 to I12, `clients` makes histories, and `mutants` are ledgers with a known bug that must be
caught.
"""
