//! A release as one environment serves it: compiled once, then only read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use stk_contract::config::{Config, Limits};
use stk_contract::{Attestation, Code, Hash, LogicProof, Release, token};

use crate::logic::{Logic, Surroundings};
use crate::tokens::{KeySets, Verifier};

/// Why a release can not be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the attestation is for project `{attested}`, the release of `{release}`")]
    Project { attested: String, release: String },
    #[error("logic `{logic}`: {reason}")]
    Logic { logic: String, reason: String },
    #[error("secret `{0}` is missing")]
    MissingSecret(String),
    #[error(
        "`auth.yaml`: `jwt` has no `secret`, and this environment has no token keys of its own; \
         hint: set `jwt: {{ secret: ${{JWT_SECRET}} }}`"
    )]
    NoTokenKeys,
    #[error("`auth.yaml`: the `secret` of `jwt` is empty")]
    EmptyTokenSecret,
}

/// What a host serves calls from.
#[derive(Debug)]
pub struct Deployment {
    project: Box<str>,
    env: Box<str>,
    number: u64,
    manifest: Hash,
    config: Config,
    openapi: Arc<str>,
    logic: HashMap<Box<str>, Arc<Logic>>,
    statement_count: u32,
    pub(crate) verifier: Verifier,
    pub(crate) keys: Arc<KeySets>,
}

impl Deployment {
    /// Compiles a release. `secrets` are those of the environment, opened; only what verifies tokens and what headers
    /// of logic name is kept of them.
    pub fn load(
        release: Release,
        attestation: Attestation,
        secrets: &BTreeMap<String, String>,
        keys: Arc<KeySets>,
    ) -> Result<Deployment, LoadError> {
        if release.project != attestation.project {
            return Err(LoadError::Project { attested: attestation.project, release: release.project });
        }
        let verifier = verifier(&release.config, &attestation, secrets, &keys)?;
        let (logic, statement_count) = compile_logic(&release, &attestation, secrets)?;
        Ok(Deployment {
            project: attestation.project.into(),
            env: attestation.env.into(),
            number: attestation.number,
            manifest: attestation.manifest,
            config: release.config,
            openapi: release.openapi.into(),
            logic,
            statement_count,
            verifier,
            keys,
        })
    }

    pub fn project(&self) -> &str {
        &self.project
    }

    pub fn env(&self) -> &str {
        &self.env
    }

    /// The release's number in this environment.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Of the client manifest; clients that were typed against it send it as `x-santokit-manifest`.
    pub fn manifest(&self) -> &Hash {
        &self.manifest
    }

    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// Placeholders unresolved.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// OpenAPI as JSON text.
    pub fn openapi(&self) -> &Arc<str> {
        &self.openapi
    }

    /// How many statements the release has: one more than the greatest [`crate::Statement::id`].
    pub fn statement_count(&self) -> usize {
        self.statement_count as usize
    }

    /// A logic, private ones too.
    pub(crate) fn logic(&self, path: &str) -> Option<&Arc<Logic>> {
        self.logic.get(path)
    }
}

fn verifier(
    config: &Config,
    attestation: &Attestation,
    secrets: &BTreeMap<String, String>,
    keys: &KeySets,
) -> Result<Verifier, LoadError> {
    let secret = match &config.auth.jwt {
        None => None,
        Some(jwt) => {
            let template = jwt.secret.as_ref().ok_or(LoadError::NoTokenKeys)?;
            let secret = template
                .resolve(|name| secrets.get(name).map(String::as_str))
                .map_err(|missing| LoadError::MissingSecret(missing.0))?;
            if secret.is_empty() {
                return Err(LoadError::EmptyTokenSecret);
            }
            Some(secret)
        }
    };
    let audience = token::audience(&attestation.project, &attestation.env);
    Ok(Verifier::new(&config.auth, audience, secret.as_deref(), keys))
}

type LogicTable = HashMap<Box<str>, Arc<Logic>>;

fn compile_logic(
    release: &Release,
    attestation: &Attestation,
    secrets: &BTreeMap<String, String>,
) -> Result<(LogicTable, u32), LoadError> {
    let limits = &release.config.limits;
    let databases = &release.config.databases;
    let environment = format!("{}\0{}", attestation.project, attestation.env);
    // An engine's logic may ask any database, so that all of them make its answers what they are.
    let everywhere = databases.iter().fold(environment.clone(), |scope, (alias, database)| {
        format!("{scope}\0{alias}\0{}", database.url.0)
    });
    let mut table = LogicTable::new();
    let mut next_statement = 0;
    let no_proof = LogicProof::default();
    for (path, spec) in &release.manifest.logic {
        let fault = |reason: String| LoadError::Logic { logic: path.to_string(), reason };
        let code = release.code.get(path).ok_or_else(|| fault("it has no code".to_owned()))?;
        let proof = attestation.logic.get(path).unwrap_or(&no_proof);
        let target = databases.get(&spec.target);
        let is_sql = matches!(code, Code::Sql(_));
        let scope = match target.filter(|_| is_sql) {
            Some(database) => format!("{environment}\0{}\0{}", spec.target, database.url.0),
            None => everywhere.clone(),
        };
        let statement_timeout_ms = target.filter(|_| is_sql).map(|database| database.statement_timeout_ms);
        let around = Surroundings {
            scope: &scope,
            alias: target.map(|_| Arc::from(spec.target.as_str())),
            timeout_ms: limits.timeout_ms.min(statement_timeout_ms.unwrap_or(u64::MAX)),
            rows_max: limits.rows,
            bytes_max: limits.response_bytes,
            memory_bytes: limits.memory_bytes,
            secret: &|name| secrets.get(name).cloned(),
        };
        let logic = Logic::compile(path, spec, code, proof, &around, &mut next_statement).map_err(fault)?;
        table.insert(path.as_str().into(), Arc::new(logic));
    }
    table.shrink_to_fit();
    Ok((table, next_statement))
}
