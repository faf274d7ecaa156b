"""Argo CD's resources, served by our engine."""
