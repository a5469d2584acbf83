"""`python -m dafeng` is the same as the `dafeng` command."""

from dafeng.cli import main

if __name__ == "__main__":
    main()
