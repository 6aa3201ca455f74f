"""Runs the policies over one or many stacks."""
