"""AppProject: what the Applications of a project may do, and when."""
