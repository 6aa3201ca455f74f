"""The nouns that policies are written in."""
