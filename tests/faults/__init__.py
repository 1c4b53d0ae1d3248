"""Faults, each amid concurrent clients over HTTP; `tests.history` judges what they saw and what the ledger holds.

`towns` sets a deployment up in a second, `crew` is its box office, `verdict` judges, `breaking` breaks things,
and `faulty` is a gateway with a fault inside. `FAULT_SECONDS` is how long the clients work in each phase, and
`FAULT_SEEDS` how many seeds each test plays: `make soak` sets both.
"""
