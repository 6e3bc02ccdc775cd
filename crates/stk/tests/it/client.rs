//! The client against a real Server: in Node and in headless Chromium.

use std::process::Command;

use crate::stk::{Dev, copy_of, repository};

#[tokio::test(flavor = "multi_thread")]
async fn the_client_calls_the_shop_from_node_and_from_a_browser() {
    let folder = copy_of(&repository().join("examples/shop"));
    let dev = Dev::start(folder.path()).await;
    let token = dev.token("0a000000-0000-4000-8000-000000000001", &["user"]);
    let output = Command::new("npm")
        .args(["run", "--silent", "e2e"])
        .current_dir(repository().join("packages/client"))
        .env("STK_E2E_URL", &dev.server_url)
        .env("STK_E2E_TOKEN", &token)
        .output()
        .expect("npm runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert_eq!(dev.stop(), Some(0));
}
