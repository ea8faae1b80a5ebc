//! The commands of the program `familiar` on the terminal. The program itself ([`main`]) is another crate of this package,
//! so that it can be linked again without compiling anything (`link/`).
//!
//! Every command but `serve` speaks the server's own API: to the Familiar that runs on the data folder, or
//! to one that lives inside the command for as long as it takes. So there is one way to do each thing.

mod answer;
mod client;
mod error;
mod output;
mod session;
mod tools;
mod commands {
    //! One file a command: its arguments, whose comments are its help, and what it does.
    pub(crate) mod ask;
    pub(crate) mod batch;
    pub(crate) mod budget;
    pub(crate) mod chat;
    pub(crate) mod compare;
    pub(crate) mod completions;
    pub(crate) mod config;
    pub(crate) mod conversations;
    pub(crate) mod doctor;
    pub(crate) mod exchanges;
    pub(crate) mod experiments;
    pub(crate) mod folders;
    pub(crate) mod keys;
    pub(crate) mod library;
    pub(crate) mod library_worker;
    pub(crate) mod memory;
    pub(crate) mod models;
    pub(crate) mod money;
    pub(crate) mod openapi;
    pub(crate) mod persona;
    pub(crate) mod routes;
    pub(crate) mod serve;
    pub(crate) mod share;
    pub(crate) mod tokens;
}

use app::{Environment, Overrides};
use clap::{Args, Parser, Subcommand};
use error::CliError;
use output::Output;
use std::{path::PathBuf, process::ExitCode};

/// A private AI workbench: chat with any model, ask your own documents, and one gateway for all of it.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 the model or its provider failed,
/// 4 a limit on rate or money was reached, 130 stopped with Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "familiar", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Where everything is kept [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file [default: familiar.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write results as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Write without colours and styles; setting `NO_COLOR` in the environment does the same
    #[arg(long, global = true)]
    pub(crate) plain: bool,
}

impl Global {
    /// What these flags change of the configuration.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides { data_dir: self.data.clone(), config_file: self.config.clone(), ..Overrides::default() }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(commands::serve::Serve),
    Ask(commands::ask::Ask),
    Chat(commands::chat::Chat),
    Compare(Box<commands::compare::Compare>),
    Conversations(commands::conversations::Conversations),
    Folders(commands::folders::Folders),
    Share(commands::share::Share),
    Library(commands::library::Library),
    Memory(commands::memory::Memory),
    #[command(name = "persona")]
    Personas(commands::persona::Personas),
    Models(commands::models::Models),
    Routes(commands::routes::Routes),
    Exchanges(Box<commands::exchanges::Exchanges>),
    Experiments(commands::experiments::Experiments),
    Keys(commands::keys::Keys),
    Budget(commands::budget::Budgets),
    Money(commands::money::Money),
    Tokens(commands::tokens::Tokens),
    Batch(commands::batch::Batch),
    Config(commands::config::Config),
    Doctor(commands::doctor::Doctor),
    Completions(commands::completions::Completions),
    #[command(hide = true)]
    Openapi(commands::openapi::Openapi),
    #[command(hide = true)]
    LibraryWorker(commands::library_worker::LibraryWorker),
}

/// Does what the program's arguments say.
pub fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    // A reader of documents must not carry a runtime's threads and memory along.
    if let Command::LibraryWorker(worker) = command {
        return worker.run();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return finish(Err(error.into())),
    };
    let result = runtime.block_on(run(global, command));
    runtime.shutdown_background();
    finish(result)
}

async fn run(global: Global, command: Command) -> Result<(), CliError> {
    let no_color = Environment::of_process().get("NO_COLOR").is_some();
    let output = Output::new(global.json, global.plain || no_color);
    match command {
        Command::Serve(serve) => serve.run(&global, output).await,
        Command::Ask(ask) => Box::pin(ask.run(&global, output)).await,
        Command::Chat(chat) => Box::pin(chat.run(&global, output)).await,
        Command::Compare(compare) => Box::pin(compare.run(&global, output)).await,
        Command::Conversations(conversations) => conversations.run(&global, output).await,
        Command::Folders(folders) => folders.run(&global, output).await,
        Command::Share(share) => Box::pin(share.run(&global, output)).await,
        Command::Library(library) => Box::pin(library.run(&global, output)).await,
        Command::Memory(memory) => memory.run(&global, output).await,
        Command::Personas(personas) => personas.run(&global, output).await,
        Command::Models(models) => models.run(&global, output).await,
        Command::Routes(routes) => routes.run(&global, output).await,
        Command::Exchanges(exchanges) => exchanges.run(&global, output).await,
        Command::Experiments(experiments) => experiments.run(&global, output).await,
        Command::Keys(keys) => keys.run(&global, output).await,
        Command::Budget(budget) => budget.run(&global, output).await,
        Command::Money(money) => money.run(&global, output).await,
        Command::Tokens(tokens) => tokens.run(&global, output).await,
        Command::Batch(batch) => batch.run(&global, output).await,
        Command::Config(config) => config.run(&global, output),
        Command::Doctor(doctor) => doctor.run(&global, output).await,
        Command::Completions(completions) => completions.run(output),
        Command::Openapi(openapi) => openapi.run(output),
        Command::LibraryWorker(_) => Ok(()),
    }
}

fn finish(result: Result<(), CliError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::report(&error);
            ExitCode::from(error.exit())
        }
    }
}
