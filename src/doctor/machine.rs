//! The data folder, its disk, and what the operating system allows.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use domain::db::Db;
use rustix::{
    fs::{Access, statfs},
    process::geteuid,
};

use super::{Finding, Part};
use crate::config::Config;

/// The free space below which the server may soon be unable to write: five large uploads.
const SCARCE: u64 = 1 << 30;
/// The free space below which it cannot accept a large upload.
const LEAST: u64 = 200 << 20;
/// Open files besides those of connections: of the database and the log, and files being sent.
const FILES: u64 = 1000;
/// Network file systems, by the numbers that Linux has for them: NFS, SMB and CIFS.
const NETWORKS: [u64; 4] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42];

/// Examines what can be seen without opening anything.
pub fn examine(config: &Config) -> Vec<Finding> {
    let mut found = vec![limit(config)];
    let folder = &config.data_dir;
    match fs::metadata(folder) {
        Ok(data) if data.is_dir() => {
            found.push(space(folder));
            found.extend(access(folder, &data));
            let file = Db::file_of(&config.database.url(folder));
            found.extend(file.and_then(|file| file_of_database(&file)));
        }
        Ok(_) => found.push(Part::Files.problem(
            format!("{} is not a folder.", folder.display()),
            "Choose another --data-dir.",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => found.extend(parent(folder)),
        Err(error) => found.push(Part::Files.problem(
            format!("The data folder {}: {error}.", folder.display()),
            "Correct --data-dir, or let the server's user read and write it.",
        )),
    }
    found
}

/// Whether a data folder that does not exist can be created.
fn parent(folder: &Path) -> Option<Finding> {
    let parent = folder.ancestors().skip(1).find(|parent| parent.is_dir())?;
    rustix::fs::access(parent, Access::WRITE_OK | Access::EXEC_OK).err().map(|_| {
        Part::Files.problem(
            format!("The data folder {} does not exist, and cannot be created.", folder.display()),
            format!(
                "Create it and give it to the server's user (`chown`), let that user write in {}, \
                 or choose another --data-dir.",
                parent.display()
            ),
        )
    })
}

/// Whom the data folder belongs to, and who else may read it.
fn access(folder: &Path, data: &Metadata) -> Option<Finding> {
    let (name, user) = (folder.display(), geteuid().as_raw());
    if data.uid() != user {
        let owner = data.uid();
        return Some(Part::Files.problem(
            format!("The data folder {name} belongs to user {owner}, and this is user {user}."),
            format!(
                "Run this as the server's user (`sudo -u '#{owner}' twinspace doctor`), or give \
                 the folder to it (`chown -R`)."
            ),
        ));
    }
    match data.permissions().mode() & 0o077 {
        0 => None,
        _ => Some(Part::Files.warning(
            format!("Other users of this machine can look into {name}."),
            format!("Close it: `chmod 700 {name}`. Starting the server does so as well."),
        )),
    }
}

fn file_of_database(file: &Path) -> Option<Finding> {
    let name = file.display();
    let found = fs::metadata(file).ok()?;
    if found.permissions().mode() & 0o077 != 0 {
        return Some(Part::Files.warning(
            format!("Other users of this machine can read {name}."),
            format!("Close it: `chmod 600 {name}`. Starting the server does so as well."),
        ));
    }
    NETWORKS.contains(&file_system(file)?).then(|| {
        Part::Files.problem(
            format!("{name} is on a network file system, on which SQLite damages its files."),
            "Move the data folder to a local disk, or use PostgreSQL.",
        )
    })
}

/// The number that Linux has for the file system of a file.
pub fn file_system(file: &Path) -> Option<u64> {
    let kind = u64::try_from(statfs(file).ok()?.f_type).ok()?;
    Some(kind & 0xffff_ffff)
}

fn space(folder: &Path) -> Finding {
    match statfs(folder) {
        Ok(disk) => {
            let block = u64::try_from(disk.f_bsize).unwrap_or_default();
            judge_space(folder, disk.f_bavail.saturating_mul(block))
        }
        Err(error) => Part::Files.warning(
            format!("The free space of {} is not known: {error}.", folder.display()),
            "Look whether the disk is in order.",
        ),
    }
}

/// Whether so many free bytes of the disk of a folder are enough.
pub fn judge_space(folder: &Path, free: u64) -> Finding {
    let said = format!("{} has {} MiB of free space.", folder.display(), free >> 20);
    let mend = "Delete what is not needed, or move the data folder to a larger disk.";
    match free {
        0..LEAST => Part::Files.problem(said, mend),
        LEAST..SCARCE => Part::Files.warning(said, mend),
        _ => Part::Files.ok(said),
    }
}

/// The number of files that the server may have open at once.
pub fn open_files(config: &Config) -> u64 {
    u64::from(config.server.limits.max_connections) + FILES
}

/// The server raises the limit on open files as far as it may.
fn limit(config: &Config) -> Finding {
    let wanted = open_files(config);
    match rlimit::Resource::NOFILE.get_hard() {
        Ok(most) if most < wanted => Part::Files.warning(
            format!("At most {most} files can be open, fewer than {wanted}."),
            "Raise the limit (`ulimit -n`, or LimitNOFILE in a unit), or lower --max-connections.",
        ),
        Ok(_) => Part::Files.ok(format!("{wanted} files can be open.")),
        Err(error) => Part::Files.warning(
            format!("The limit on open files is not known: {error}."),
            "Look at `ulimit -n`.",
        ),
    }
}
