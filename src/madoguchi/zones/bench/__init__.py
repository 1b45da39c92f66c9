"""The benches: each measures the product against a reference that does nothing but the irreducible work, in the same run."""
