"""Flux's sources: GitRepository."""
