"""Styles of the band."""
