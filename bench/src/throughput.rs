//! Throughput: the contenders of a scenario, round by round.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use stk_contract::token::audience;
use tempfile::TempDir;

use crate::contender::{Contender, Kind, check_equal_answers};
use crate::database::Database;
use crate::hub::ENV;
use crate::jwks;
use crate::load::{self, Outcome, Plan};
use crate::options::{Options, Subject};
use crate::project::{self, Project};
use crate::report::Measured;
use crate::santokit::{self, Santokit};
use crate::scenario::{Scenario, Tokens};
use crate::stk::Stk;
use crate::tokens::{self, Issuer};

const WARMUP_MS: u64 = 500;
/// No turn gets near it: the bound is for a broken contender that answers at once and wrongly.
const REQUESTS_MAX: u64 = 20_000_000;
const HS256_USERS: u32 = 1_000;
const EDDSA_USERS: u32 = 10_000;

/// The contenders, started and idle.
pub struct Bench<'a> {
    options: &'a Options,
    database: &'a Database,
    contenders: Vec<Contender>,
    tokens: Tokens,
    folder: TempDir,
}

impl<'a> Bench<'a> {
    /// Starts everyone; without `stk`, the baselines alone.
    pub fn start(options: &'a Options, database: &'a Database, stk: Option<&Stk>) -> Result<Bench<'a>> {
        let issuer = Issuer::new();
        let mut contenders = Vec::new();
        if let Some(stk) = stk {
            let key_set = jwks::serve(issuer.key_set())?;
            let package = santokit::deploy(stk, database, &Project::of_scenarios(key_set)?)?;
            let santokit = Contender::santokit(Santokit::start(stk, &package)?);
            let others = [Kind::JsFresh, Kind::JsReuse, Kind::Wasm];
            contenders.extend(others.map(|kind| Contender::within(&santokit, kind)));
            contenders.push(santokit);
        }
        let tokens = Tokens {
            hs256: tokens::hs256(santokit::JWT_SECRET, &audience(project::ID, ENV), HS256_USERS),
            eddsa: issuer.tokens(EDDSA_USERS),
        };
        for kind in [Kind::Shared, Kind::Pooled] {
            contenders.push(Contender::baseline(kind, database, "")?);
        }
        let pooled = contenders.last().context("a contender that answers")?;
        let row = pooled.answer(&Scenario::ByKey.requests(pooled.kind, &tokens)[0])?;
        let row = String::from_utf8(row).context("a row as text")?;
        contenders.push(Contender::baseline(Kind::Fixed, database, &row)?);
        contenders.push(Contender::baseline(Kind::Echo, database, "")?);
        if options.subjects().contains(&Subject::Throughput(Scenario::Js)) {
            for kind in [Kind::Fastify, Kind::Bun] {
                contenders.push(Contender::peer(kind, database)?);
            }
        }
        Ok(Bench { options, contenders, database, tokens, folder: tempfile::tempdir()? })
    }

    /// Every contender of the scenario, `--rounds` times, in turns.
    pub fn measure(&self, scenario: Scenario) -> Result<Measured> {
        let of_kind = |kind: &Kind| self.contenders.iter().find(|contender| contender.kind == *kind);
        let contenders: Vec<&Contender> = scenario.contenders().iter().filter_map(of_kind).collect();
        ensure!(!contenders.is_empty(), "nobody takes part in `{}`", scenario.title());
        check_equal_answers(scenario, &contenders, &self.tokens)?;
        let plans = contenders
            .iter()
            .map(|contender| self.plan(scenario, contender))
            .collect::<Result<Vec<Plan>>>()?;
        let mut rounds: Vec<Vec<Outcome>> = vec![Vec::new(); contenders.len()];
        for round in 0..self.options.rounds as usize {
            // Everyone goes first in turn, so that being first is nobody's advantage.
            for turn in 0..contenders.len() {
                let index = (round + turn) % contenders.len();
                if scenario.writes() {
                    self.database.empty_events()?;
                }
                let outcome = load::generate(&plans[index])
                    .with_context(|| format!("{}: {}", contenders[index].kind.name(), scenario.title()))?;
                rounds[index].push(outcome);
            }
        }
        let mut measured = Measured::new(scenario);
        for (contender, outcomes) in contenders.iter().zip(rounds) {
            measured.add(contender.kind, contender.resident_bytes()?, outcomes);
        }
        Ok(measured)
    }

    fn plan(&self, scenario: Scenario, contender: &Contender) -> Result<Plan> {
        let requests: PathBuf = self.folder.path().join(format!("{}.json", contender.kind.name()));
        std::fs::write(&requests, serde_json::to_vec(&scenario.requests(contender.kind, &self.tokens))?)?;
        Ok(Plan {
            address: contender.address,
            requests,
            connections: self.options.connections,
            warmup_ms: WARMUP_MS,
            measured_ms: self.options.seconds * 1000,
            requests_max: REQUESTS_MAX,
            server: contender.process(),
            postgres: self.database.process(),
        })
    }
}
