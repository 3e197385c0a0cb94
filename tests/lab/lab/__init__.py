"""A cloud in network namespaces: an outside client, a cluster host, guests. See lab.py."""
