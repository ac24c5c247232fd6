//! The program `twinspace`.

fn main() {}
