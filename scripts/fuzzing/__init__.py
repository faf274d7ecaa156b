"""Random bytes and random requests for the embedded API server: none may end in a traceback."""
