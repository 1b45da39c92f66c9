"""Commands of the exchange: sending files and taking files in."""
