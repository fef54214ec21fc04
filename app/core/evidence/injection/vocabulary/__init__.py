"""Words that steering texts are made of, by what they mean, a module for each part of speech.

A word that ends in `*` is a stem.
"""
