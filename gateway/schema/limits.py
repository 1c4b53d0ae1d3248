"""What a document may ask for at once."""

from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType, ValidationRule

TOKENS_MAX = 500
"""A partner's longest document has 150 tokens."""

ROOT_FIELDS_MAX = 5
"""A desk asks about one pass for its few rewards; each root field may take a connection to the database."""


class FewFields(ValidationRule):
    """A mutation has one field: one proof, one effect, one answer. A query has few. Both are written out."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: Any) -> None:
        """Refuse more, and a fragment that could hide them."""
        fields = node.selection_set.selections
        if node.operation is OperationType.MUTATION and len(fields) != 1:
            self.report_error(GraphQLError("A mutation has exactly one field.", node))
        elif len(fields) > ROOT_FIELDS_MAX:
            self.report_error(GraphQLError(f"A query has at most {ROOT_FIELDS_MAX} fields at its root.", node))
        elif not all(isinstance(field, FieldNode) for field in fields):
            self.report_error(GraphQLError("Write the fields at the root out, without fragments.", node))
