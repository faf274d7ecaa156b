"""Builds a node image for kind out of packages, where no image registry is in reach."""
