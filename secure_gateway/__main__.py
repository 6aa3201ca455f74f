"""Serves the component package; `python -m secure_gateway --schema` prints its schema."""

import sys

from secure_gateway.provider import serve

if __name__ == "__main__":
    serve(sys.argv[1:])
