"""Plans: what a registered document does, worked out once at the start.

A plan knows the way on which all goes well, and no other. What is not plain is left to graphql-core: a request
before anything ran, a result with the resolver's outcome in hand. So errors and null propagation have one source.
"""


class Unplannable(Exception):
    """There is no plan for this document; the message says why. graphql-core runs it."""


class NotPlain(Exception):
    """A value is not what the plan is made for; graphql-core knows what to make of it."""
