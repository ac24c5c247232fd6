//! `twinspace demo`.

use clap::Args;
use domain::db::Db;
use tracing::{instrument::WithSubscriber, subscriber::NoSubscriber};

use super::{Failure, output, refused, serve};
use crate::{
    app::App,
    config::{Config, server::Switch},
    demo::{self, Found},
    mail::{Pace, deliver_next},
};

/// A server with demo data.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Discard all changes to the demo and create it again. Deletes only what the demo created.
    #[arg(long)]
    pub fresh: bool,
    /// Create the demo, print who can sign in, and exit.
    #[arg(long)]
    pub no_serve: bool,
}

impl Demo {
    /// Creates the demo if it does not exist, prints how to sign in, and serves it.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let config = demo::settings(config);
        let mut found = look(&config).await?;
        let remade = found == Found::Unfinished || (found == Found::Demo && self.fresh);
        if found == Found::Strangers {
            return Err(Failure::new(
                "The database contains data that the demo did not create, so it was left \
                 unchanged. Choose another --data-dir or --database-url.",
            ));
        }
        if remade {
            let files = demo::files(&config).ok_or_else(|| {
                Failure::new("Drop and recreate the demo's PostgreSQL database yourself.")
            })?;
            demo::remove(&files)
                .map_err(|error| Failure::because("The old demo could not be deleted", &error))?;
            found = Found::Nothing;
        }
        let app = App::start(config.clone()).await.map_err(|error| Failure::database(&error))?;
        if found == Found::Nothing {
            let progress = |what: &str| output::tell(&format!("Creating the demo: {what} …"));
            let made = async {
                demo::fill(&app, &progress).await?;
                progress("mails");
                while deliver_next(&app, &Pace::default()).await? {}
                domain::Result::Ok(())
            };
            // Log only what happens from now on.
            let made: domain::Result<()> = made.with_subscriber(NoSubscriber::default()).await;
            made.map_err(|error| Failure::because("The demo could not be created", &error))?;
        }
        let closed = app.db.clone().close().await;
        closed.map_err(|error| Failure::because("The demo could not be created", &error))?;
        let introduction = introduction(&config, found, self.no_serve);
        output::print(&introduction).map_err(refused)?;
        if self.no_serve { Ok(()) } else { serve::run(config).await }
    }
}

async fn look(config: &Config) -> Result<Found, Failure> {
    let looked = async {
        let db =
            Db::open(&config.database.url(&config.data_dir), &config.database.settings()).await?;
        db.migrate().await?;
        let found = demo::look(&db).await?;
        db.close().await?;
        domain::Result::Ok(found)
    };
    looked.await.map_err(|error| Failure::database(&error))
}

/// What someone who runs the demo for the first time wants to know.
fn introduction(config: &Config, found: Found, no_serve: bool) -> String {
    let url = config.server.public_url();
    let people = demo::sign_ins();
    let width = |of: fn(&demo::SignIn) -> String| {
        people.iter().map(|one| of(one).chars().count()).max().unwrap_or_default()
    };
    let (emails, names) = (width(|one| demo::address(one.handle)), width(|one| one.name.into()));
    let line =
        |email: &str, name: &str, who: &str| format!("  {email:emails$}  {name:names$}  {who}");
    let password = demo::PASSWORD;
    let mut lines = vec![
        String::new(),
        format!("Sign in with one of these accounts; the password of each is {password}"),
        String::new(),
        line("E-MAIL", "NAME", "WHO"),
    ];
    lines.extend(people.iter().map(|one| line(&demo::address(one.handle), one.name, one.who)));
    lines.push(String::new());
    lines.push("Pupils sign in with their username (signInPupil):\n".into());
    lines.extend(demo::PUPIL_SIGN_INS.iter().map(|&(user, name, who)| line(user, name, who)));
    lines.push(String::new());
    if config.server.playground() == Switch::On {
        lines.push(format!("  Playground  {url}/"));
    }
    lines.push(format!("  API         {url}/graphql"));
    lines.push(format!("  Mails       {}", config.data_dir.join("mail").display()));
    lines.push("\nA first request:\n".into());
    let email = demo::address(people[0].handle);
    let query = format!(
        r#"mutation {{ signIn(input: {{ email: \"{email}\", password: \"{password}\" }}) {{ token }} }}"#
    );
    lines.push(format!("  curl -s {url}/graphql -H 'Content-Type: application/json' \\"));
    lines.push(format!("    -d '{{\"query\":\"{query}\"}}'\n"));
    if found == Found::Demo {
        lines.push("The demo keeps your changes; use --fresh to start over.".into());
    }
    let last = if no_serve { "Serve it with `twinspace demo`." } else { "Stop it with Ctrl+C.\n" };
    lines.push(last.into());
    lines.join("\n") + "\n"
}
