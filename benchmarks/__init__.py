"""How fast and frugal the program is, each figure beside a plain thing of the same run."""
