"""Reads args: fields, types, bounds, and every mistake in one error."""
