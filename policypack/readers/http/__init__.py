"""Reads HTTP and WebSocket APIs."""
