//! Builds the web client and tells the crate where it is, so that it becomes a part of the program.
//!
//! `CHATTERBOX_WEB_DIST=DIR` takes a ready build instead, `CHATTERBOX_WEB=stub` does without the pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const HINT: &str = "Install Node.js 20.19 or newer with npm, or set CHATTERBOX_WEB=stub to build without the pages.";

fn main() {
    println!("cargo::rerun-if-env-changed=CHATTERBOX_WEB_DIST");
    println!("cargo::rerun-if-env-changed=CHATTERBOX_WEB");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let pages = match pages(&out) {
        Ok(pages) => pages,
        Err(reason) => {
            println!("cargo::error={reason} {HINT}");
            return;
        }
    };
    println!("cargo::rustc-env=CHATTERBOX_EMBEDDED_PAGES={}", pages.display());
}

fn pages(out: &Path) -> Result<PathBuf, String> {
    if let Some(ready) = env::var_os("CHATTERBOX_WEB_DIST") {
        println!("cargo::rerun-if-changed={}", Path::new(&ready).display());
        return Ok(ready.into());
    }
    if env::var_os("CHATTERBOX_WEB").is_some_and(|value| value == "stub") {
        return stub(&out.join("stub")).map_err(|error| format!("Cannot write the stand-in pages: {error}."));
    }
    build(out)
}

fn stub(pages: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(pages)?;
    for page in ["login", "register", "join", "device", "chat", "admin"] {
        let text = "<!doctype html><title>ChatterBox</title><p>This program was built without its pages.";
        fs::write(pages.join(format!("{page}.html")), text)?;
    }
    // What the server has of the host's own is there without the pages, too.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/public");
    for file in ["favicon.ico", "robots.txt", "manifest.webmanifest"] {
        println!("cargo::rerun-if-changed={}", source.join(file).display());
        fs::copy(source.join(file), pages.join(file))?;
    }
    Ok(pages.to_owned())
}

/// Builds a copy, because a build must not write into the source tree.
fn build(out: &Path) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let copy = out.join("web");
    copy_sources(&source, &copy).map_err(|error| format!("Cannot copy the web client: {error}."))?;
    let lock = fs::read(copy.join("package-lock.json")).unwrap_or_default();
    let installed = copy.join("node_modules/.installed-lock");
    if fs::read(&installed).is_ok_and(|known| known == lock) {
        // What the lock file names is there already.
    } else {
        // With npm's default of two retries an unreachable registry would hold the build for more than a minute.
        npm(&copy, &["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--fetch-retries=0"])?;
        fs::write(&installed, lock).map_err(|error| format!("Cannot write into the build directory: {error}."))?;
    }
    npm(&copy, &["run", "build"])?;
    Ok(copy.join("dist"))
}

fn copy_sources(source: &Path, copy: &Path) -> io::Result<()> {
    fs::create_dir_all(copy)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        let name = entry.file_name();
        if ["node_modules", "dist"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        println!("cargo::rerun-if-changed={}", entry.path().display());
        let target = copy.join(&name);
        if entry.file_type()?.is_dir() {
            // Without this, a file that was deleted in the source would live on in the copy.
            if target.exists() {
                fs::remove_dir_all(&target)?;
            }
            copy_sources(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn npm(directory: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(directory)
        .output()
        .map_err(|error| format!("Cannot run npm: {error}."))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    Err(format!("`npm {}` failed: {last}.", arguments.join(" ")))
}
