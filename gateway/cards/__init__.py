"""Printed cards: panels in, pages out. Knows nothing of residents, databases or commands."""
