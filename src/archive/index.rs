//! The index of an archive: the project, and what leads to everything else.

use std::fmt::Write;

use domain::{
    Result,
    access::Access,
    inside::{
        media::MediaRow,
        twin_space::export::{self, Partner},
    },
    list::{Columns, Walk, cell},
};
use entity::{MediaKind, PageVisibility, ProjectState, project};

use super::{
    Archive, Contents, Kept,
    html::{Day, END, Size, Text, WRITTEN, by, page_for},
    media::AT_A_TIME,
    name,
    texts::{DIARY, Entry},
    zip::Packing,
};

/// What is needed of each of the media.
const NEEDED: &[&str] = &[
    "kind",
    "title",
    "description",
    "contentType",
    "bytes",
    "width",
    "height",
    "createdAt",
    "uploader",
    "uploader.name",
];

impl Archive {
    /// Adds the index.
    pub(super) async fn index(
        &mut self,
        project: &project::Model,
        partners: &[Partner],
        contents: &Contents,
    ) -> Result<()> {
        self.zip.begin("index.html", Packing::Deflated, self.made)?;
        let access = self.reader.access().await?;
        let mut file = self.frame.begin_index();
        self.tell_project(&mut file, project, partners);
        self.list_pages(&mut file, &access, contents);
        self.zip.add(file.as_bytes()).await?;
        self.list_media().await?;
        self.zip.add(END.as_bytes()).await
    }

    fn tell_project(&self, file: &mut String, project: &project::Model, partners: &[Partner]) {
        file.push_str(&self.frame.heading(1, &project.title));
        let (language, short) = (Text(&self.frame.language), Text(&project.short_description));
        let state = match project.state {
            ProjectState::Closed => format!("was closed on {}", Day(project.state_since)),
            _ => "is active".to_owned(),
        };
        let made = Day(self.made);
        write!(
            file,
            "<p class=\"lead\" lang=\"{language}\" dir=\"auto\">{short}</p>\n\
             <p class=\"about\">Exported on {made}. The project {state}.</p>\n\
             <p class=\"note\">This archive contains personal data, and perhaps pictures of children. \
             Keep it as carefully as the TwinSpace itself, and delete it when it is no longer needed.</p>\n\
             <section aria-labelledby=\"partners\">\n<h2 id=\"partners\">Partners</h2>\n\
             <ul class=\"partners\">\n"
        )
        .expect(WRITTEN);
        for Partner { name, founder, school } in partners {
            let founder = if *founder { " <span class=\"tag\">founder</span>" } else { "" };
            let school = [&school.name, &school.town, &school.country];
            let school = school.into_iter().flatten().flatten().filter(|word| !word.is_empty());
            let school = school.cloned().collect::<Vec<_>>().join(", ");
            let (name, school) = (Text(name), Text(&school));
            writeln!(file, "<li><strong>{name}</strong>{founder}<br>{school}</li>").expect(WRITTEN);
        }
        file.push_str("</ul>\n</section>\n");
    }

    fn list_pages(&self, file: &mut String, access: &Access, contents: &Contents) {
        file.push_str("<section aria-labelledby=\"pages\">\n<h2 id=\"pages\">Pages</h2>\n");
        if !access.sees_twinspace() {
            file.push_str(
                "<p>Only public pages are included, because the other pages are for members of the \
                 TwinSpace.</p>\n",
            );
        }
        self.list(file, &contents.pages);
        file.push_str("</section>\n");
        if !contents.archived.is_empty() {
            file.push_str(
                "<section aria-labelledby=\"archive\">\n<h2 id=\"archive\">Archived pages</h2>\n\
                 <p>These pages were taken out of use. In the TwinSpace, only those who may archive \
                 them can see them.</p>\n",
            );
            self.list(file, &contents.archived);
            file.push_str("</section>\n");
        }
        file.push_str("<section aria-labelledby=\"diary\">\n<h2 id=\"diary\">Project diary</h2>\n");
        match contents.entries {
            0 => file.push_str("<p>There are no entries.</p>\n"),
            1 => writeln!(file, "<p><a href=\"{DIARY}\">1 entry</a></p>").expect(WRITTEN),
            n => writeln!(file, "<p><a href=\"{DIARY}\">{n} entries</a></p>").expect(WRITTEN),
        }
        file.push_str("</section>\n");
    }

    fn list(&self, file: &mut String, pages: &[Entry]) {
        if pages.is_empty() {
            file.push_str("<p>There are no pages.</p>\n");
            return;
        }
        file.push_str("<ol>\n");
        for Entry { path, title, visibility } in pages {
            let link = self.frame.link(&name::address(path), title);
            let tag = match visibility {
                PageVisibility::Draft => {
                    format!(" <span class=\"tag\">{}</span>", page_for(*visibility))
                }
                _ => String::new(),
            };
            writeln!(file, "<li>{link}{tag}</li>").expect(WRITTEN);
        }
        file.push_str("</ol>\n");
    }

    /// The media that is in the archive and may be seen now.
    async fn list_media(&mut self) -> Result<()> {
        let begin = "<section aria-labelledby=\"media\">\n\
                     <h2 id=\"media\">Images, videos and other files</h2>\n";
        self.zip.add(begin.as_bytes()).await?;
        let columns = Columns::default().and::<MediaRow>(NEEDED);
        let mut walk = Walk::<MediaRow>::new(self.reader.project.0, (), columns, AT_A_TIME);
        let mut any = false;
        let last = loop {
            let access = self.reader.access().await?;
            let db = self.reader.app.db.read();
            let Some(filter) = export::media(&access) else {
                let words = "<p>They are not included, because they are for members of the TwinSpace.</p>\n";
                break words.to_owned();
            };
            let rows = walk.next(db, filter).await?;
            if rows.is_empty() {
                break match export::left_out(db, &access).await? {
                    None | Some(0) if any => String::new(),
                    None | Some(0) => "<p>There are none.</p>\n".to_owned(),
                    Some(left_out) => format!("<p>{}</p>\n", without(left_out)),
                };
            }
            let mut part = String::new();
            for row in rows {
                let Some(kept) = self.media.get(&cell(&row.id)?) else { continue };
                if !any {
                    part.push_str("<ul class=\"media\">\n");
                    any = true;
                }
                part.push_str(&self.item(&access, &row, kept)?);
            }
            self.zip.add(part.as_bytes()).await?;
        };
        let end = if any { "</ul>\n" } else { "" };
        self.zip.add(format!("{end}{last}</section>\n").as_bytes()).await
    }

    fn item(&self, access: &Access, row: &MediaRow, kept: &Kept) -> Result<String> {
        let (title, description) = (cell(&row.title)?, cell(&row.description)?);
        let content_type = cell(&row.content_type)?;
        let (address, about) = match kept {
            Kept::File(path, _) => {
                let bytes = Size(cell(&row.bytes)?.unsigned_abs());
                (Some(name::address(path)), format!("{bytes}. "))
            }
            Kept::Video(address) => {
                (Some(address.clone()), "Video on another website. ".to_owned())
            }
            Kept::Lost => {
                let lost = "The file could not be found on the server, and is not included. ";
                (None, lost.to_owned())
            }
        };
        let mut item = "<li>".to_owned();
        if let (Kept::File(..), Some(address)) = (kept, &address) {
            // Those who cannot see it hear its description, or its title, which is read anyway.
            let alt = Text(&description);
            let source = Text(address);
            let shown = match cell(&row.kind)? {
                MediaKind::Image => format!(
                    "<img src=\"{source}\" alt=\"{alt}\" loading=\"lazy\"{}>",
                    size(cell(&row.width)?, cell(&row.height)?)
                ),
                MediaKind::Video => {
                    format!("<video controls preload=\"none\" src=\"{source}\"></video>")
                }
                MediaKind::File if content_type.starts_with("audio/") => {
                    format!("<audio controls preload=\"none\" src=\"{source}\"></audio>")
                }
                MediaKind::File => String::new(),
            };
            item.push_str(&shown);
        }
        let language = Text(&self.frame.language);
        match &address {
            Some(address) => item.push_str(&self.frame.link(address, &title)),
            None => {
                write!(item, "<span lang=\"{language}\" dir=\"auto\">{}</span>", Text(&title))
                    .expect(WRITTEN);
            }
        }
        if !description.is_empty() {
            let words = Text(&description);
            write!(item, "<p class=\"words\" lang=\"{language}\" dir=\"auto\">{words}</p>")
                .expect(WRITTEN);
        }
        let added = by("Added", uploader(access, row)?.as_deref(), cell(&row.created_at)?);
        writeln!(item, "<p class=\"about\">{about}{added}</p></li>").expect(WRITTEN);
        Ok(item)
    }
}

/// Who added media, for those who may see it (M-20).
fn uploader(access: &Access, row: &MediaRow) -> Result<Option<String>> {
    let seen = access.sees_pupils() || !cell(&row.uploader_is_pupil)?;
    seen.then(|| cell(&row.uploader_name)).transpose()
}

fn size(width: Option<i32>, height: Option<i32>) -> String {
    match (width, height) {
        (Some(width), Some(height)) => format!(" width=\"{width}\" height=\"{height}\""),
        _ => String::new(),
    }
}

/// What is said of media that lacks consent: how much it is.
fn without(left_out: u64) -> String {
    match left_out {
        1 => "1 image, video or other file is not included, because a consent to pictures is missing."
            .to_owned(),
        n => format!(
            "{n} images, videos or other files are not included, because a consent to pictures is \
             missing."
        ),
    }
}
