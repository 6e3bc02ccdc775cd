//! The web's globals for users' code: what a realm offers beyond the language.
//!
//! Deliberately absent: any way out of the process other than [`Host`]'s operations.

use crate::host::Host;

/// Registers the globals into a fresh realm.
pub fn install(_ctx: &rquickjs::Ctx<'_>, _host: &Host) -> rquickjs::Result<()> {
    Ok(())
}
