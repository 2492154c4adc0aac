//! The connector's rules against the fake host.
