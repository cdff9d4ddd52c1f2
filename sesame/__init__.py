"""Sesame: what the warehouse does that SQL cannot — landing, keys, publishing, the command line."""
