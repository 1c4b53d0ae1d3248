"""One use case per file. Services decide; they never see SQL, HTTP, GraphQL or a token."""
