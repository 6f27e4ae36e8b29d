"""One adapter per library, each in its own module."""
