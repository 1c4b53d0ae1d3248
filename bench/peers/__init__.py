"""The gateway beside other servers on the same work: `python -m bench.peers`. How: docs/benchmarks.md."""
