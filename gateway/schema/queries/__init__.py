"""One file per root field that only reads."""
