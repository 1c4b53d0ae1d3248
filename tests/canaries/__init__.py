"""Canaries: values that belong to nobody, looked for in everything that the system ever wrote or sent."""
