//! Files and folders of the server, inaccessible to others on the machine, because they contain
//! what children write.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// The permissions of the owner alone.
const OWNER: u32 = 0o700;

/// Makes every file and folder that the process creates from now on accessible only to its owner,
/// including those created by libraries.
pub fn by_default() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Creates a folder, and its missing parents.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER).create(path)
}

/// Creates a file, or opens it as it is.
pub fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(OWNER & 0o600).open(path)
}

/// Removes the permissions of everyone but the owner from a file or folder, if it exists. If the
/// server may not do that, it is logged.
pub fn close(path: &Path) {
    let closed = fs::metadata(path).and_then(|found| {
        let mode = found.permissions().mode();
        match mode & 0o077 {
            0 => Ok(()),
            _ => fs::set_permissions(path, fs::Permissions::from_mode(mode & OWNER)),
        }
    });
    match closed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let path = path.display();
            tracing::warn!(%path, %error, "other users of this machine can read this");
        }
        _ => {}
    }
}
