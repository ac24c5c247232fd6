//! Settings from a TOML file, and secrets from files of their own.
//!
//! Both become defaults of the flags before the command line is parsed, so that every setting is
//! declared once, is checked in one way, and a flag or a variable takes precedence.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use clap::{Arg, Command};
use toml::{Table, Value};

use super::Wrong;

/// The ID of the argument that names the file.
const ID: &str = "config_file";
/// The variable that names the file.
const VARIABLE: &str = "TWINSPACE_CONFIG";

/// What files contain.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The settings, by the IDs of their arguments.
    pub settings: BTreeMap<String, String>,
    /// The files that contain secrets.
    pub secret_files: BTreeSet<PathBuf>,
}

/// The settings in the files that these arguments and the environment name. The values are yet to
/// be checked.
pub fn read(command: &Command, arguments: &[OsString]) -> Result<Given, Wrong> {
    let mut given = Given::default();
    let settings: Vec<_> = command.get_arguments().filter(|arg| arg.is_global_set()).collect();
    if let Some(path) = named(command, arguments) {
        for (key, value) in table(Path::new(&path))? {
            let file = Path::new(&path).display();
            let (arg, value, file_of_secret) = setting(&settings, &key, &value)
                .map_err(|problem| Wrong(format!("{file}: {key} {problem}.")))?;
            if is_secret(arg) {
                let file = file_of_secret.unwrap_or_else(|| PathBuf::from(&path));
                given.secret_files.insert(file);
            }
            given.settings.insert(arg.get_id().to_string(), value);
        }
    }
    for arg in settings.iter().filter(|arg| is_secret(arg)) {
        let Some(name) = arg.get_env().and_then(|name| name.to_str()) else { continue };
        let in_file = variable_of_file(name);
        let Some(path) = env::var_os(&in_file) else { continue };
        if env::var_os(name).is_some() {
            return Err(Wrong(format!("{name} and {in_file} are both set: set one of them.")));
        }
        let secret = secret(Path::new(&path));
        let secret = secret.map_err(|problem| Wrong(format!("{in_file} {problem}.")))?;
        given.settings.insert(arg.get_id().to_string(), secret);
        given.secret_files.insert(path.into());
    }
    Ok(given)
}

/// Makes these settings the defaults.
pub fn apply(command: Command, given: &Given) -> Command {
    command.mut_args(|arg| match given.settings.get(arg.get_id().as_str()) {
        // What is secret is not printed by `--help`.
        Some(value) => {
            let hidden = is_secret(&arg);
            arg.default_value(value.clone()).hide_default_value(hidden)
        }
        None => arg,
    })
}

/// Whether an argument is a secret: its value is not shown.
pub fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The variable that names a file with a secret, if the secret has this variable.
pub fn variable_of_file(name: &str) -> String {
    format!("{name}_FILE")
}

/// The file of settings that the arguments or the environment name.
fn named(command: &Command, arguments: &[OsString]) -> Option<OsString> {
    // What else the arguments say may be wrong, or need what is in the file.
    let found = command.clone().ignore_errors(true).try_get_matches_from(arguments);
    let flag = found.ok().and_then(|found| Some(found.get_raw(ID)?.next()?.to_owned()));
    flag.or_else(|| env::var_os(VARIABLE))
}

fn table(path: &Path) -> Result<Table, Wrong> {
    let text = fs::read_to_string(path).map_err(|error| {
        Wrong(format!("The settings in {} cannot be read: {error}.", path.display()))
    })?;
    text.parse().map_err(|error: toml::de::Error| {
        // Without the line itself, which may have a secret in it.
        let at = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        let (path, message) = (path.display(), error.message());
        Wrong(format!("The settings in {path} are not valid TOML: line {at}: {message}."))
    })
}

/// The argument that a key means, its value, and the file of its own from which that was read; or what
/// is wrong with it.
fn setting<'a>(
    settings: &[&'a Arg],
    key: &str,
    value: &Value,
) -> Result<(&'a Arg, String, Option<PathBuf>), String> {
    let find = |name: &str| {
        let name = name.replace('_', "-");
        settings.iter().copied().find(|arg| arg.get_long() == Some(&name))
    };
    match find(key) {
        Some(arg) if arg.get_id() != ID => Ok((arg, text(value)?, None)),
        _ => {
            let name = key.strip_suffix("-file").or(key.strip_suffix("_file"));
            let arg = name.and_then(find).filter(|arg| is_secret(arg));
            let arg = arg.ok_or("is no setting; `twinspace --help` lists all of them")?;
            let file = PathBuf::from(text(value)?);
            Ok((arg, secret(&file)?, Some(file)))
        }
    }
}

/// A value as it would be written on the command line.
fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(true) => Ok("on".into()),
        Value::Boolean(false) => Ok("off".into()),
        Value::Array(values) => {
            let values: Result<Vec<_>, _> = values.iter().map(text).collect();
            Ok(values?.join(","))
        }
        _ => Err("must be a text, a number, true, false, or a list of texts".into()),
    }
}

/// The content of a file without the line break at its end.
fn secret(path: &Path) -> Result<String, String> {
    let content = fs::read_to_string(path);
    let content = content
        .map_err(|error| format!("names {}, which cannot be read: {error}", path.display()))?;
    match content.trim_end_matches(['\r', '\n']) {
        "" => Err(format!("names {}, which is empty", path.display())),
        secret => Ok(secret.to_owned()),
    }
}
