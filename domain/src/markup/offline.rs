//! HTML for a folder of files (P-18): what leads to this server leads to a file instead.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use entity::{Kind, MediaId, PageId};
use url::{Origin, Url};

use super::sieve::{Link, NOTE, media_id, sieve};

/// Where the links of a text lead in a folder of files.
#[derive(Clone, Debug)]
pub struct Offline {
    /// The files of media, and the addresses of linked videos.
    pub media: BTreeMap<MediaId, Link>,
    /// The addresses of pages in the folder.
    pub pages: Arc<BTreeMap<PageId, String>>,
    /// What leads from the text to the folder: nothing, or `../`.
    pub up: &'static str,
    /// Where this server and its app are.
    pub here: Arc<[Origin]>,
    /// Distinguishes the footnotes of several texts in one file.
    pub notes: String,
}

/// Sanitised HTML with its links to media, pages and footnotes as they are in the folder. Media that
/// is not there is replaced by its words.
pub(super) fn link(html: &str, to: Offline) -> String {
    let linked = sieve(move |tag, name, value| match name {
        "id" => Some(Cow::Owned(to.note(value))),
        "src" => to.media(tag, media_id(value)?),
        "href" => match (media_id(value), value.strip_prefix('#')) {
            (Some(id), _) => to.media(tag, id),
            (None, Some(note)) => Some(Cow::Owned(format!("#{}", to.note(note)))),
            (None, None) => to.elsewhere(value),
        },
        _ => Some(Cow::Borrowed(value)),
    });
    linked.clean(html).to_string()
}

impl Offline {
    fn note(&self, id: &str) -> String {
        format!("{NOTE}{}{}", self.notes, id.strip_prefix(NOTE).unwrap_or_default())
    }

    fn media(&self, tag: &str, id: MediaId) -> Option<Cow<'static, str>> {
        let link = self.media.get(&id).filter(|link| link.image || tag != "img");
        link.map(|link| Cow::Owned(link.address.clone()))
    }

    /// An address that was written as such. If it leads to this server or its app and names a page, it
    /// leads to that page; links to media have expired.
    fn elsewhere<'v>(&self, address: &'v str) -> Option<Cow<'v, str>> {
        let here = Url::parse(address).is_ok_and(|url| self.here.contains(&url.origin()));
        if !here {
            return Some(Cow::Borrowed(address));
        }
        let mut words = address.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let page = words.clone().filter_map(PageId::read).find_map(|page| self.pages.get(&page));
        if let Some(page) = page {
            return Some(Cow::Owned(format!("{}{page}", self.up)));
        }
        match words.find_map(MediaId::read) {
            Some(media) => self.media("a", media),
            None => Some(Cow::Borrowed(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline(text: &str, page: PageId, media: MediaId) -> String {
        let bees = Link { address: "../media/0001%20bees.png".into(), image: true };
        let here = [Url::parse("https://twinspace.example").unwrap().origin()];
        let to = Offline {
            media: [(media, bees)].into(),
            pages: Arc::new([(page, "pages/2-b.html".to_owned())].into()),
            up: "../",
            here: here.into(),
            notes: "7-".into(),
        };
        link(&super::super::html(text), to)
    }

    #[test]
    fn what_leads_here_leads_to_a_file_and_nothing_else_is_touched() {
        let (page, media) = (PageId::new(), MediaId::new());
        let (other, gone) = (PageId::new(), MediaId::new());
        for (text, expected) in [
            (format!("![bees](media:{media})"), r#"src="../media/0001%20bees.png""#.to_owned()),
            (format!("[bees](media:{media})"), r#"href="../media/0001%20bees.png""#.to_owned()),
            (format!("![gone](media:{gone})"), r#"<img alt="gone">"#.to_owned()),
            (
                format!("[b](https://twinspace.example/app/{page})"),
                r#"href="../pages/2-b.html""#.into(),
            ),
            (
                format!("[b](https://twinspace.example/#/p?id={page}&x)"),
                r#"href="../pages/2-b.html""#.into(),
            ),
            (
                format!("[b](https://twinspace.example/media/{media}?until=1)"),
                r#"href="../media/0001%20bees.png""#.into(),
            ),
            (format!("[b](https://other.example/{page})"), format!("https://other.example/{page}")),
            (
                format!("[b](https://twinspace.example.org/{page})"),
                format!("https://twinspace.example.org/{page}"),
            ),
            (
                format!("[b](https://twinspace.example/{other})"),
                format!("https://twinspace.example/{other}"),
            ),
        ] {
            let html = offline(&text, page, media);
            assert!(html.contains(&expected), "{text}: {html}");
        }
        let gone = offline(&format!("[b](https://twinspace.example/media/{gone})"), page, media);
        assert!(!gone.contains("href"), "{gone}");
    }

    #[test]
    fn footnotes_of_several_texts_stay_apart() {
        let html = offline("Bees[^1]\n\n[^1]: They fly.", PageId::new(), MediaId::new());
        assert!(html.contains(r##"href="#page-note-7-1""##), "{html}");
        assert!(html.contains(r#"id="page-note-7-1""#), "{html}");
    }
}
