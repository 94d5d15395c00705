"""Data files: instruments, controllers, colours and people, read and checked."""
