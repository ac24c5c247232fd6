//! Names under which media are saved.

/// The extension of files with this content.
pub fn extension(content_type: &str) -> &'static str {
    match content_type {
        "application/zip" => "zip",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" => "webm",
        "video/ogg" => "ogv",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "text/plain" => "txt",
        kind if kind.ends_with("wordprocessingml.document") => "docx",
        kind if kind.ends_with("spreadsheetml.sheet") => "xlsx",
        kind if kind.ends_with("presentationml.presentation") => "pptx",
        kind if kind.ends_with("opendocument.text") => "odt",
        kind if kind.ends_with("opendocument.spreadsheet") => "ods",
        kind if kind.ends_with("opendocument.presentation") => "odp",
        kind if kind.ends_with("opendocument.graphics") => "odg",
        _ => "bin",
    }
}

/// A title without this extension, with which it may end.
pub fn stem<'t>(title: &'t str, extension: &str) -> &'t str {
    match title.len().checked_sub(extension.len() + 1).and_then(|at| title.split_at_checked(at)) {
        Some((stem, end))
            if end.strip_prefix('.').is_some_and(|end| end.eq_ignore_ascii_case(extension)) =>
        {
            stem
        }
        _ => title,
    }
}
