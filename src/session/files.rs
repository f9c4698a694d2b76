//! Files of nxp: private to the user, locked, or replaced whole. What writes one makes its folder.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::{Error, ErrorCode, Result};

/// The namespace of the digests: random, and never changed.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1d_8a0e_93c4_4b7a_8d26_0c9e_71b5_e3f4);

/// A file name made from these parts: a digest, so that any text is a valid name and none of it can be
/// read (RFC 9562, section 5.5).
pub(super) fn digest_of(parts: &[&str]) -> String {
    let name = Uuid::new_v5(&NAMESPACE, parts.join("\n").as_bytes());
    name.simple().to_string()
}

/// The file of one user at a space, the same for all accounts and tokens of the user. A space that sends
/// no ids has one user.
pub(super) fn path_of_user(folder: &Path, kind: &str, space: &str, user: Option<u64>) -> PathBuf {
    let user = user.map(|id| id.to_string()).unwrap_or_default();
    folder.join(format!("{kind}-{}.json", digest_of(&[space, &user])))
}

/// The pause between two attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the lock of a file, which is created if necessary. While another process holds it, waits at
/// most `limit`, and calls `on_wait` before each pause; gives `None` at the limit. The system releases the
/// lock when the process ends in any way. The file stays.
///
/// # Errors
/// Where the file can't be created or locked, and what `on_wait` fails with.
pub(crate) async fn acquire(
    path: &Path,
    limit: Option<Duration>,
    mut on_wait: impl FnMut(Duration) -> Result<()>,
) -> Result<Option<File>> {
    let start = Instant::now();
    loop {
        if let Some(file) = try_lock(path).map_err(|error| failed("lock", path, &error))? {
            return Ok(Some(file));
        }
        let waited = start.elapsed();
        if limit.is_some_and(|limit| waited >= limit) {
            return Ok(None);
        }
        on_wait(waited)?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes the lock of a file; `None` if another process holds it.
pub(super) fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = with_folder(path, || open_to_write(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Opens a file to read it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_without_waiting(path, File::options().read(true), true)
}

/// Reads a whole file of nxp's.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_own(path, File::options().read(true))?;
    content(file, 16 * 1024 * 1024, "16 MiB")
}

/// Reads a file to its end.
///
/// # Errors
/// Also if it is not a regular file, since a device or a named pipe may never end, and if it is longer
/// than `limit`, whose name is `limit_name`.
pub(super) fn content(file: File, limit: u64, limit_name: &str) -> io::Result<Vec<u8>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let length = usize::try_from(metadata.len().min(limit)).unwrap_or_default();
    let mut content = Vec::with_capacity(length + 1);
    let length = file.take(limit + 1).read_to_end(&mut content)?;
    if length as u64 > limit {
        return Err(io::Error::other(format!("larger than {limit_name}")));
    }
    Ok(content)
}

/// Opens a file of nxp's. Another user could have put a link in its place.
fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    check_private(&fs::metadata(parent(path))?)?;
    let file = open_without_waiting(path, options, false)?;
    check_private(&file.metadata()?)?;
    Ok(file)
}

/// Refuses files and folders that another user can write to.
#[cfg(unix)]
fn check_private(metadata: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    if is_foreign(metadata, None) {
        return Err(io::Error::other("another user owns it, or its folder"));
    }
    if metadata.mode() & 0o022 != 0 {
        let problem = "other users can write to it, or to its folder";
        return Err(io::Error::other(problem));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Whether a file belongs to another user than this one, root, and the one who became root with sudo.
#[cfg(unix)]
pub(super) fn is_foreign(metadata: &Metadata, sudo_user: Option<u32>) -> bool {
    let owner = std::os::unix::fs::MetadataExt::uid(metadata);
    let user = rustix::process::geteuid();
    let is_trusted = sudo_user.filter(|_| user.is_root()) == Some(owner);
    owner != 0 && owner != user.as_raw() && !is_trusted
}

#[cfg(not(unix))]
pub(super) fn is_foreign(_: &Metadata, _: Option<u32>) -> bool {
    false
}

/// Puts `content` in the place of a private file at once, as [`place`].
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    with_folder(path, || {
        check_private(&fs::metadata(parent(path))?)?;
        place(path, content, 0o600)
    })
}

/// Puts `content` in a file's place at once: a reader sees the old content or the new one. It survives a
/// power cut that follows. The file gets these permissions, less those that the user's umask denies.
#[cfg_attr(windows, allow(unused_variables, reason = "there are none there"))]
pub(super) fn place(path: &Path, content: &[u8], permissions: u32) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(permissions));
    let made = builder.prefix(".tmp").tempfile_in(parent(path));
    // The whole error names a file that exists only here.
    let mut file = made.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(path);
    Ok(())
}

/// Writes a line over a file in one piece: a kill leaves the old one or the new one. Unlike [`replace`] it
/// makes no file system write the data at once, which takes a switch half a millisecond for each
/// file (`tests/bench/run`).
pub(super) fn write_line(file: &mut File, line: &[u8]) -> io::Result<()> {
    let line = [line, b"\n"].concat();
    file.rewind()?;
    file.write_all(&line)?;
    if file.metadata()?.len() > line.len() as u64 {
        file.set_len(line.len() as u64)?;
    }
    Ok(())
}

/// Parses the JSON in the first line of a file. What follows it is left of a longer one before.
pub(super) fn parse_line<T: DeserializeOwned>(content: &[u8]) -> Option<T> {
    let mut lines = content.split(|byte| *byte == b'\n');
    serde_json::from_slice(lines.next()?).ok()
}

/// Makes the entry of a file survive a power cut. Some file systems can't do that.
pub(super) fn sync_folder(path: &Path) {
    if cfg!(unix) {
        let _ = File::open(parent(path)).and_then(|folder| folder.sync_all());
    }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_absent(&error) => Err(error),
        _ => Ok(()),
    }
}

/// Whether an error says that there is no such file.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The error that `verb` can't be done with a file.
pub(super) fn failed(verb: &str, path: &Path, error: &io::Error) -> Error {
    if has_no_locks(error) {
        let message = format!(
            "can't {verb} {}: its file system has no locks",
            path.display()
        );
        return Error::new(ErrorCode::Failed, message)
            .with_hint("set XDG_STATE_HOME to a folder on another file system");
    }
    let message = format!("can't {verb} {}: {error}", path.display());
    Error::new(ErrorCode::Failed, message).with_hint(
        "check the folder's permissions and free space, or choose another with XDG_STATE_HOME or XDG_CACHE_HOME",
    )
}

/// Whether an error says that a file system has no locks, as some network file systems (flock(2)).
pub(super) fn has_no_locks(error: &io::Error) -> bool {
    #[cfg(unix)]
    let is_unix_error = error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error());
    #[cfg(not(unix))]
    let is_unix_error = false;
    is_unix_error || error.kind() == ErrorKind::Unsupported
}

/// Checks that files can be written to a folder and locked, or to the one in which it would be created. Leaves
/// nothing behind.
pub(crate) fn check_writable(folder: &Path) -> Result<()> {
    let existing = folder.ancestors().find(|folder| folder.exists());
    let file = tempfile::tempfile_in(existing.unwrap_or(folder))
        .map_err(|error| failed("write to", folder, &error))?;
    match file.try_lock() {
        Err(TryLockError::Error(error)) => Err(failed("lock files in", folder, &error)),
        _ => Ok(()),
    }
}

/// Does `work` on a file; if it fails, once more with the folder of the file in place.
pub(super) fn with_folder<T>(path: &Path, work: impl Fn() -> io::Result<T>) -> io::Result<T> {
    work().or_else(|_| {
        make_private_folder(parent(path))?;
        work()
    })
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Makes a folder and its parents, private to the user (XDG Base Directory Specification).
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // What is written below must survive a power cut.
    folder.ancestors().for_each(sync_folder);
    Ok(())
}

pub(super) fn open_to_write(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    open_own(path, &mut options)
}

/// Opens a file. With a named pipe, a plain open would wait for its other end.
#[cfg_attr(
    windows,
    allow(unused_variables, reason = "links are not refused there")
)]
fn open_without_waiting(
    path: &Path,
    options: &mut OpenOptions,
    follows_links: bool,
) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        flags.set(OFlags::NOFOLLOW, !follows_links);
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
    }
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_named() {
        let no_locks = io::Error::from(rustix::io::Errno::NOLCK);
        let error = failed("lock", Path::new("/nfs/state.lock"), &no_locks);
        let message = "can't lock /nfs/state.lock: its file system has no locks";
        assert_eq!(error.to_string(), message);
        assert!(error.hint.unwrap().contains("XDG_STATE_HOME"));
        let denied = failed("lock", Path::new("/x"), &ErrorKind::PermissionDenied.into());
        assert!(denied.hint.unwrap().contains("permissions"));
    }
}
