//! Printable sign-in cards for a class, so that nobody takes screenshots of passwords. A sheet is
//! generated in the response that contains the passwords, and stored nowhere.

use std::fmt::Write;

use ammonia::clean_text;

/// The sign-in details of one pupil.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a> {
    /// The name.
    pub name: &'a str,
    /// The username.
    pub username: &'a str,
    /// The password, in plain text.
    pub password: &'a str,
}

const STYLE: &str = "\
@page { margin: 12mm }
* { box-sizing: border-box }
body { font: 11pt/1.4 system-ui, sans-serif; margin: 0; color: #000; background: #fff }
ul { display: grid; grid-template-columns: 1fr 1fr; margin: 0; padding: 0 .3mm 0 0; list-style: none }
li { break-inside: avoid; overflow-wrap: anywhere; padding: 5mm; border: .3mm dashed #777; margin: 0 -.3mm -.3mm 0 }
h1 { font-size: 10pt; font-weight: normal; margin: 0; color: #444 }
h2 { font-size: 13pt; margin: 0 0 2mm }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 4mm; margin: 0 }
dt { color: #444 }
dd { margin: 0; font: 600 12pt/1.4 ui-monospace, monospace }
p { font-size: 9pt; margin: 2mm 0 0; color: #444 }
";

/// A self-contained HTML page with a card for each pupil. `title` is that of the TwinSpace, and
/// `address` is where to sign in.
pub fn sheet(title: &str, address: &str, cards: &[Card<'_>]) -> String {
    let (title, address) = (clean_text(title), clean_text(address));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>Sign-in cards</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<ul>\n"
    );
    for card in cards {
        let [name, username, password] = [card.name, card.username, card.password].map(clean_text);
        writeln!(
            page,
            "<li><h1>{title}</h1><h2>{name}</h2>\
             <dl><dt>Address</dt><dd>{address}</dd><dt>Username</dt><dd>{username}</dd>\
             <dt>Password</dt><dd>{password}</dd></dl>\
             <p>Keep this card to yourself. If you lose it, ask your teacher for a new password.</p></li>"
        )
        .expect("writing to a string does not fail");
    }
    page.push_str("</ul>\n</body>\n</html>\n");
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_card_is_text_whatever_it_is() {
        let evil = "<script>alert(1)</script>\"'&";
        let page = sheet(evil, evil, &[Card { name: evil, username: evil, password: evil }]);
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 5, "{page}");
    }
}
