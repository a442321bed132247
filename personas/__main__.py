"""``python -m personas`` checks every data file and says what is there."""

from __future__ import annotations

import sys

from personas.catalogue import Catalogue, CatalogueError


def main() -> int:
    """Return 0 when all files are good, 1 with the first mistake on standard error."""
    catalogue = Catalogue()
    try:
        catalogue.check()
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 1
    cards = catalogue.all_cards
    print(
        f"{len(catalogue.coaches)} coaches, {len(cards)} cards, "
        f"{len(catalogue.roles)} role packs: all good"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
