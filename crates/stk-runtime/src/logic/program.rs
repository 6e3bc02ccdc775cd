//! Logic in JavaScript or WebAssembly, compiled as far as the runtime knows it: what an engine is told, and the
//! queries that were proved at deploy.

use std::collections::HashMap;
use std::sync::Arc;

use stk_contract::{Code, LogicProof, LogicSpec};

use super::Surroundings;
use crate::run::{Engine, Secrets};
use crate::sql::ProvedQuery;

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) engine: Engine,
    /// What `getSecret` may read.
    pub(crate) secrets: Secrets,
    pub(crate) memory_bytes: u64,
    pub(crate) rows_max: u64,
    pub(crate) bytes_max: u64,
    /// By alias, then by text.
    queries: Queries,
}

impl Program {
    pub(super) fn compile(
        code: &Code,
        spec: &LogicSpec,
        proof: &LogicProof,
        around: &Surroundings<'_>,
        next_statement: &mut u32,
    ) -> Result<Program, String> {
        let secret = |name: &String| {
            let value = (around.secret)(name).ok_or_else(|| format!("secret `{name}` is missing"))?;
            Ok((Box::from(name.as_str()), Box::from(value)))
        };
        Ok(Program {
            engine: if matches!(code, Code::Js(_)) { Engine::Js } else { Engine::Wasm },
            secrets: Secrets(spec.secrets.iter().map(secret).collect::<Result<_, String>>()?),
            memory_bytes: around.memory_bytes,
            rows_max: around.rows_max,
            bytes_max: around.bytes_max,
            queries: compile_queries(proof, next_statement)?,
        })
    }

    /// The query, if it was proved at deploy.
    pub(crate) fn proved(&self, alias: &str, sql: &str) -> Option<&Arc<ProvedQuery>> {
        self.queries.get(alias)?.get(sql)
    }
}

type Queries = HashMap<Box<str>, HashMap<Box<str>, Arc<ProvedQuery>>>;

fn compile_queries(proof: &LogicProof, next_statement: &mut u32) -> Result<Queries, String> {
    let mut queries = Queries::new();
    for (alias, proofs) in &proof.queries {
        let name: Arc<str> = alias.as_str().into();
        let of_alias = queries.entry(alias.as_str().into()).or_default();
        for (sql, proof) in proofs {
            let query = ProvedQuery::compile(name.clone(), sql, proof, *next_statement)?;
            of_alias.insert(sql.as_str().into(), Arc::new(query));
            *next_statement += 1;
        }
    }
    Ok(queries)
}
