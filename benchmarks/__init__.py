"""What the gateway and the policy pack cost, and how that grows, beside what one would use instead.

`python -m benchmarks` measures, draws the plots and writes the tables of docs/performance.md; `make bench` makes what
it needs first. Everything that is compared runs in one go, in turns, so that a busy machine is busy for all.
"""
