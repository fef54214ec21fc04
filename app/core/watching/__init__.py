"""What an operator is told: how each worker is, how the work flows, what is wrong and what mends it."""
