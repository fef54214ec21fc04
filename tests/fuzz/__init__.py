"""Coverage-guided fuzzing of the doors that students' files come in by (`make fuzz`).

`doors` turns any bytes into an archive, a notebook or a log, reads it, and checks what must hold for every input;
`__main__` lets atheris look for bytes that break it, and says how dear the dearest input was.
"""
