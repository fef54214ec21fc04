"""What the peers run, in an environment of their own: each by the means of its own documentation.

`work.py` is the same for all of them: the question, the comparison by our pure core, the document, the delivery.
"""
