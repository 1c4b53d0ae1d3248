"""How long an operation may take: a gate's second, or two where it does many things at once."""

from graphql import DocumentNode, ExecutableDefinitionNode, FieldNode

SECONDS_MAX = 1.0
"""A gate has half a second; whoever waited for one has gone, and the answer would come for nobody."""

LONG_SECONDS_MAX = 2.0
LONG = frozenset({"cancelOccasion", "settlement", "uploadRedemptions"})
"""Fields of the root that do dozens of things in one request; nobody waits for them at a gate."""


def seconds_max(document: DocumentNode) -> float:
    """Return how many seconds an operation of a document may take."""
    definitions = (one for one in document.definitions if isinstance(one, ExecutableDefinitionNode))
    chosen = (field for one in definitions for field in one.selection_set.selections)
    names = {field.name.value for field in chosen if isinstance(field, FieldNode)}
    return SECONDS_MAX if names.isdisjoint(LONG) else LONG_SECONDS_MAX
