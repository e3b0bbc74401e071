"""Clausebook: one clause library and small override files become checked, traceable handbooks."""

__version__ = "0.1.0"
