"""What an operator sees of the whole installation, gathered for everybody who looks."""
