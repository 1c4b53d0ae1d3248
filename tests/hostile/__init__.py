"""Hostile tokens at the real HTTP server, one row for each, by the check that they try.

The names of the checks are those of the profile: A transport, B form of a token (JOSE), C keys, D client
assertion, E access token, F proof, G body. D5, C2, G1 and G3 are not ours: one key signs assertion and proof, no
key is ever fetched, and `content_digest` takes the place of RFC 9421 (docs/decisions/0020-body-bound-proofs.md).
"""
