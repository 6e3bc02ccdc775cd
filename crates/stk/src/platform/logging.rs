//! Logs of the services: to standard error, as text on a terminal and as JSON lines elsewhere.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// `STK_LOG` sets what is logged, in the syntax of tracing's filters; default: warnings and above, `info` of our own.
pub fn to_stderr() {
    install("warn,stk_hub=info,stk_server=info,stk=info");
}

/// `stk dev` shows its own screen; only what is wrong goes past it.
pub fn quiet() {
    install("error");
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
