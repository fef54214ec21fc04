"""What neighbours may rely on: schemas of our records, a description of the topics, and what breaks a promise."""
