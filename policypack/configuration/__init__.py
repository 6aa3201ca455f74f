"""Levels, settings, waivers and baselines."""
