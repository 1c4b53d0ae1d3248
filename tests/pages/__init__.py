"""Pages for people, in a real browser and under node."""
