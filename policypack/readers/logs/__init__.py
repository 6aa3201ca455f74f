"""Reads access logs and log groups."""
