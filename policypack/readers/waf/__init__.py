"""Reads AWS WAF web ACLs."""
