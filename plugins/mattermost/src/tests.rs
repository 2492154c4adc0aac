//! What cases cannot show: what is warned of, settings that are refused at start, answers that never come.
