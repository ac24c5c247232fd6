//! Nothing harmful comes out of a page, whatever goes in (T-01).

use std::{cell::RefCell, time::Instant};

use domain::markup::{ATTRIBUTES, REL, SCHEMES, TAGS, html, sanitise};
use entity::{Kind, MediaId};
use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

use payload::PAYLOADS;

pub mod payload;

/// Collects the tags of a document, as a browser's parser reads them.
#[derive(Default)]
struct Tags(RefCell<Vec<Tag>>);

impl TokenSink for Tags {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.0.borrow_mut().push(tag),
            Token::CommentToken(comment) => panic!("a comment: {comment}"),
            Token::DoctypeToken(_) => panic!("a doctype"),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// All tags of an HTML, which has nothing but texts between them.
pub fn tags(html: &str) -> Vec<Tag> {
    let tokenizer = Tokenizer::new(Tags::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Asserts that it contains nothing but what is allowed.
pub fn harmless(html: &str, of: &str) {
    let what = |why: &str| format!("{why}\nin {html:?}\nof {of:?}");
    assert_eq!(sanitise(html), html, "{}", what("is no fixed point"));
    let mut open = 0_i32;
    for tag in tags(html) {
        let name = &*tag.name;
        assert!(TAGS.contains(&name), "{}", what(name));
        let void = ["br", "hr", "img"].contains(&name);
        open += match tag.kind {
            TagKind::StartTag => i32::from(!void),
            TagKind::EndTag => -1,
        };
        let allowed = ATTRIBUTES.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, all)| all);
        for attribute in &tag.attrs {
            let (key, value) = (&*attribute.name.local, &*attribute.value);
            match key {
                "rel" => assert_eq!((name, value), ("a", REL), "{}", what(key)),
                _ => assert!(allowed.contains(&key), "{}", what(key)),
            }
            match key {
                "href" => {
                    let scheme = value.split(':').next().unwrap().to_ascii_lowercase();
                    let fits = SCHEMES.contains(&scheme.as_str())
                        || value.starts_with("#page-note-")
                        || names_media(value);
                    assert!(fits, "{}", what(value));
                }
                "src" => assert!(names_media(value), "{}", what(value)),
                "id" => assert!(value.starts_with("page-note-"), "{}", what(value)),
                "align" => assert!(["left", "center", "right"].contains(&value), "{}", what(value)),
                "start" => assert!(value.parse::<u32>().is_ok(), "{}", what(value)),
                _ => {}
            }
        }
        if name == "a" && tag.kind == TagKind::StartTag {
            let rel = tag.attrs.iter().any(|a| &*a.name.local == "rel");
            assert!(rel, "{}", what("a link without rel"));
        }
    }
    assert_eq!(open, 0, "{}", what("something is left open"));
}

fn names_media(value: &str) -> bool {
    value.strip_prefix("media:").is_some_and(|id| MediaId::read(id).is_some())
}

#[test]
fn nothing_that_harms_comes_out_of_what_people_have_tried() {
    for payload in PAYLOADS {
        for text in [
            (*payload).to_owned(),
            format!("words {payload} words"),
            format!("> - {payload}\n\n<div>{payload}</div>"),
            format!("<p><b>{payload}"),
            format!("| a |\n|---|\n| {payload} |"),
        ] {
            let html = html(&text);
            harmless(&html, &text);
            let low = html.to_ascii_lowercase();
            for never in ["<script", "<svg", "<iframe", "<style", "<form", "<input"] {
                assert!(!low.contains(never), "{never} in {html:?} of {text:?}");
            }
        }
    }
}

#[test]
fn what_markdown_says_comes_out() {
    for (text, expected) in [
        (
            "# Bees\n\nWe *watch* **bees**.",
            "<h1>Bees</h1>\n<p>We <em>watch</em> <strong>bees</strong>.</p>\n",
        ),
        ("~~wasps~~", "<p><del>wasps</del></p>\n"),
        (
            "[x](https://example.org \"Title\")",
            "<p><a href=\"https://example.org\" title=\"Title\" rel=\"noopener noreferrer nofollow ugc\">x</a></p>\n",
        ),
        (
            "<anna@example.org>",
            "<p><a href=\"mailto:anna@example.org\" rel=\"noopener noreferrer nofollow ugc\">anna@example.org</a></p>\n",
        ),
        (
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            "<table><thead><tr><th>a</th><th align=\"right\">b</th></tr></thead><tbody>\n\
             <tr><td>1</td><td align=\"right\">2</td></tr>\n</tbody></table>\n",
        ),
        ("- [x] done\n- [ ] open", "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n"),
        (
            "So[^why].\n\n[^why]: Because.",
            "<p>So<sup><a href=\"#page-note-1\" rel=\"noopener noreferrer nofollow ugc\">1</a></sup>.</p>\n\
             <div id=\"page-note-1\"><sup>1</sup>\n<p>Because.</p>\n</div>\n",
        ),
        ("3. three\n4. four", "<ol start=\"3\">\n<li>three</li>\n<li>four</li>\n</ol>\n"),
        ("```rust\nif a < b {}\n```", "<pre><code>if a &lt; b {}\n</code></pre>\n"),
        // A missing picture is replaced by its words.
        ("![a bee on a rose](media:media_0193)", "<p>a bee on a rose</p>\n"),
        ("<kbd>H</kbd><sub>2</sub>O <u>x</u>", "<p><kbd>H</kbd><sub>2</sub>O <u>x</u></p>\n"),
        ("", ""),
    ] {
        assert_eq!(html(text), expected, "{text}");
    }
}

#[test]
fn no_text_takes_long_to_render() {
    let most = 100_000;
    let fill = |piece: &str| piece.repeat(most / piece.len());
    let texts = [
        fill(">"),
        fill("> "),
        fill("- "),
        fill("1) "),
        fill("*a _"),
        fill("**a"),
        fill("["),
        fill("]("),
        fill("![a]("),
        fill("<b>"),
        fill("<b><i>"),
        fill("<div>"),
        fill("<a href=https://example.org>"),
        fill("<table><td>"),
        fill("<p>"),
        fill("<"),
        fill("</b>"),
        fill("<!--"),
        fill("&amp;"),
        fill("`"),
        fill("[^1]"),
        format!("<a {}>", fill("ab ")),
        format!("<a {}>", (0..12_000).map(|n| format!("a{n}")).collect::<Vec<_>>().join(" ")),
        format!("|{}\n|{}\n{}", "a|".repeat(9000), "-|".repeat(9000), "|\n".repeat(30_000)),
        (0..2000).map(|n| format!("{}- x\n", " ".repeat(n.min(45)))).collect::<Vec<_>>().concat(),
    ];
    for text in texts {
        let start = Instant::now();
        let html = html(&text);
        let took = start.elapsed();
        let begins: String = text.chars().take(20).collect();
        println!("{begins:?}: {took:?}, {} bytes", html.len());
        assert!(took.as_secs() < 30, "{begins:?}: {took:?}");
        assert_eq!(sanitise(&html), html, "{begins:?}");
    }
}

/// Pieces that are meaningful to one parser or the other.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "<",
        ">",
        "</",
        "/>",
        "\"",
        "'",
        "=",
        "&",
        ";",
        "#",
        "`",
        "*",
        "_",
        "~~",
        "|",
        "\n",
        "\n\n",
        "    ",
        "> ",
        "- ",
        "1. ",
        "[",
        "](",
        ")",
        "![",
        "[^1]",
        "[^1]: ",
        ":",
        "|---|",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<b>",
        "</b>",
        "<i>",
        "<a href=",
        "</a>",
        "<p>",
        "</p>",
        "<pre>",
        "<div>",
        "</div>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<ul>",
        "<li>",
        "<button>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<style>",
        "</style>",
        "<script>",
        "</script>",
        "<title>",
        "<textarea>",
        "<noscript>",
        "<template>",
        "<select>",
        "<option>",
        "<form>",
        "<h1>",
        "<h2>",
        "<code>",
        "<font>",
        "<nobr>",
        "<marquee>",
        "<dd>",
        "<ruby>",
        "<rt>",
        "<br>",
        "<hr>",
        "<img src=x>",
        "<input>",
        "<frameset>",
        "<body>",
        "<html>",
        "<head>",
        "<col>",
        "<caption>",
        "<plaintext>",
        "<listing>",
        "<foreignObject>",
        "onclick=",
        "href=",
        "id=",
        "javascript:",
        "data:",
        "https://example.org",
        "mailto:",
        "#page-note-1",
        "\u{0}",
        "\t",
        "\u{a0}",
        "&lt;",
        "&#x6a;",
        "x",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_rendered_is_harmless_and_stays_as_it_is(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        harmless(&html(&text), &text);
    }
}

on_both_databases! {
    async fn what_people_have_tried_does_no_harm_in_a_page(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let mut pages = vec![];
        // All of it, through the API, in few pages.
        for some in PAYLOADS.chunks(30) {
            // Non-printable characters are rejected as input.
            let some: Vec<_> = some.iter().map(|s| s.replace(['\u{0}', '\u{1}', '\x0c'], "")).collect();
            let title = some[0].replace('\n', " ");
            let text = some.join("\n\nwords\n\n");
            let input = json!({ "twinSpaceId": space.id.to_string(), "title": title, "text": text,
                "visibility": "PUBLIC" });
            let fields = "page { id title text html }";
            let page = app.does(founder, "createPage", input, fields).await["page"].take();
            // A title is text, for clients to display as text: as it was written.
            assert_eq!(page["title"], title.split_whitespace().collect::<Vec<_>>().join(" "));
            harmless(page["html"].as_str().unwrap(), page["text"].as_str().unwrap());
            pages.push(page);
        }
        for page in pages {
            let query = format!("{{ page(id: {}) {{ html }} }}", page["id"]);
            let read = app.sees(None, &query).await;
            assert_eq!(read["page"]["html"], page["html"]);
        }
    }

    async fn characters_that_cannot_be_printed_are_refused(app: TestApp) {
        let space = app.space().await;
        for (title, text, field) in [
            ("a\u{202e}b", "x", "title"), ("x", "a\u{0}b", "text"), ("x", "a\u{2066}b", "text"),
            (" ", "x", "title"),
        ] {
            let input = json!({ "twinSpaceId": space.id.to_string(), "title": title, "text": text });
            let ended = app.tries(&space.founders[0], "createPage", input).await;
            assert_eq!(ended, format!("BAD_USER_INPUT {field}"));
        }
        let long = |title: usize, text: usize| json!({ "twinSpaceId": space.id.to_string(),
            "title": "ä".repeat(title), "text": "ä".repeat(text) });
        let tries = async |input: Value| app.tries(&space.founders[0], "createPage", input).await;
        assert_eq!(tries(long(200, 100_000)).await, "OK");
        assert_eq!(tries(long(201, 1)).await, "BAD_USER_INPUT title");
        assert_eq!(tries(long(1, 100_001)).await, "BAD_USER_INPUT text");
    }
}
