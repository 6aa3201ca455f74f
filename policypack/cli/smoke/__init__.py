"""Sends requests to a deployed gateway, and reports by layer what it denies and what it serves."""
