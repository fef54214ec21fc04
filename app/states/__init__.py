"""The projection of states: followed as the log grows, or made anew from its beginning."""
