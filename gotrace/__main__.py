"""`python -m gotrace` is `gotrace`."""

from gotrace.cli import main

if __name__ == "__main__":
    main()
