//! How documents are read: places and messages of errors, and what is known of those without any.

use async_graphql::{EmptyMutation, EmptySubscription, Object, Pos, Request, Schema, ServerError};
use clap::Parser;
use twinspace::{
    cli::Cli,
    graphql::document::{Definitions, Documents, MAX_NESTING, check_syntax},
};

/// Something with a title, and more that is nearly called so.
struct Titled;

#[Object(name = "Query")]
impl Titled {
    async fn title(&self, of: Option<String>) -> Option<String> {
        of
    }

    async fn titles(&self) -> i32 {
        1
    }

    async fn tilte(&self) -> i32 {
        1
    }

    async fn description(&self) -> i32 {
        1
    }
}

fn documents(sdl: String) -> Documents {
    // Whatever one would look at.
    let flags = ["--max-aliases", "1000000", "--max-fields", "100000"];
    let cli = Cli::parse_from(["twinspace"].into_iter().chain(flags));
    Documents::new(Definitions::read(sdl), &cli.config.server)
}

fn titled() -> Documents {
    documents(Schema::new(Titled, EmptyMutation, EmptySubscription).sdl())
}

fn errors(documents: &Documents, text: &str) -> Vec<ServerError> {
    documents.prepare(Request::new(text)).expect_err("it is not valid").0
}

#[test]
fn lines_end_in_three_ways_and_columns_count_units() {
    let text = "{ a\r\nb\rc\ntitle(of: \"🎒\") d }";
    let mut places: Vec<_> = errors(&titled(), text)
        .iter()
        .flat_map(|error| error.locations.iter().map(|place| (place.line, place.column)))
        .collect();
    places.sort_unstable();
    assert_eq!(places, [(1, 3), (2, 1), (3, 1), (4, 17)]);
}

#[test]
fn near_names_are_suggested_nearest_first() {
    let documents = titled();
    let told = |name: &str| errors(&documents, &format!("{{ {name} }}")).remove(0).message;
    let message = told("titel");
    assert!(message.ends_with(" Did you mean \"title\", \"tilte\" or \"titles\"?"), "{message}");
    let message = told("descripton");
    assert!(message.ends_with(" Did you mean \"description\"?"), "{message}");
    let message = told("x");
    assert!(!message.contains("Did you mean"), "{message}");
}

fn failure(text: &str) -> (String, Pos) {
    let error = check_syntax(text).expect_err("it cannot be read");
    (error.message, error.locations[0])
}

#[test]
fn a_syntax_error_says_what_it_found_and_where() {
    let (message, place) = failure("{ a(b: }");
    assert!(message.starts_with("Syntax error at \"}\": "), "{message}");
    assert_eq!((place.line, place.column), (1, 8));
    let (message, place) = failure("{\n  ż ?");
    assert!(message.starts_with("Syntax error at \"ż\": "), "{message}");
    assert_eq!((place.line, place.column), (2, 3));
    let (message, _) = failure("{ a");
    assert!(message.contains("the end of the document"), "{message}");
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let told = |text: &str| {
        // Inside as many others as there may be.
        let text = format!("{}{text}", "[".repeat(MAX_NESTING));
        check_syntax(&text).expect_err("it is nested too deeply").message
    };
    let message = told("{ a(b: \"{{{\\\"{{\") # {{{{\n { c } }");
    assert!(message.contains("nesting: 66"), "{message}");
    let message = told(r#"{ a(b: """{{ \""" {{""", c: [[1]]) }"#);
    assert!(message.contains("nesting: 68"), "{message}");
}
