"""The HTTP API: requests become stories of the rooms below, their results become answers; no logic of its own."""
