"""What a document may ask for at once."""

from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, ValidationRule

TOKENS_MAX = 500
"""A partner's longest document has 150 tokens."""


class OneEffect(ValidationRule):
    """A mutation has one field, written out: one proof, one effect, one answer."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: Any) -> None:
        """Refuse several fields, and a fragment that could hide them."""
        selections = node.selection_set.selections
        if node.operation is OperationType.MUTATION and (
            len(selections) != 1 or not isinstance(selections[0], FieldNode)
        ):
            self.report_error(GraphQLError("A mutation has exactly one field.", node))
