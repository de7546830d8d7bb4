//! The crates' Rust, as far as it is not there for tests alone.

use std::path::{Path, PathBuf};

use syn::Attribute;

use crate::root;

/// Every file in the crates, by its path from there, and what is written in it.
pub(crate) fn sources() -> Vec<(String, syn::File)> {
    let crates = root().join("crates");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&crates).unwrap() {
        gather(&entry.unwrap().path().join("src"), &mut files);
    }
    assert!(files.len() > 100, "where have the files gone?");
    let read = |file: PathBuf| {
        let tree = syn::parse_file(&std::fs::read_to_string(&file).unwrap()).unwrap();
        (file.strip_prefix(&crates).unwrap().to_str().unwrap().to_owned(), tree)
    };
    files.into_iter().map(read).collect()
}

/// Every file below a folder that is there for more than tests.
pub(crate) fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.file_stem().unwrap() == "tests" {
            continue;
        }
        if entry.is_dir() {
            gather(&entry, files);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            files.push(entry);
        }
    }
}

/// Whether these say that it is there for tests alone.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|on| on.is_ident("test"))
    })
}
