"""One file per root field with an effect."""
