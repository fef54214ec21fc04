"""`python -m app`: the same commands as `reviewstream`."""

from app.cli.main import main

if __name__ == "__main__":
    main()
