"""Plays the cases of tests/dialects on our engine and on the genuine controllers."""
