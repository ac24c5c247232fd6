//! Avatars to choose from.

use std::collections::HashSet;

use twinspace::media::avatar::{NAMES, png};

#[test]
fn there_are_two_dozen_and_no_two_look_alike() {
    let drawn: HashSet<_> = NAMES.iter().map(|name| png(name).unwrap()).collect();
    assert_eq!(drawn.len(), 24);
    for png in drawn {
        let image = image::load_from_memory(png).unwrap();
        assert_eq!((image.width(), image.height()), (256, 256));
    }
    assert_eq!(png("coral-wolf"), None);
}
