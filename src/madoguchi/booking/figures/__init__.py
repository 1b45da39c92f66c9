"""What happened, in numbers: occupancy, lead times, no-shows, ways of booking, waits."""
