//! HTTP: connections, routes, bodies and headers. Written by hand on hyper, because a cached answer costs little
//! more than its parsing.
//!
//! Deliberately absent: what a call means, which is the runtime's; nothing here looks into a body.

mod answer;
mod body;
mod cors;
mod idle;
mod listener;
mod reply;
mod request_id;
mod route;

pub(crate) use idle::Idle;
pub(crate) use listener::{Timeouts, listen};
pub(crate) use request_id::RequestIds;
