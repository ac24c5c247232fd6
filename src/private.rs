//! Files and folders of the server, into which nobody else on the machine looks: they hold what
//! children write.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// What the owner alone may do.
const OWNER: u32 = 0o700;

/// Has every file and folder that the process makes from now on be its owner's alone: those that
/// libraries make, too.
pub fn by_default() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Makes a folder, and those above it that are missing.
pub fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER).create(path)
}

/// Makes a file, or opens it as it is.
pub fn file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(OWNER & 0o600).open(path)
}

/// Takes from all but the owner what they may do with a file or folder, if it is there. Where that
/// is not the server's to say, the log says so.
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
