"""A shop of three services: a page, an API behind it, and a store that keeps orders on a volume."""
