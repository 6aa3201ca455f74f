"""Reads CloudWatch alarms."""
