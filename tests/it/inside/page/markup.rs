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

/// Known attacks.
pub const PAYLOADS: &[&str] = &[
    // Scripts.
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1);//<</script>",
    "<script/src=data:,alert(1)>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    // Handlers.
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\" alt=\"words\">",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<img/src=`x`onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)//",
    "<body onload=alert(1)>",
    "<p onclick=alert(1) onmouseover='alert(2)'>x</p>",
    "<a onfocus=alert(1) autofocus tabindex=0 href=https://example.org>x</a>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<input onfocus=alert(1) autofocus>",
    "<select onfocus=alert(1) autofocus><option>x</select>",
    "<b\x0conclick=alert(1)>x</b>",
    "<p/onclick=alert(1)/x>x</p>",
    // Addresses.
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](  javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\u{1}script:alert(1)>)",
    "[x](&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;:alert(1))",
    "[x](javascript&colon;alert&lpar;1&rpar;)",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](livescript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml;base64,PHN2Zy8+)",
    "[x](blob:https://example.org/1)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](/relative)",
    "[x](#top)",
    "[x](?query)",
    "[x](view-source:https://example.org)",
    "[x](jar:https://example.org!/x)",
    "[x](https://example.org \"t\" onclick=alert(1))",
    "[x](https://example.org 't\" onclick=\"alert(1)')",
    "[x](https://example.org\"onclick=\"alert(1))",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "[x][r]\n\n[r]: <javascript:alert(1)> \"t\"",
    "[r]\n\n[r]: data:text/html,x '\" onload=alert(1)'",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "<https://example.org/\"onclick=alert(1)>",
    "<x@example.org?onclick=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript:alert(1)'>x</a>",
    "<a href='java&#0;script:alert(1)'>x</a>",
    "<a href='\u{a0}javascript:alert(1)'>x</a>",
    "<a href='https:javascript:alert(1)'>x</a>",
    "<a href=https://example.org target=_top rel=opener ping=https://evil.example download>x</a>",
    "<a xlink:href='javascript:alert(1)'>x</a>",
    "<area href='javascript:alert(1)'>",
    // Pictures.
    "![x](javascript:alert(1))",
    "![x](https://evil.example/track.gif)",
    "![x](//evil.example/track.gif)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![<script>alert(1)</script>](x)",
    "![x\" onerror=\"alert(1)](x)",
    "![x](x \"y\" onerror=\"alert(1)\")",
    "![x][r]\n\n[r]: https://evil.example/track.gif",
    "[![x](https://evil.example/a.gif)](javascript:alert(1))",
    "![a ![b](javascript:1) [c](javascript:2)](javascript:3)",
    "![x](media:media_0193e0c4a7b17c02b7a5c0b3f4d2e911)",
    "<img srcset='https://evil.example/x 1x'>",
    "<picture><source srcset=//evil.example/x><img src=x></picture>",
    "<image src=x onerror=alert(1)>",
    // Style.
    "<style>body{background:url(//evil.example)}</style>",
    "<style>@import '//evil.example';",
    "<p style=\"background:url(javascript:alert(1))\">x</p>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<link rel=stylesheet href=//evil.example>",
    "<font color=red size=7>x</font>",
    "<p class='btn btn-danger modal' id=login name=x data-x=y dir=rtl lang=en hidden>x</p>",
    "<table background=javascript:alert(1)><tr><td background=x bgcolor=red>x</table>",
    // Frames, forms, objects.
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe><a title=\"</iframe><img src onerror=alert(1)>\">x",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<form action=javascript:alert(1)><input name=password type=password><button>x</button></form>",
    "<form><button formaction=javascript:alert(1)>x",
    "<isindex action=javascript:alert(1)>",
    "<textarea><script>alert(1)</script>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//evil.example>",
    "<portal src=//evil.example>",
    "<template><script>alert(1)</script></template>",
    "<dialog open>x</dialog>",
    "<html><head><title>x</title></head><body background=x>",
    "<!DOCTYPE html><p>x",
    // Other namespaces, and what can be read in two ways.
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1)>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><foreignObject><p>x</p></foreignObject></svg>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<math><annotation-xml encoding=text/html><style><img src=x onerror=alert(1)></style>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noembed><img title=\"</noembed><img src onerror=alert(1)>\"></noembed>",
    "<noframes><img title=\"</noframes><img src onerror=alert(1)>\"></noframes>",
    "<xmp><p title=\"</xmp><img src onerror=alert(1)>\"></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><?php echo 1 ?><script>alert(1)</script>",
    "<%= x %><script>alert(1)</script>",
    "<p><button><p>x</p></button></p>",
    "<table><td><a><table><a href=https://example.org>x",
    "<a href=https://a.example><b><p></a>x</b></p>",
    "<pre>\n\nx</pre>",
    "<b><b><b><b><i><p></b>x</i>",
    "<table><script>alert(1)</script><p>x<tr>y",
    "<ul><li><table><li></ul></table>",
    // Unclosed, and truncated.
    "<p title=\"x",
    "<a href=\"https://example.org",
    "<img src=x onerror=alert(1)",
    "</p></div></body></html><script>alert(1)</script>",
    "<",
    "<a",
    "<!--",
    "</",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;",
    "\\<script>alert(1)\\</script>",
    "\u{fe64}script\u{fe65}alert(1)\u{ff1c}/script\u{ff1e}",
    "\u{0}<scr\u{0}ipt>alert(1)</scr\u{0}ipt>",
    // Markdown syntax.
    "```html\n<script>alert(1)</script>\n```",
    "```\"><script>alert(1)</script>\nx\n```",
    "~~~ <img src=x onerror=alert(1)>\nx\n~~~",
    "| <script>alert(1)</script> |\n|:-:|\n| [x](javascript:alert(1)) |",
    "x[^1]\n\n[^1]: <script>alert(1)</script> [y](javascript:alert(1))",
    "x[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: y",
    "x[^a]\n\n[^a]: y\n\n<div id=login>z</div><div id=page-note-1>w</div>",
    "- [x] <script>alert(1)</script>\n- [ ] <input type=checkbox onclick=alert(1)>",
    "# <script>alert(1)</script> {#id onclick=alert(1)}",
    "~~<img src=x onerror=alert(1)>~~",
    "> <div>\n> x\n\n</div><script>alert(1)</script>",
    "<div>\n\n*x*\n\n</p></blockquote><script>alert(1)</script></div>",
    "99999999999999999999. x\n1000000000. y",
];

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
