"""Policies for the secure front door of an AWS API: six layers, any stack, however its API is declared."""
