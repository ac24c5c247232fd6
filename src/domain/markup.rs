//! Markdown to HTML that is safe to put into anybody's page, children's among them.
//!
//! Whatever the Markdown says, and whatever HTML stands in it, only what [`TAGS`] and
//! [`ATTRIBUTES`] name comes out. What comes out is a fixed point: to clean it again changes
//! nothing, so that a client that parses it sees what the sieve saw.
//!
//! HTML is made once, when a text is written, and names media; their links, which expire and are
//! for one reader, are put in when it is read.

use std::collections::BTreeMap;

use entity::MediaId;
use sea_orm::{
    ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Order, Query},
};
use tokio::{sync::Semaphore, task::spawn_blocking};
use uuid::Uuid;

use crate::{Error, Result, db::Db};

mod sieve;
mod writer;

pub use sieve::{ATTRIBUTES, Link, REL, SCHEMES, TAGS, media, rename, sanitise};

/// The version of what is below. Raise it with every change to what comes out: HTML that an older
/// one made is not shown any more, and made anew.
pub const RENDERER: i32 = 2;

/// The most bytes of HTML that a text may make: so many, and so many more for each of its own.
const MOST: usize = 64 << 10;
const TIMES: usize = 4;
/// How many texts are rendered at a time: some take long.
static TURNS: Semaphore = Semaphore::const_new(2);
/// How often HTML is cleaned until it stays the same.
const ROUNDS: usize = 8;
/// How many texts are rendered anew at a time.
const AT_A_TIME: u64 = 20;

/// A text as HTML, made where it holds nobody up.
pub async fn render(text: &str) -> Result<String> {
    let (text, most) = (text.to_owned(), MOST + TIMES * text.len());
    let turn = TURNS.acquire().await.map_err(Error::internal)?;
    let rendered = spawn_blocking(move || {
        // Given back when the work ends, even if nobody waits for it any more.
        let _turn = turn;
        html(&text)
    });
    let html = rendered.await.map_err(Error::internal)?;
    match html.len() > most {
        true => Err(Error::invalid("text", "produces too much HTML")),
        false => Ok(html),
    }
}

/// The same of a text that was taken before: where it makes too much HTML now, its words alone.
async fn render_again(text: &str) -> Result<String> {
    match render(text).await {
        Err(Error::Invalid(_)) => Ok(words(text)),
        html => html,
    }
}

/// The HTML that is kept of a text; made now of the text itself, where what is kept is
/// [`stale`].
pub async fn current(kept: Option<String>, stale: Option<String>) -> Result<String> {
    match (kept, stale) {
        (Some(html), _) => Ok(html),
        (None, Some(text)) => render_again(&text).await,
        (None, None) => Err(Error::internal("neither HTML nor text")),
    }
}

/// HTML with the [media] for which there are links; in place of other images stand their words.
pub async fn link(html: String, links: BTreeMap<MediaId, Link>) -> Result<String> {
    spawn_blocking(move || sieve::link(&html, links)).await.map_err(Error::internal)
}

/// The column of HTML, where the renderer of today made it.
pub fn kept(html: Expr, renderer: Expr) -> Expr {
    Expr::case(renderer.eq(RENDERER), html).finally(Expr::val(None::<String>)).into()
}

/// The column of the text to make it of, where another one did.
pub fn stale(text: Expr, renderer: Expr) -> Expr {
    Expr::case(renderer.ne(RENDERER), text).finally(Expr::val(None::<String>)).into()
}

/// Makes anew what an older renderer made, some of it at a time. Answers how much it was.
pub async fn renew(db: &Db) -> Result<usize> {
    let mut count = 0;
    for table in ["page_version", "diary_entry"].map(Alias::new) {
        let old = Query::select()
            .columns(["id", "text"])
            .from(table.clone())
            .and_where(Expr::col("renderer").lt(RENDERER))
            .order_by("renderer", Order::Asc)
            .limit(AT_A_TIME)
            .take();
        for row in db.read().query_all(&old).await? {
            let (id, text): (Uuid, String) = (row.try_get("", "id")?, row.try_get("", "text")?);
            let update = Query::update()
                .table(table.clone())
                .value("html", render_again(&text).await?)
                .value("renderer", RENDERER)
                .and_where(Expr::col("id").eq(id))
                // Who edits it meanwhile renders it too.
                .and_where(Expr::col("text").eq(text))
                .take();
            let tx = db.begin().await?;
            tx.execute(&update).await?;
            tx.commit().await?;
            count += 1;
        }
    }
    Ok(count)
}

/// A text as HTML.
pub fn html(text: &str) -> String {
    let clean = |raw| settled(&writer::write(text, raw));
    // Second, where the HTML in it finds no rest, without; last, as nothing but words.
    clean(true).or_else(|| clean(false)).unwrap_or_else(|| words(text))
}

/// A text as it stands.
fn words(text: &str) -> String {
    let words = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    sanitise(&format!("<p>{words}</p>"))
}

/// Cleans until nothing changes any more: what was inside of what is left out may be read
/// differently without it. None if it does not come to rest.
fn settled(html: &str) -> Option<String> {
    let mut html = sanitise(html);
    for _ in 0..ROUNDS {
        let again = sanitise(&html);
        if again == html {
            return Some(html);
        }
        html = again;
    }
    None
}
