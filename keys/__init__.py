"""The offline key tool: makes, rotates and checks the keys that the gateway reads. `keys/README.md` is its guide.

It depends on the standard library and `cryptography` alone. It never imports `gateway`, nor the other way round:
the files of a key home are all that the two share.
"""
