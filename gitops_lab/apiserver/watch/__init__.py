"""Watches: who gets which change, in which form, and when a stream ends."""
