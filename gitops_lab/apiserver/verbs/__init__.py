"""What can be done to a resource: one module a verb, and the steps that writes share."""
