"""Coaches, playbook cards and role packs: knowledge as data files, and the catalogue that loads them."""
