"""The two changelog tables: each student's previous submissions, and the reviews given for them."""
