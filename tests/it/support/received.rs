//! A mail as a mail program reads it.

use mail_parser::MessageParser;

/// A mail as a mail program reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The names and raw values of all headers, in order.
    pub headers: Vec<(String, String)>,
    /// The recipient.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Received {
    /// Reads the bytes of a mail.
    pub fn read(bytes: &[u8]) -> Self {
        let mail = MessageParser::default().parse(bytes).unwrap();
        let headers = mail.headers_raw();
        Self {
            headers: headers.map(|(name, raw)| (name.to_owned(), raw.trim().to_owned())).collect(),
            to: mail.to().unwrap().first().unwrap().address().unwrap().to_owned(),
            subject: mail.subject().unwrap().to_owned(),
            text: mail.body_text(0).unwrap().replace("\r\n", "\n"),
        }
    }

    /// A header's raw value.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|header| header.0 == name);
        let value = &values.next().unwrap_or_else(|| panic!("there is no {name}")).1;
        assert!(values.next().is_none(), "there are several {name}");
        value
    }

    /// The token, which is on its own line.
    pub fn token(&self) -> &str {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let mut lines = self.text.lines();
        lines
            .find(|line| line.len() == 43 && line.chars().all(is_part))
            .unwrap_or_else(|| panic!("there is no token in {}", self.text))
    }
}
