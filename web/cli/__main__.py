"""``python -m web.cli``: the programme where its script is not installed."""

from web.cli import main

main()
