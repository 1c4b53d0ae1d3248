"""The words and the rules of Laurel in plain Python: no GraphQL, no SQL, no HTTP, no tokens."""
