//! Who else can read and change what is secret: the files with secrets, and folders of the data that lie
//! elsewhere.

use std::{
    fs::{self, Metadata},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{StatVfsMountFlags, statvfs},
    process::{getegid, geteuid, getgroups},
};

use super::{Finding, Part, machine::file_system};
use crate::config::Config;

/// Where Docker, Kubernetes and systemd put secrets, with modes that are theirs to choose.
const HANDED_OVER: [&str; 2] = ["/run/secrets", "/run/credentials"];

/// File systems in memory, by the numbers that Linux has for them: tmpfs and ramfs.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// The folders in the data folder. Each may be a link to another disk.
const FOLDERS: [&str; 3] = ["media", "mail", "uploads"];

/// Examines the files from which secrets were read, and the folders of the data.
pub fn examine(config: &Config) -> Vec<Finding> {
    let mut found: Vec<_> = config.secret_files.iter().filter_map(|file| secret(file)).collect();
    if found.is_empty() && !config.secret_files.is_empty() {
        found.push(Part::Files.ok("Nobody else can read the files with secrets."));
    }
    found.extend(FOLDERS.iter().filter_map(|name| folder(&config.data_dir.join(name))));
    found
}

/// Judges the mode of a file with a secret.
fn secret(file: &Path) -> Option<Finding> {
    // It has just been read.
    let path = fs::canonicalize(file).ok()?;
    let data = fs::metadata(&path).ok()?;
    if is_handed_over(&path) {
        return None;
    }
    let own = data.uid() == geteuid().as_raw();
    // Of a file of somebody else, such as root's, the server is allowed to read by its group.
    let group = if own { 0o060 } else { 0o020 };
    let open = open_to_others(&path, &data) & (group | 0o006);
    if open == 0 {
        return None;
    }
    let name = file.display();
    let can = if open & 0o022 == 0 { "read" } else { "change" };
    let in_group = || {
        let group = data.gid();
        let mine = getgroups().unwrap_or_default();
        getegid().as_raw() == group || mine.iter().any(|mine| mine.as_raw() == group)
    };
    let mend = if own {
        format!("chmod 600 {name}")
    } else if in_group() {
        format!("chmod 640 {name}")
    } else {
        format!("chown {} {name} && chmod 600 {name}", geteuid().as_raw())
    };
    Some(Part::Files.warning(
        format!("Other users of this machine can {can} {name}, which has a secret in it."),
        format!("Close it: `{mend}`. Change the secret if they should not know it."),
    ))
}

/// Judges the mode of a folder in the data folder, if there is one.
fn folder(folder: &Path) -> Option<Finding> {
    let path = fs::canonicalize(folder).ok()?;
    let data = fs::metadata(&path).ok()?;
    let name = path.display();
    (open_to_others(&path, &data) != 0).then(|| {
        Part::Files.warning(
            format!("Other users of this machine can look into {name}."),
            format!("Close it: `chmod 700 {name}`."),
        )
    })
}

/// The bits of the mode by which others can get at it, through the folders in which it is.
fn open_to_others(path: &Path, data: &Metadata) -> u32 {
    let mode =
        |folder: &Path| fs::metadata(folder).map_or(0o777, |folder| folder.permissions().mode());
    let ways = path.ancestors().skip(1).map(mode).map(|mode| match mode & 0o011 {
        0 => 0,
        // Its group can pass, which is taken for that of what is in it.
        0o010 => 0o070,
        _ => 0o077,
    });
    ways.fold(data.permissions().mode() & 0o077, |open, way| open & way)
}

/// Whether a supervisor has put it there, in whose hands its mode is.
fn is_handed_over(path: &Path) -> bool {
    let in_memory = || file_system(path).is_some_and(|kind| IN_MEMORY.contains(&kind));
    let read_only =
        || statvfs(path).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY));
    HANDED_OVER.iter().any(|folder| path.starts_with(folder)) || in_memory() && read_only()
}
