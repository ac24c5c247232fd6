//! Prepares the playground, from the folder `playground`, for embedding.
//!
//! Its third-party libraries come from npm, which works in `OUT_DIR` and never in the source tree.
//! If npm cannot provide them, the build continues without them, and the page loads them from a
//! CDN. `TWINSPACE_BUILD_PLAYGROUND` overrides this: `cdn` does not use npm, and `embed` fails
//! without them.

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};

/// The modules in dependency order, for a page without a bundler.
const MODULES: [&str; 9] = [
    "libraries.cdn.js",
    "documents.js",
    "session.js",
    "upload.js",
    "server.js",
    "header.js",
    "examples.js",
    "links.js",
    "app.js",
];

const SWITCH: &str = "TWINSPACE_BUILD_PLAYGROUND";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=playground");
    println!("cargo:rerun-if-env-changed={SWITCH}");

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let work = out.join("playground");
    copy(Path::new("playground"), &work)?;
    fs::write(work.join("documents.js"), documents()?)?;

    let dist = work.join("dist");
    fs::create_dir_all(&dist)?;
    fs::copy("playground/icon.svg", dist.join("icon.svg"))?;
    let mode = env::var(SWITCH).unwrap_or_default();
    let embedded = match mode.as_str() {
        "cdn" => false,
        "" | "embed" => match bundle(&work) {
            Ok(()) => true,
            Err(problem) if mode == "embed" => {
                return Err(io::Error::other(format!("the playground: {problem}")));
            }
            Err(problem) => {
                println!(
                    "cargo:warning=The playground will load its libraries from unpkg.com, because {problem}. \
                     With {SWITCH}=embed the build tries again, and fails without them."
                );
                false
            }
        },
        other => {
            return Err(io::Error::other(format!("{SWITCH} is `{other}`, not `cdn` or `embed`")));
        }
    };
    if !embedded {
        without_bundler(&work)?;
    }
    write_assets(&out, &dist, embedded)
}

/// Copies the folder, without anything that npm may have left in it, and only what changed.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The GraphQL documents as a module: `examples` and `operations`, by file name.
fn documents() -> io::Result<String> {
    let mut module = String::new();
    for folder in ["examples", "operations"] {
        let mut texts = BTreeMap::new();
        for entry in fs::read_dir(Path::new("playground").join(folder))? {
            let path = entry?.path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            texts.insert(name, fs::read_to_string(&path)?);
        }
        writeln!(module, "export const {folder} = {};", serde_json::to_string(&texts)?)
            .expect("a string can be written to");
    }
    Ok(module)
}

/// Fetches the libraries and bundles them with the page.
fn bundle(work: &Path) -> Result<(), String> {
    // Packages are reinstalled only when the lock file changes.
    let stamp = work.join("node_modules/.installed");
    let lock = fs::read_to_string(work.join("package-lock.json")).map_err(|e| e.to_string())?;
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&lock) {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(
            Command::new(npm)
                .args(["ci", "--ignore-scripts", "--prefer-offline", "--fetch-retries=1"])
                .args(["--fetch-timeout=60000", "--no-progress"]),
            work,
        )?;
        fs::write(&stamp, &lock).map_err(|e| e.to_string())?;
    }
    run(Command::new("node").args(["build.mjs", "dist"]), work)
}

fn run(command: &mut Command, work: &Path) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    // Images set NODE_ENV=production; esbuild is a development dependency.
    let output = command
        .current_dir(work)
        .env_remove("NODE_ENV")
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{name} cannot be run ({e})"))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let first = errors.lines().find(|line| line.contains("rror")).unwrap_or("it did not say why");
    Err(format!("{name} failed ({first})"))
}

/// The page's own modules combined into one, which finds the libraries in the page.
fn without_bundler(work: &Path) -> io::Result<()> {
    let mut script = String::new();
    for module in MODULES {
        for line in fs::read_to_string(work.join(module))?.lines() {
            if !line.starts_with("import ") {
                script.push_str(line);
                script.push('\n');
            }
        }
    }
    fs::write(work.join("dist/app.js"), script)?;
    fs::copy(work.join("style.css"), work.join("dist/app.css"))?;
    fs::write(work.join("dist/licences.txt"), "The libraries are loaded from unpkg.com.\n")
}

/// Names each file after its content, compresses it, and writes the table that the server includes.
fn write_assets(out: &Path, dist: &Path, embedded: bool) -> io::Result<()> {
    let mut page = fs::read_to_string("playground/index.html")?;
    let libraries =
        if embedded { String::new() } else { fs::read_to_string("playground/cdn.html")? };
    page = page.replace("{{libraries}}", libraries.trim_end());

    let mut table = String::new();
    for (file, media_type) in [
        ("app.js", "text/javascript; charset=utf-8"),
        ("app.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("licences.txt", "text/plain; charset=utf-8"),
    ] {
        let content = fs::read(dist.join(file))?;
        let (stem, extension) = file.split_once('.').expect("each has one");
        let hash = hash(&content);
        let name = format!("{stem}-{hash}.{extension}");
        page = page.replace(&format!("{{{{{file}}}}}"), &name);
        table.push_str(&asset(out, &name, &hash, media_type, &content)?);
    }
    let page = asset(
        out,
        "index.html",
        &hash(page.as_bytes()),
        "text/html; charset=utf-8",
        page.as_bytes(),
    )?;
    let source = format!(
        "/// Whether the libraries are in the binary; otherwise the page loads them from unpkg.com.\n\
         pub const EMBEDDED: bool = {embedded};\n\
         static PAGE: Asset = {};\n\
         static ASSETS: &[Asset] = &[\n{table}];\n",
        page.trim_end().trim_end_matches(',')
    );
    fs::write(out.join("playground.rs"), source)
}

fn asset(
    out: &Path,
    name: &str,
    hash: &str,
    media_type: &str,
    content: &[u8],
) -> io::Result<String> {
    let path = format!("{}/{name}.gz", out.display());
    let mut encoder = GzEncoder::new(fs::File::create(&path)?, Compression::best());
    encoder.write_all(content)?;
    encoder.finish()?;
    Ok(format!(
        "    Asset {{ name: {name:?}, etag: \"\\\"{hash}\\\"\", media_type: {media_type:?}, gzip: include_bytes!({path:?}) }},\n"
    ))
}

/// Distinguishes contents; it need not withstand an attack.
fn hash(content: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
