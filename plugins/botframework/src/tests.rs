//! What cases cannot show.
