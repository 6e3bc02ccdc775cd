//! What serves before an apply: what it is compared with, and what its proofs may be reused from.

use stk_contract::package::BlobError;
use stk_contract::{Attestation, ErrorCode, LogicPath, LogicProof, Problem, Release, SqlStatement};
use stk_project::Files;

use super::attest::Attested;
use super::{ApplyError, Place, files};
use crate::provision::{ProvisionError, load_release};
use crate::state::State;
use crate::store::attestations::Numbered;

/// The newest release of the environment; empty before the first.
#[derive(Default)]
pub struct Before {
    pub files: Files,
    live: Option<Serving>,
}

struct Serving {
    numbered: Numbered,
    /// `None` where an older `stk` wrote it in a format that is no longer read: everything is new then.
    content: Option<(Release, Attestation)>,
}

/// Reads it from the store.
pub async fn load(state: &State, place: Place<'_>) -> Result<Before, ApplyError> {
    let Some(numbered) = state.store.numbered(place.project, place.env, None).await? else {
        return Ok(Before::default());
    };
    let files = files::unpack(&state.store.blob(&numbered.sources).await?)?;
    let content = match load_release(state, &numbered.release).await {
        Ok(release) => {
            let attestation = state.store.blob(&numbered.attestation).await?;
            Some((release, stk_contract::package::decode(&attestation)?))
        }
        Err(ProvisionError::Blob(BlobError::OldFormat { .. })) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Before { files, live: Some(Serving { numbered, content }) })
}

impl Before {
    pub fn number(&self) -> Option<u64> {
        self.live.as_ref().map(|live| live.numbered.number)
    }

    pub fn release(&self) -> Option<&Release> {
        self.content().map(|(release, _)| release)
    }

    fn content(&self) -> Option<&(Release, Attestation)> {
        self.live.as_ref()?.content.as_ref()
    }

    /// Refuses where the caller has seen another number than the one that serves.
    pub fn expect(&self, place: Place<'_>, expected: Option<u64>) -> Result<(), ApplyError> {
        let serving = self.number().unwrap_or(0);
        if expected.is_none_or(|expected| expected == serving) {
            return Ok(());
        }
        Err(conflict(place, self.live.as_ref().map(|live| &live.numbered)).into())
    }

    /// Whether this very release, proved in the very same way, serves already.
    pub fn serves(&self, attested: &Attested) -> bool {
        self.content().is_some_and(|(_, serving)| {
            let as_new = Attestation { number: serving.number, ..attested.attestation.clone() };
            serving.release == attested.release_hash() && *serving == as_new
        })
    }

    /// The proof of a logic, if neither it nor the schema it stands on has changed since.
    pub fn proof(
        &self,
        path: &LogicPath,
        spec: &stk_contract::LogicSpec,
        statements: &[&SqlStatement],
        fingerprint: &str,
    ) -> Option<&LogicProof> {
        let (release, attestation) = self.content()?;
        let Some(stk_contract::Code::Sql(code)) = release.code.get(path) else { return None };
        let same_code = code.iter().eq(statements.iter().copied());
        let same_spec = release.manifest.logic.get(path) == Some(spec);
        let same_schema =
            attestation.schema_fingerprints.get(&spec.target).is_some_and(|known| known == fingerprint);
        if same_code && same_spec && same_schema { attestation.logic.get(path) } else { None }
    }
}

/// Says who applied first.
pub fn conflict(place: Place<'_>, winner: Option<&Numbered>) -> Problem {
    let detail = match winner {
        Some(winner) => format!(
            "Release {} serves in `{}/{}`: `{}` applied it at {}.",
            winner.number, place.project, place.env, winner.operator, winner.created_at
        ),
        None => format!("Nothing serves in `{}/{}`.", place.project, place.env),
    };
    Problem::new(ErrorCode::Conflict)
        .detail(detail)
        .hint("look at what changed (`stk release list`), then apply again")
}
