"""Second person: on the same screen or by a queue, never the same person twice."""
