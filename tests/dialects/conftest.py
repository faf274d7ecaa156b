"""A cluster for the tests of the dialects: the same as the engine's tests have."""

from tests.engine.conftest import engine_client, world

__all__ = ["engine_client", "world"]
