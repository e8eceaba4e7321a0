//! The one integration binary: it drives the real program.
