//! Embeds the wallet page if it is built (`make page`), so that the program needs no files beside it. Where it is
//! not built nothing is embedded, and the sandbox serves a small page of its own.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

fn main() {
    let variable = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let page = variable("CARGO_MANIFEST_DIR").join("../../target/web/page");
    let out_dir = variable("OUT_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", page.display());
    // Cargo runs this script again and again where the folder is absent.
    if let Err(error) = make_old_folder(&page) {
        println!("cargo::warning={}: {error}", page.display());
    }

    let mut files = Vec::new();
    if page.join("index.html").is_file() {
        if let Err(error) = find(&page, "", &mut files) {
            println!("cargo::error={}: {error}", page.display());
        }
    }
    // Copies, so that a page that is built anew meanwhile cannot be embedded in part.
    let copies = out_dir.join("page");
    let _ = fs::remove_dir_all(&copies);
    fs::create_dir_all(&copies).expect("the build directory is writable");
    files.sort();
    let mut source = String::from("&[\n");
    for (index, name) in files.iter().enumerate() {
        let copy = copies.join(index.to_string());
        match fs::read(page.join(name)) {
            Ok(bytes) => fs::write(&copy, bytes).expect("the build directory is writable"),
            Err(error) => println!("cargo::error={name}: {error}"),
        }
        source += &format!(
            "({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/page/{index}\"))),\n"
        );
    }
    source += "]\n";
    fs::write(out_dir.join("page.rs"), source).expect("the build directory is writable");
}

/// Creates a folder where there is none, as if it had always been there: one that is newer than the run of this
/// script would be a change.
fn make_old_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::File::open(folder)?.set_modified(SystemTime::UNIX_EPOCH)
}

/// The files in a folder, by the paths that they are served at.
fn find(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap_or_default();
        let path = format!("{prefix}{name}");
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.starts_with('.') || name.is_empty() || !name.chars().all(is_plain) {
            println!("cargo::warning=not embedded, for its name: {path:?}");
        } else if entry.file_type()?.is_dir() {
            find(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
