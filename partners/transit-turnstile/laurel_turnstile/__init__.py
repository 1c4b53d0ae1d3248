"""A gate's agent: asks the gateway, decides alone while the line is down, and hands in each tap exactly once."""
