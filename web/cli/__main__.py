"""``python -m web.cli``: the programme where its script is not installed."""

from web.cli import main

if __name__ == "__main__":
    main()
