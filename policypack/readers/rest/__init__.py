"""Reads REST APIs."""
