"""Songs as ChordPro, data only; SOURCES.md says where each comes from."""
