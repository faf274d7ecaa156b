def test_there():
    """There."""
