//! Where something is in the text of a document, as clients count it: lines end as the specification
//! says (<https://spec.graphql.org/September2025/#LineTerminator>), and columns are UTF-16 code
//! units, as in graphql-js and in editors.

use async_graphql::Pos;
use bluejay_parser::HasSpan;

/// The places of a text.
#[derive(Debug)]
pub struct Places<'a> {
    /// The text.
    pub text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    /// How many UTF-16 code units there are before each byte, unless the text is ASCII.
    units: Option<Vec<usize>>,
}

impl<'a> Places<'a> {
    /// The places of this text.
    pub fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = (0..bytes.len()).filter(|at| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let lines = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        Self { text, lines, units: (!text.is_ascii()).then(|| units(text)) }
    }

    /// The place of this byte.
    pub fn at(&self, byte: usize) -> Pos {
        let byte = byte.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= byte);
        let column = self.unit(byte) - self.unit(self.lines[line - 1]) + 1;
        Pos { line, column }
    }

    /// Where something begins.
    pub fn start(&self, of: &impl HasSpan) -> Pos {
        self.at(of.span().byte_range().start)
    }

    fn unit(&self, byte: usize) -> usize {
        self.units.as_ref().map_or(byte, |units| units[byte])
    }
}

fn units(text: &str) -> Vec<usize> {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut before = 0;
    for character in text.chars() {
        units.extend(std::iter::repeat_n(before, character.len_utf8()));
        before += character.len_utf16();
    }
    units.push(before);
    units
}
