"""Coaches, playbook cards and role packs as data files, and the catalogue that loads them."""
