//! Links the unwinder into the program where it would else be one more library to load.
//!
//! The loader's work on `libgcc_s.so` takes longer than a request on loopback. The same code comes as
//! `libgcc_eh.a` with every GCC; where there is none, the shared library does as well.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let target = |key: &str| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" && is_there("libgcc_eh.a") {
        println!("cargo::rustc-link-lib=gcc_eh");
    }
}

/// Whether the C compiler that links the program has this library.
fn is_there(library: &str) -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let found = Command::new(linker)
        .arg(format!("-print-file-name={library}"))
        .output();
    // A library that isn't there is answered by its bare name.
    found.is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_absolute())
}
