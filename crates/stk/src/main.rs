//! The one binary: the commands of the CLI, and the services `hub`, `server`, `platform` and `dev`.

mod args;
mod commands;
mod dev;
mod failure;
mod hub_client;
mod output;
mod platform;
mod postgres;
mod profile;
mod project_folder;
mod sync;

use clap::Parser as _;
use std::process::ExitCode;

use args::{Args, Command};
use output::Output;

/// Less CPU and memory than the system's allocator for many small, short-lived buffers.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What the Server starts to run JavaScript in: no command of anyone's, so the command line does not know it.
    if stk_isolate::is_requested() {
        return stk_isolate::main();
    }
    let args = Args::parse();
    let output = Output::new(args.global.json);
    // The first provider installed stays; nothing else in this process installs one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match runtime_builder().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&failure::Failure::new(format!("can not start: {error}"))),
    };
    let result = runtime.block_on(run(args, &output));
    // Threads that wait for input or names must not hold up the exit.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.fail(&failure),
    }
}

/// On one core, threads that share work cost more than they give.
fn runtime_builder() -> tokio::runtime::Builder {
    match std::thread::available_parallelism() {
        Ok(cores) if cores.get() == 1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    }
}

async fn run(args: Args, output: &Output) -> Result<(), failure::Failure> {
    let Args { global, command } = args;
    match command {
        Command::Init(args) => commands::init::run(&args, output),
        Command::Dev(args) => dev::run(&global, args, output).await,
        Command::Platform(args) => platform::run(args, output).await,
        Command::Hub(args) => platform::hub::run(args, output).await,
        Command::Server(args) => platform::server::run(&global, args, output).await,
        Command::Login(args) => commands::login::run(&global, args, output).await,
        Command::Logout => commands::login::logout(&global, output),
        Command::Whoami => commands::login::whoami(&global, output).await,
        Command::Project(args) => commands::project::run(&global, args, output).await,
        Command::Env(args) => commands::env::run(&global, args, output).await,
        Command::Secret(args) => commands::secret::run(&global, args, output).await,
        Command::Schema(args) => commands::schema::run(&global, args, output).await,
        Command::Config(args) => commands::config::run(&global, args, output).await,
        Command::Logic(args) => commands::logic::run(&global, args, output).await,
        Command::Deploy(args) => commands::apply::deploy(&global, args, output).await,
        Command::Release(args) => commands::release::run(&global, args, output).await,
        Command::Sync(args) => sync::run(&global, args, output).await,
        Command::Auth(args) => commands::auth::run(&global, args, output).await,
        Command::Completions { shell } => {
            commands::completions::print(shell);
            Ok(())
        }
    }
}
