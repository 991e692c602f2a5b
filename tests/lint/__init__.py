"""The house rules that a compiler does not know. `python3 -m lint` runs them all."""
