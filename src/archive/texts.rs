//! The pages and the diary of an archive.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    Result,
    access::Access,
    inside::{
        media::MediaRow,
        page::{PageRow, Writer},
        twin_space::export,
    },
    list::{Columns, Walk, cell},
    markup::{self, Link, Offline},
    projects::diary::DiaryRow,
};
use entity::{AccountId, MediaId, PageId, PageVisibility};

use super::{
    Archive, Contents, Kept,
    html::{END, WRITTEN, by, entry_for, page_for},
    name,
    zip::Packing,
};

/// How many texts are read at a time: they may be long.
const AT_A_TIME: u64 = 5;
/// How many titles are read at a time.
const TITLES: u64 = 100;
/// How often pages are gone through: those that somebody moves meanwhile may be passed over once.
const ROUNDS: usize = 2;
/// The file of the diary.
pub(super) const DIARY: &str = "diary.html";

/// A page, as the index lists it.
#[derive(Debug)]
pub(super) struct Entry {
    pub path: String,
    pub title: String,
    pub visibility: PageVisibility,
}

/// A page that will be written, in its place.
struct Expected {
    id: PageId,
    path: String,
    written: Option<Entry>,
}

impl Archive {
    /// Adds all pages and diary entries that the reader sees.
    pub(super) async fn texts(&mut self) -> Result<Contents> {
        let pages = self.expect("pages", false).await?;
        let archived = self.expect("archive", true).await?;
        let all = pages.iter().chain(&archived);
        self.names = Arc::new(all.map(|page| (page.id, name::address(&page.path))).collect());
        let pages = self.pages(pages, false).await?;
        let archived = self.pages(archived, true).await?;
        Ok(Contents { pages, archived, entries: self.diary().await? })
    }

    /// Names the files of pages, so that pages can lead to later ones.
    async fn expect(&self, folder: &str, archived: bool) -> Result<Vec<Expected>> {
        let titles = Columns::key::<PageRow>().and::<PageRow>(&["title"]);
        let mut walk = Walk::<PageRow>::new(self.reader.project.0, (), titles, TITLES);
        let mut found: Vec<Expected> = Vec::new();
        loop {
            let access = self.reader.access().await?;
            let Some(filter) = export::pages(&access, archived) else { return Ok(found) };
            let rows = walk.next(self.reader.app.db.read(), filter).await?;
            if rows.is_empty() {
                return Ok(found);
            }
            for row in rows {
                let (id, title) = (cell(&row.id)?, cell(&row.title)?);
                if found.iter().all(|page| page.id != id) {
                    let path = format!("{folder}/{}", name::page(found.len() + 1, &title));
                    found.push(Expected { id, path, written: None });
                }
            }
        }
    }

    /// Adds these pages.
    async fn pages(&mut self, mut pages: Vec<Expected>, archived: bool) -> Result<Vec<Entry>> {
        let mut left: BTreeMap<PageId, usize> =
            pages.iter().enumerate().map(|(n, page)| (page.id, n)).collect();
        for _ in 0..ROUNDS {
            let all = Columns::all::<PageRow>();
            let mut walk = Walk::<PageRow>::new(self.reader.project.0, (), all, AT_A_TIME);
            while !left.is_empty() {
                let access = self.reader.access().await?;
                let Some(filter) = export::pages(&access, archived) else { break };
                let rows = walk.next(self.reader.app.db.read(), filter).await?;
                if rows.is_empty() {
                    break;
                }
                for row in rows {
                    // Those that are new came too late.
                    if let Some(n) = left.remove(&cell(&row.id)?) {
                        pages[n].written = Some(self.page(&access, row, &pages[n].path).await?);
                    }
                }
            }
        }
        for n in left.into_values() {
            self.no_page(&pages[n].path).await?;
        }
        Ok(pages.into_iter().filter_map(|page| page.written).collect())
    }

    async fn page(&mut self, access: &Access, row: PageRow, path: &str) -> Result<Entry> {
        let (title, visibility) = (cell(&row.title)?, cell(&row.visibility)?);
        let (created, edited) = (cell(&row.created_at)?, cell(&row.edited_at)?);
        let author = writer(access, cell(&row.author_id)?, &row.author)?;
        let mut about = vec![by("Created", author.as_deref(), created)];
        if cell(&row.version)? > 1 {
            let editor = match access.sees_twinspace() {
                true => writer(access, cell(&row.editor_id)?, &row.editor)?,
                false => None,
            };
            about.push(by("last edited", editor.as_deref(), edited));
        }
        let html = markup::current(cell(&row.html)?, cell(&row.stale)?).await?;
        let html = self.shown(access, html, "../", String::new()).await?;
        let tag = page_for(visibility);
        let mut file = self.frame.begin(&title, "../");
        file.push_str(&self.frame.heading(1, &title));
        let about = about.join(", ");
        write!(file, "<p class=\"about\">{about} <span class=\"tag\">{tag}</span>").expect(WRITTEN);
        if cell(&row.archived_at)?.is_some() {
            file.push_str(" <span class=\"tag\">archived</span>");
        }
        file.push_str("</p>\n");
        file.push_str(&self.frame.text(&html));
        file.push_str(END);
        self.file(path, edited, &file).await?;
        Ok(Entry { path: path.to_owned(), title, visibility })
    }

    /// In place of a page that could not be seen any more when its turn came: others may lead to it.
    async fn no_page(&mut self, path: &str) -> Result<()> {
        let mut file = self.frame.begin("Page not available", "../");
        file.push_str(
            "<h1>Page not available</h1>\n<p>This page was removed or hidden while the archive was \
             being made.</p>\n",
        );
        file.push_str(END);
        self.file(path, self.made, &file).await
    }

    /// Adds the diary, if there is anything in it. Returns how many entries there are.
    async fn diary(&mut self) -> Result<u64> {
        let all = Columns::all::<DiaryRow>();
        let mut walk = Walk::<DiaryRow>::new(self.reader.project.0, (), all, AT_A_TIME);
        let mut count = 0;
        loop {
            let access = self.reader.access().await?;
            let rows = walk.next(self.reader.app.db.read(), export::diary(&access)).await?;
            if rows.is_empty() {
                break;
            }
            if count == 0 {
                self.zip.begin(DIARY, Packing::Deflated, self.made)?;
                let begin = self.frame.begin("Project diary", "") + "<h1>Project diary</h1>\n";
                self.zip.add(begin.as_bytes()).await?;
            }
            for row in rows {
                count += 1;
                let entry = self.entry(&access, row, count).await?;
                self.zip.add(entry.as_bytes()).await?;
            }
        }
        if count > 0 {
            self.zip.add(END.as_bytes()).await?;
        }
        Ok(count)
    }

    async fn entry(&self, access: &Access, row: DiaryRow, number: u64) -> Result<String> {
        let name = cell(&row.author_name)?;
        let mut about = by("Written", Some(&name), cell(&row.created_at)?);
        if let Some(edited) = cell(&row.edited_at)? {
            about.push_str(&by(", last edited", None, edited));
        }
        let tag = entry_for(cell(&row.visibility)?);
        let html = markup::current(cell(&row.html)?, cell(&row.stale)?).await?;
        let html = self.shown(access, html, "", format!("{number}-")).await?;
        Ok(format!(
            "<article class=\"entry\">\n{}<p class=\"about\">{about} <span class=\"tag\">{tag}</span></p>\n\
             {}</article>\n",
            self.frame.heading(2, &cell(&row.title)?),
            self.frame.text(&html)
        ))
    }

    /// A text as HTML, with the media that is in the archive and may be seen now.
    async fn shown(
        &self,
        access: &Access,
        html: String,
        up: &'static str,
        notes: String,
    ) -> Result<String> {
        let to = Offline {
            media: self.links(access, &html, up).await?,
            pages: Arc::clone(&self.names),
            up,
            here: Arc::clone(&self.here),
            notes,
        };
        markup::take_offline(html, to).await
    }

    async fn links(
        &self,
        access: &Access,
        html: &str,
        up: &str,
    ) -> Result<BTreeMap<MediaId, Link>> {
        let named = markup::media(html);
        let (db, key) = (self.reader.app.db.read(), Columns::key::<MediaRow>());
        let seen = export::media_now(db, access, &named, key).await?;
        let link = |id: MediaId| {
            let (address, image) = match self.media.get(&id)? {
                Kept::File(path, image) => (format!("{up}{}", name::address(path)), *image),
                Kept::Video(address) => (address.clone(), false),
                Kept::Lost => return None,
            };
            Some((id, Link { address, image }))
        };
        Ok(seen.into_keys().filter_map(link).collect())
    }

    /// Adds a file of HTML.
    pub(super) async fn file(&mut self, path: &str, at: DateTime<Utc>, html: &str) -> Result<()> {
        self.zip.begin(path, Packing::Deflated, at)?;
        self.zip.add(html.as_bytes()).await
    }
}

/// The name of an author or editor, for those who may see it.
fn writer(access: &Access, id: AccountId, writer: &Writer) -> Result<Option<String>> {
    let seen = access.sees_writer(id, cell(&writer.kind)?, cell(&writer.role)?);
    seen.then(|| cell(&writer.name)).transpose()
}
