"""A web page that shows which version of it runs; started as a script, never imported."""
