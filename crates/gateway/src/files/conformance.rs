//! What every store of files must do, whatever it is made of. A store's own tests call [`run`].

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::blobs::{Blobs, Folder};

/// Plays the whole suite. Files to be kept are made in `scratch`.
pub(super) fn run(blobs: &dyn Blobs, scratch: &Path) {
    what_is_put_is_read_whole(blobs, scratch);
    what_is_put_again_is_what_was_put_last(blobs, scratch);
    what_is_not_there_is_said_to_be_missing(blobs, scratch);
    readers_do_not_disturb_each_other(blobs, scratch);
}

pub(super) fn upload(scratch: &Path, bytes: &[u8]) -> std::path::PathBuf {
    let path = scratch.join(crate::config::random_token(9).unwrap());
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Bytes that are unlike at each place.
pub(super) fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..))
        .take(length)
        .collect()
}

pub(super) fn all(blobs: &dyn Blobs, id: &str) -> Vec<u8> {
    let mut read = Vec::new();
    blobs.read(id).unwrap().read_to_end(&mut read).unwrap();
    read
}

fn what_is_put_is_read_whole(blobs: &dyn Blobs, scratch: &Path) {
    // Around the sizes of chunks and parts; ids are of all letters that ids are made of.
    const MIB: usize = 1024 * 1024;
    for (number, length) in [1, 65_537, MIB, MIB + 1, 8 * MIB, 8 * MIB + 1, 17 * MIB]
        .into_iter()
        .enumerate()
    {
        let id = format!("f_aZ-09_{number}");
        let expected = bytes(length, number as u64);
        blobs.put(&upload(scratch, &expected), &id).unwrap();
        assert!(all(blobs, &id) == expected, "{length}");
        blobs.delete(&id).unwrap();
        let gone = blobs.read(&id).map(drop).unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound, "{length}");
    }
}

fn what_is_put_again_is_what_was_put_last(blobs: &dyn Blobs, scratch: &Path) {
    for text in [b"first".as_slice(), b"the second one", b"3"] {
        blobs.put(&upload(scratch, text), "f_again").unwrap();
        assert_eq!(all(blobs, "f_again"), text);
    }
    blobs.delete("f_again").unwrap();
}

fn what_is_not_there_is_said_to_be_missing(blobs: &dyn Blobs, scratch: &Path) {
    let missing = blobs.read("f_nothing").map(drop).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    blobs.delete("f_nothing").unwrap();
    let no_upload = scratch.join("no-upload");
    assert!(blobs.put(&no_upload, "f_nothing").is_err());
    assert!(blobs.read("f_nothing").is_err());
}

fn readers_do_not_disturb_each_other(blobs: &dyn Blobs, scratch: &Path) {
    let (one, other) = (bytes(3_000_000, 1), bytes(2_000_000, 2));
    blobs.put(&upload(scratch, &one), "f_one").unwrap();
    blobs.put(&upload(scratch, &other), "f_other").unwrap();
    let mut slow = blobs.read("f_one").unwrap();
    let mut read = vec![0; 10];
    slow.read_exact(&mut read).unwrap();
    let others = ["f_one", "f_other", "f_one", "f_other"];
    std::thread::scope(|threads| {
        for id in others {
            let expected = if id == "f_one" { &one } else { &other };
            threads.spawn(move || assert!(all(blobs, id) == *expected));
        }
    });
    slow.read_to_end(&mut read).unwrap();
    assert!(read == one);
    blobs.delete("f_one").unwrap();
    assert!(all(blobs, "f_other") == other);
    blobs.delete("f_other").unwrap();
}

#[test]
fn the_folder_keeps_files_as_every_store_must() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::new(folder.path().join("files")).unwrap();
    run(&blobs, folder.path());
}
