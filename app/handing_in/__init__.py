"""Handing in over HTTP: an archive put in place, a submission produced once."""
