//! The words of the mails in every language.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use domain::mail::{Letter, News};
use entity::TwinSpaceRole;
use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser::parse,
};
use sea_orm::Iterable;
use twinspace::mail::{
    Language,
    letter::{Words, compose},
};

use super::TOKEN;

/// The messages of a language, with what each of them contains: `$name`, and other messages.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn messages(language: Language) -> Messages {
    let resource =
        parse(language.source()).unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}"));
    let mut found = Messages::new();
    for entry in &resource.body {
        let message = match entry {
            Entry::Message(message) => message,
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
            other => panic!("{language}: {other:?}"),
        };
        let attributes = message.attributes.iter().map(|it| (Some(it.id.name), &it.value));
        let value = message.value.as_ref().map(|value| (None, value));
        for (attribute, pattern) in value.into_iter().chain(attributes) {
            let attribute = attribute.map(|name| format!(".{name}")).unwrap_or_default();
            let name = format!("{}{attribute}", message.id.name);
            let mut parts = BTreeSet::new();
            contents(pattern, &mut parts);
            assert!(found.insert(name, parts).is_none(), "{language}: {} twice", message.id.name);
        }
    }
    found
}

fn contents(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                found.insert(part(inline));
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                found.insert(part(selector));
                for variant in variants {
                    contents(&variant.value, found);
                }
            }
        }
    }
}

fn part(inline: &InlineExpression<&str>) -> String {
    match inline {
        InlineExpression::VariableReference { id } => format!("${}", id.name),
        InlineExpression::MessageReference { id, attribute: None } => id.name.to_owned(),
        other => panic!("{other:?}"),
    }
}

/// The variables of a message, with those of the messages in it.
fn variables(messages: &Messages, name: &str) -> BTreeSet<String> {
    let parts = messages.get(name).unwrap_or_else(|| panic!("there is no {name}"));
    let (own, others): (BTreeSet<_>, BTreeSet<_>) =
        parts.iter().cloned().partition(|part| part.starts_with('$'));
    others.iter().flat_map(|other| variables(messages, other)).chain(own).collect()
}

fn name() -> String {
    "Žofie".to_owned()
}

/// Every kind of letter, with every kind of news.
fn letters() -> Vec<Letter> {
    let project = || "Rivers & seas".to_owned();
    let mut all = vec![
        Letter::VerifyEmail { name: name() },
        Letter::AlreadyRegistered { name: name() },
        Letter::BecomeTeacher { name: name() },
        Letter::Admission { name: name(), declined: None },
        Letter::Admission { name: name(), declined: Some("Not known\nhere.".to_owned()) },
        Letter::ResetPassword { name: name() },
        Letter::ChangeEmail { name: name() },
        Letter::EmailChanging { name: name() },
        Letter::ContactRequest { name: name(), from: "Jörg".to_owned() },
        Letter::Message { name: name(), project: project() },
        Letter::Sentence { name: name(), project: project(), what: "It is so.".to_owned() },
    ];
    for inviter in [None, Some("Jörg".to_owned())] {
        all.extend(TwinSpaceRole::iter().map(|role| Letter::Invitation {
            inviter: inviter.clone(),
            project: project(),
            role,
        }));
    }
    all.extend(News::iter().map(|news| {
        let by = || "Jörg".to_owned();
        let news = match news {
            News::FoundingProposed { .. } => News::FoundingProposed { by: by() },
            News::FoundingAccepted { .. } => News::FoundingAccepted { by: by() },
            News::FoundingDeclined { .. } => News::FoundingDeclined { by: by() },
            News::LabelApplied { .. } => News::LabelApplied { by: by() },
            News::PupilsAsked { .. } => News::PupilsAsked { by: by(), count: 3 },
            News::PupilsAskedOfService { .. } => News::PupilsAskedOfService { count: 3 },
            News::CustodyOffered { .. } => News::CustodyOffered { by: by() },
            other => other,
        };
        Letter::News { name: name(), project: project(), news }
    }));
    all
}

fn write(letter: &Letter, language: Language) -> Words {
    let token = letter.purpose().map(|_| TOKEN);
    compose(letter, language, token, "https://twinspace.example")
}

#[test]
fn every_language_has_every_message_with_the_same_variables() {
    let english = messages(Language::ENGLISH);
    assert!(english.len() > 80, "{}", english.len());
    for language in Language::all() {
        let own = messages(language);
        let names = |messages: &Messages| messages.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&own), names(&english), "{language}");
        for name in own.keys() {
            assert_eq!(variables(&own, name), variables(&english, name), "{language}: {name}");
        }
    }
}

#[test]
fn every_message_belongs_to_a_letter() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mail/letter.rs");
    let letter = fs::read_to_string(path).unwrap();
    let english = messages(Language::ENGLISH);
    let mentioned: BTreeSet<_> = english.values().flatten().collect();
    let news: BTreeSet<&str> = News::iter().map(|news| (&news).into()).collect();
    for message in english.keys().filter(|name| !name.contains('.')) {
        let used = letter.contains(&format!("\"{message}\""))
            || news.contains(message.as_str())
            || mentioned.contains(message);
        assert!(used, "{message} is in no letter");
    }
}

#[test]
fn the_file_of_every_language_is_listed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/mail/letters");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let files: BTreeSet<_> = files.map(|name| name.into_string().unwrap()).collect();
    let listed: BTreeSet<_> = Language::all().map(|it| format!("{}.ftl", it.code())).collect();
    assert_eq!(files, listed);
    assert_eq!(Language::all().next(), Some(Language::ENGLISH));
    assert_eq!(Language::ENGLISH.code(), "en");
}

#[test]
fn every_letter_is_whole_in_every_language() {
    for language in Language::all() {
        for letter in letters() {
            let Words { subject, text, link, .. } = write(&letter, language);
            let shown = format!("{language} {letter:?}\n{subject}\n\n{text}");
            assert!(!subject.trim().is_empty() && subject.lines().count() == 1, "{shown}");
            let paragraphs: Vec<_> = text.split("\n\n").collect();
            assert!(paragraphs.iter().all(|paragraph| !paragraph.trim().is_empty()), "{shown}");
            // Fluent shows so what it has no value for; and it would surround names with marks.
            let strange = |c: char| matches!(c, '{' | '}' | '$' | '\u{2068}' | '\u{2069}');
            assert!(!subject.contains(strange) && !text.contains(strange), "{shown}");
            assert_eq!(
                paragraphs.iter().filter(|&&paragraph| paragraph == link).count(),
                1,
                "{shown}"
            );
            let tokens = letter.purpose().map_or(0, |_| 2);
            assert_eq!(text.matches(TOKEN).count(), tokens, "{shown}");
            // A sentence leads to the link, or there is nothing to say about it.
            let before = paragraphs.iter().position(|&paragraph| paragraph == link).unwrap() - 1;
            let leads =
                !matches!(letter, Letter::AlreadyRegistered { .. } | Letter::EmailChanging { .. });
            assert_eq!(paragraphs[before].ends_with(':'), leads, "{shown}");
            assert!(text.ends_with("\n\n-- \nTwinSpace\n"), "{shown}");
            if language != Language::ENGLISH {
                let english = write(&letter, Language::ENGLISH);
                assert_ne!(subject, english.subject, "{shown}");
                assert_ne!(paragraphs[1], english.text.split("\n\n").nth(1).unwrap(), "{shown}");
            }
        }
    }
}

#[test]
fn numbers_have_the_plurals_of_the_language() {
    let asked = |language: &str, count| {
        let news = News::PupilsAsked { by: "Jörg".to_owned(), count };
        let letter = Letter::News { name: name(), project: "Rivers".to_owned(), news };
        write(&letter, Language::of(language).unwrap()).text
    };
    assert!(asked("en", 1).contains("one of your pupils"));
    assert!(asked("en", 2).contains("2 of your pupils"));
    assert!(asked("de", 1).contains("eines der Kinder"));
    assert!(asked("de", 12).contains("12 der Kinder"));
    for (count, form) in [
        (1, "dołączyła jedna osoba"),
        (2, "dołączyły 2 osoby"),
        (5, "dołączyło 5 osób"),
        (12, "dołączyło 12 osób"),
        (22, "dołączyły 22 osoby"),
        (100, "dołączyło 100 osób"),
    ] {
        assert!(asked("pl", count).contains(form), "{}", asked("pl", count));
    }
}

#[test]
fn a_name_is_a_name_in_every_language() {
    let eve = "{ $project } { hello }\r\nBcc: all@example.org\u{2068}\u{202e} .subject = https://evil.example";
    for language in Language::all() {
        let letter = Letter::Invitation {
            inviter: Some(eve.to_owned()),
            project: eve.to_owned(),
            role: TwinSpaceRole::Teacher,
        };
        let Words { subject, text, .. } = write(&letter, language);
        let harmless =
            "{ $project } { hello } Bcc: all @ example. org .subject = https evil. example";
        assert_eq!(subject.matches(harmless).count(), 2, "{subject}");
        assert_eq!(text.matches(harmless).count(), 2, "{text}");
        assert!(!subject.contains(['\r', '\n', '\u{2068}', '\u{202e}']), "{subject}");
        assert!(
            !text.contains("https://evil") && !text.contains(['\r', '\u{2068}', '\u{202e}']),
            "{text}"
        );
    }
}

#[test]
fn titles_have_the_quotation_marks_of_the_language() {
    for (language, title) in [
        ("en", "“Rivers”"),
        ("de", "„Rivers“"),
        ("es", "«Rivers»"),
        ("fr", "«\u{a0}Rivers\u{a0}»"),
        ("it", "«Rivers»"),
        ("nl", "‘Rivers’"),
        ("pl", "„Rivers”"),
        ("pt", "«Rivers»"),
    ] {
        let language = Language::of(language).unwrap();
        let source = language.source().replace("{ $project }", "Rivers");
        assert!(source.matches(title).count() > 20, "{language}");
        assert_eq!(source.matches("Rivers").count(), source.matches(title).count(), "{language}");
    }
    let french = Language::of("fr").unwrap().source();
    for line in french.lines().filter(|line| !line.starts_with('#')) {
        assert!(
            [" :", " ;", " !", " ?", " »", "« "].iter().all(|bad| !line.contains(bad)),
            "{line}"
        );
    }
}
