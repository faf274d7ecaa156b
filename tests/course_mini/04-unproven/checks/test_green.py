def test_green():
    """It is always green."""
