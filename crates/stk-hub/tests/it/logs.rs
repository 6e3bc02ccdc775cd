//! What the log says, and what it never says.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::support::{TestHub, project};

/// Everything that this process logs from the first use on.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn of_process() -> &'static Log {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Log::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(move || writer.clone())
                .init();
            log
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

#[tokio::test]
async fn sec_32_no_secret_is_ever_logged() {
    let log = Log::of_process();
    let (hub, database) = TestHub::with_database().await;
    let url = database.url.replacen("postgres@", "postgres:canary-log-password@", 1);
    assert_ne!(url, database.url);
    hub.set_secret("MIGRATE_URL", &url).await;
    hub.set_secret("JWT_SECRET", "canary-log-secret").await;
    hub.deploy(&project()).await;
    let token =
        hub.prod(Method::POST, "/tokens", Some(json!({ "user": "7" }))).await.expect(StatusCode::CREATED);
    hub.set_secret("MIGRATE_URL", "postgres://app:canary-log-password@127.0.0.1:1/app?nonsense=1").await;
    hub.apply("logic", &project()).await.problem("check_failed");
    hub.store.execute("UPDATE secrets SET sealed = wrapped WHERE name = 'JWT_SECRET'").await;
    hub.apply("logic", &project()).await.problem("internal");
    let bootstrap = hub.hub.bootstrap_token().unwrap();
    let key = hub.hub.environment_keys("shop", "prod").await.unwrap()[0].to_hex();
    let access = hub.token.clone();
    hub.hub.shutdown().await;

    let text = log.text();
    let (signed, _) = token["token"].as_str().unwrap().rsplit_once('.').unwrap();
    for canary in ["canary-log", &bootstrap, &access, &key, signed, &"a5".repeat(32)] {
        assert!(!text.contains(canary), "{canary}");
    }
    assert!(text.contains("secret `JWT_SECRET` is sealed with key"), "the cause of a 500 is logged");
    assert!(text.contains("request_id"), "with the request's id");
}
