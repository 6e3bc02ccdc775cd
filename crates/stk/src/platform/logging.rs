//! Logs of the services: to standard error, as text on a terminal and as JSON lines elsewhere.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::dev::logs::{LogicLogs, TARGET};

/// `STK_LOG` sets what is logged, in the syntax of tracing's filters; default: warnings and above, `info` of our own. The
/// object storage's library calls every refused request an error; failures are logged by us.
pub fn to_stderr() {
    install("warn,s3s=off,stk_hub=info,stk_server=info,stk=info");
}

/// `stk dev` shows its own screen, and what logic writes; of the rest only what is wrong.
pub fn for_dev(json: bool) {
    let shown = LogicLogs { json }.with_filter(filter_fn(|metadata| metadata.target() == TARGET));
    let filter = EnvFilter::try_from_env("STK_LOG").unwrap_or_else(|_| EnvFilter::new("error,s3s=off"));
    let hidden = format!("{TARGET}=off").parse().expect("a valid directive");
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = if std::io::stderr().is_terminal() {
        layer.with_target(false).boxed()
    } else {
        layer.json().flatten_event(true).boxed()
    };
    let all = layer.with_filter(filter.add_directive(hidden));
    // A second subscriber in one process is refused; the first one stays.
    let _ = tracing_subscriber::registry().with(all).with(shown).try_init();
}

fn install(default: &str) {
    let filter = EnvFilter::try_from_env("STK_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is refused; the first one stays.
    let _ = if std::io::stderr().is_terminal() {
        subscriber.with_target(false).try_init()
    } else {
        subscriber.json().flatten_event(true).try_init()
    };
}
