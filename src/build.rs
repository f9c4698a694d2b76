//! Links the unwinder into the program where it would else be one more library to load.
//!
//! The loader's work on `libgcc_s.so` takes longer than a request on loopback. The same code comes as
//! `libgcc_eh.a` with every GCC; where there is none, or where it isn't known which compiler links for
//! another machine, the shared library does as well. Who uses the library `nxp` gets the same.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=src/build.rs");
    let target = |key: &str| env::var(format!("CARGO_CFG_TARGET_{key}")).unwrap_or_default();
    let is_glibc = target("OS") == "linux" && target("ENV") == "gnu";
    if is_glibc && linker().is_some_and(|linker| has(&linker, "libgcc_eh.a")) {
        println!("cargo::rustc-link-lib=gcc_eh");
    }
}

/// The C compiler that links the program, where that is certain.
fn linker() -> Option<OsString> {
    env::var_os("RUSTC_LINKER").or_else(|| {
        let is_own = env::var_os("HOST") == env::var_os("TARGET");
        is_own.then(|| "cc".into())
    })
}

/// Whether a C compiler has this library.
fn has(compiler: &OsStr, library: &str) -> bool {
    let found = Command::new(compiler)
        .arg(format!("-print-file-name={library}"))
        .output();
    // A library that isn't there is answered by its bare name.
    found.is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_absolute())
}
