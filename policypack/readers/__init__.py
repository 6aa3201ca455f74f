"""Reads the model from the resource graph, one module for each AWS service."""
