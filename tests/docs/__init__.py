"""What is generated into `docs/`: `make docs` writes it, and a test holds it against what stands there."""
