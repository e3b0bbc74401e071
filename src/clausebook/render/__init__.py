"""Handbooks in, sites as data out: pages of HTML and files of bytes. It knows no site generator."""
