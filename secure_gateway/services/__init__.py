"""Integrations that call an AWS service without a function between."""
