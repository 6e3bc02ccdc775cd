//! The command line: every command and flag, as the help and the completions show them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Santokit: a typed, cached, authenticated API from a schema and SQL files.
#[derive(Debug, Parser)]
#[command(name = "stk", version, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a check, 4 not logged in, 5 cannot reach the Hub."
)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, ClapArgs)]
pub struct Global {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Folder of the project; default: the nearest one with a stk.config.json, from here upwards.
    #[arg(long, short = 'C', global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Address of the Hub; default: the one logged in to, else that of a running `stk dev`.
    #[arg(long, global = true, env = "STK_HUB_URL", value_name = "URL")]
    pub hub_url: Option<String>,
    /// The project; default: `project_id` of stk.config.json.
    #[arg(long = "project", global = true, env = "STK_PROJECT_ID", value_name = "ID")]
    pub project: Option<String>,
    /// The environment; default: `prod`, or `dev` with a running `stk dev`.
    #[arg(long, global = true, env = "STK_ENV", value_name = "NAME")]
    pub env: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scaffold a project that deploys as it stands.
    Init(Init),
    /// Run everything on this machine for one project, and deploy again on every save.
    Dev(Dev),
    /// Check everything and deploy schema, config and logic as one release.
    Deploy(Apply),
    /// The database's schema.
    #[command(subcommand)]
    Schema(Schema),
    /// The project's config.
    #[command(subcommand)]
    Config(Config),
    /// The project's logic.
    #[command(subcommand)]
    Logic(Logic),
    /// Releases and rollback.
    #[command(subcommand)]
    Release(Release),
    /// Secrets of an environment.
    #[command(subcommand)]
    Secret(Secret),
    /// Write the client's types.
    Sync(Sync),
    /// Users of the app.
    #[command(subcommand)]
    Auth(Auth),
    /// Projects on the Hub.
    #[command(subcommand)]
    Project(Project),
    /// Environments of the project.
    #[command(subcommand)]
    Env(Env),
    /// Log in to a Hub with an access token or a bootstrap token.
    Login(Login),
    /// Forget the Hub's access token.
    Logout,
    /// Who is logged in, and where.
    Whoami,
    /// Print shell completions.
    Completions { shell: clap_complete::Shell },
    /// Run Hub, Server and Postgres in one process.
    Platform(Platform),
    /// Run the Hub alone.
    Hub(Hub),
    /// Run a Server alone.
    Server(Server),
}

#[derive(Debug, ClapArgs)]
pub struct Init {
    /// Folder to make the project in.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// The project's id; default: the folder's name.
    #[arg(long)]
    pub id: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct Dev {
    /// Folder of the project.
    pub folder: Option<PathBuf>,
    /// Address of the Server.
    #[arg(long, default_value = "127.0.0.1:7400", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Address of the Hub.
    #[arg(long, default_value = "127.0.0.1:7401", value_name = "ADDR")]
    pub hub_listen: SocketAddr,
    #[command(flatten)]
    pub storage: ObjectStorage,
    /// A Postgres to use instead of starting one: a URL of a role that may create databases.
    #[arg(long, env = "STK_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the data is kept; default: `.stk/dev` in the project.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Deploy once and serve, without watching the files.
    #[arg(long)]
    pub no_watch: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Platform {
    /// Where the data is kept.
    #[arg(long, env = "STK_DATA", default_value = "stk-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Address of the Server.
    #[arg(long, env = "STK_LISTEN", default_value = "127.0.0.1:7400", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Address of the Hub.
    #[arg(long, env = "STK_HUB_LISTEN", default_value = "127.0.0.1:7401", value_name = "ADDR")]
    pub hub_listen: SocketAddr,
    #[command(flatten)]
    pub storage: ObjectStorage,
    /// A Postgres to use instead of starting one.
    #[arg(long, env = "STK_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

// No doc comment: it would stand as the help of the commands that take these.
#[derive(Debug, Clone, ClapArgs)]
pub struct ObjectStorage {
    /// Address of the object storage; default: the Server's, two ports on.
    #[arg(long, env = "STK_STORAGE_LISTEN", value_name = "ADDR")]
    storage_listen: Option<SocketAddr>,
    /// Where callers reach the object storage, if that is another address.
    #[arg(long, env = "STK_STORAGE_URL", value_name = "URL")]
    pub storage_url: Option<String>,
}

impl ObjectStorage {
    pub fn listen(&self, server: SocketAddr) -> SocketAddr {
        // Beside a Server on a port of the system's choice, it takes such a port too.
        let port = if server.port() == 0 { 0 } else { server.port().saturating_add(2) };
        self.storage_listen.unwrap_or(SocketAddr::new(server.ip(), port))
    }
}

#[derive(Debug, ClapArgs)]
pub struct Hub {
    /// Address to listen on.
    #[arg(long, env = "STK_HUB_LISTEN", default_value = "127.0.0.1:7401", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// The Hub's own database.
    #[arg(long, env = "STK_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: String,
    /// File of the edge KV.
    #[arg(long, env = "STK_KV", value_name = "FILE")]
    pub kv: PathBuf,
    /// File of the key ring that opens the vault: a line `VERSION:64 hex digits` for each key.
    #[arg(long, env = "STK_KEYRING", value_name = "FILE")]
    pub keyring: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct Server {
    /// Address to listen on.
    #[arg(long, env = "STK_LISTEN", default_value = "127.0.0.1:7400", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// File of the edge KV.
    #[arg(long, env = "STK_KV", value_name = "FILE")]
    pub kv: PathBuf,
    /// Folder for the last good package.
    #[arg(long, env = "STK_PACKAGES", value_name = "DIR")]
    pub packages: PathBuf,
    /// The Hub's public signing key: 64 hex digits.
    #[arg(long, env = "STK_SIGNING_KEY", value_name = "HEX")]
    pub signing_key: String,
    /// File of the environment key: 64 hex digits.
    #[arg(long, env = "STK_ENV_KEY_FILE", value_name = "FILE")]
    pub env_key_file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub struct Apply {
    /// Check only; nothing changes.
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse where another number than this one serves.
    #[arg(long, value_name = "NUMBER")]
    pub expect: Option<u64>,
    /// Allow a hazard of the schema change by its code, such as STK-D102; may stand several times.
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum Schema {
    /// Show what would change in the databases; exit 3 where a hazard is open.
    Plan(SchemaPlan),
    /// Change the databases to match `schema/`, or exactly as an approved plan says.
    Apply(SchemaApply),
    /// Print a database's schema as HCL.
    Inspect {
        /// Name of the database in config/databases.yaml.
        #[arg(default_value = "main")]
        alias: String,
        /// A schema to read; may stand several times. Default: those of the release that serves.
        #[arg(long = "schema", value_name = "NAME")]
        schemas: Vec<String>,
    },
    /// Show what makes one schema into another.
    #[command(
        after_help = "A and B are each a file or folder of HCL, the name of a database of the environment, \
                            `release:NUMBER`, `-` to read the URL of a database from standard input, or \
                            `env:NAME` to read it from an environment variable."
    )]
    Diff {
        /// The schema to start from.
        a: String,
        /// The schema to come to.
        b: String,
        /// The database whose server compares them.
        #[arg(long, default_value = "main", value_name = "NAME")]
        alias: String,
    },
}

#[derive(Debug, ClapArgs)]
pub struct SchemaPlan {
    /// Write the plan to this file, for a reviewer and `stk schema apply --plan`.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Do not try the plan on a copy of what it touches first.
    #[arg(long)]
    pub no_rehearsal: bool,
}

#[derive(Debug, ClapArgs)]
pub struct SchemaApply {
    /// Apply exactly this plan, which `stk schema plan --out` wrote.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub plan: Option<PathBuf>,
    /// Allow a hazard by its code, such as STK-D102; may stand several times.
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    /// Never ask: refuse where a hazard is open, else apply.
    #[arg(long)]
    pub yes: bool,
    /// Check only; nothing changes.
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse where another number than this one serves.
    #[arg(long, value_name = "NUMBER")]
    pub expect: Option<u64>,
}

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Make `config/` part of a new release.
    Apply(Apply),
}

#[derive(Debug, Subcommand)]
pub enum Logic {
    /// Check the files, without a Hub.
    Validate,
    /// Make `logic/` part of a new release.
    Apply(Apply),
    /// List the logic that serves.
    List,
}

#[derive(Debug, Subcommand)]
pub enum Release {
    /// All releases of the environment, newest first.
    List,
    /// One release.
    Show { number: u64 },
    /// Serve an earlier release again, under a new number.
    Rollback {
        /// The number to go back to; default: the one before.
        number: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Set a secret, from standard input or a prompt.
    Set { name: String },
    /// Names and versions; never values.
    List,
    /// Delete a secret that nothing needs.
    Delete { name: String },
}

#[derive(Debug, ClapArgs)]
pub struct Sync {
    /// Compare only; exit 3 where the types are stale.
    #[arg(long)]
    pub check: bool,
    /// From the last manifest kept in `.stk/`, without a Hub.
    #[arg(long)]
    pub offline: bool,
    /// Also write the OpenAPI text to this file.
    #[arg(long, value_name = "FILE")]
    pub openapi: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Auth {
    /// Mint a development token for a user.
    Token {
        /// The user's id: the token's subject.
        #[arg(long, value_name = "ID")]
        user: String,
        /// A role; may stand several times.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// The user's email.
        #[arg(long)]
        email: Option<String>,
        /// How long it is valid, such as `1h`; default: `jwt.expiresIn`.
        #[arg(long, value_name = "DURATION", value_parser = duration_seconds)]
        ttl: Option<u64>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Project {
    /// Make a project.
    Create { id: String },
    /// All projects.
    List,
}

#[derive(Debug, Subcommand)]
pub enum Env {
    /// Make an environment.
    Create { name: String },
    /// All environments of the project.
    List,
    /// Write the key that a Server needs to open the environment's secrets.
    Key {
        /// The file to write, readable by you only.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, ClapArgs)]
pub struct Login {
    /// What is read from standard input or the prompt.
    #[arg(long, value_enum, default_value_t = LoginWith::Access)]
    pub with: LoginWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LoginWith {
    /// An access token.
    Access,
    /// The one-time token that a new Hub prints.
    Bootstrap,
}

fn duration_seconds(text: &str) -> Result<u64, String> {
    let usage = || format!("`{text}` is not a duration such as 30s, 15m, 2h or 7d");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(usage)?;
    let number: u64 = text[..split].parse().map_err(|_| usage())?;
    let unit = match &text[split..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(usage()),
    };
    number.checked_mul(unit).filter(|&seconds| seconds > 0).ok_or_else(usage)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration_seconds("15m"), Ok(900));
        for bad in ["15", "0s", "m", "1w", "-1s"] {
            assert!(duration_seconds(bad).is_err(), "{bad}");
        }
    }
}
