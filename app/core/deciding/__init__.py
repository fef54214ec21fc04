"""What persons decide about reviews: folded, applied, and what is to be looked at first."""
