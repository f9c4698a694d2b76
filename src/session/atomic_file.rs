//! Files that are private to the user and replaced whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use uuid::Uuid;

/// The namespace of the digests: random, and never changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1d_8a0e_93c4_4b7a_8d26_0c9e_71b5_e3f4);

/// A file name made from these parts: a digest, so that any text is a valid name and none of it can be
/// read (RFC 9562, section 5.5).
pub(super) fn digest_of(parts: &[&str]) -> String {
    let name = Uuid::new_v5(&NAMESPACE, parts.join("\n").as_bytes());
    name.simple().to_string()
}

/// Makes a folder and its parents, private to the user (XDG Base Directory Specification).
pub(super) fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file to lock or overwrite it, and creates it if necessary.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    open_without_waiting(path, &mut options)
}

/// Opens a file to read or lock it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_without_waiting(path, File::options().read(true))
}

/// Reads a whole file.
///
/// # Errors
/// Also if it is not a regular file: a device or a named pipe may never end.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

/// Opens a file. With a named pipe, a plain open would wait for its other end.
fn open_without_waiting(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        rustix::fs::OFlags::NONBLOCK.bits().cast_signed(),
    );
    options.open(path)
}

/// Whether a replaced file must survive a power cut that follows at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It must.
    Synced,
    /// It need not: it can be created again.
    Lazy,
}

/// Puts `content` in a file's place at once: a reader sees the old content or the new one.
pub(super) fn replace(path: &Path, content: &[u8], durability: Durability) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    if durability == Durability::Synced {
        file.as_file().sync_all()?;
    }
    file.persist(path)?;
    #[cfg(unix)]
    if durability == Durability::Synced {
        // The file is in its place; some file systems can't sync a folder.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Writes `content` over a file, for what may be lost: a reader may see a mixture, and a kill may
/// leave one. Unlike [`replace`] it makes no file system write the data at once: a switch with three
/// of these takes 1 ms less (`tests/bench/run`).
pub(super) fn overwrite(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = lock_file(path)?;
    file.write_all(content)?;
    file.set_len(content.len() as u64)
}

/// Whether an error says that there is no such file.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
