"""Prefect flows: thin, one task per step."""
