"""The AWS resources of the API itself and of its stages."""
