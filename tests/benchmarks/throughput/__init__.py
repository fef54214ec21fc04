"""The line side by side with its peers: `make bench`. One port, an adapter for each, the same servers for all."""
