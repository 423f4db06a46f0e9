//! CPython's memory, byte for byte.
