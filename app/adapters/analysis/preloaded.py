"""What analysis processes have before their first task: imported once, by the process that they are forked of."""

import gc

import app.adapters.analysis.tasks  # noqa: F401 -- to have it imported is all
from app.catalogue import words_in

words_in("ru")
words_in("en")
gc.freeze()  # a collection would touch what the processes share, and each would get its own copy
