"""What delamp costs, measured on private servers: `python -m benchmarks --help`."""
