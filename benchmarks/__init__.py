"""Measures what the gateway and the policy pack cost, how the cost grows, and how it compares with the alternatives.

`python -m benchmarks` measures, draws the plots and writes the tables of docs/performance.md. `make bench` installs
what it needs first. Things that are compared run alternately in one session, so that other load on the machine affects
all of them.
"""
