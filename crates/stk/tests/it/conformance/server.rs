//! The native host: the cases of a project over HTTP, in order.

use super::case::{Case, Reply};
use super::platform::{Platform, Project};

/// The cases that differ, each with its name and what differs.
pub async fn run(platform: &Platform, project: &Project) -> Vec<String> {
    let (http, url) = (reqwest::Client::new(), platform.url_of(&project.name));
    let mut failures = Vec::new();
    for case in &project.cases {
        let reply = send(&http, &url, &project.name, case).await;
        let faults = case.expect.faults(&reply);
        if !faults.is_empty() {
            failures.push(format!("{}: {}\n  {}", project.name, case.name, faults.join("\n  ")));
        }
    }
    failures
}

async fn send(http: &reqwest::Client, url: &str, project: &str, case: &Case) -> Reply {
    let request = &case.request;
    let query = request.query.as_ref().map_or(String::new(), |query| format!("?{query}"));
    let method = request.method.parse().unwrap_or_else(|_| panic!("{}: no method", case.name));
    let mut call = http.request(method, format!("{url}{}{query}", request.path));
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    if let Some(token) = &request.token {
        call = call.bearer_auth(token.mint(project));
    }
    let body = request.body();
    if !body.is_empty() {
        if !request.headers.contains_key("content-type") {
            call = call.header("content-type", "application/json");
        }
        call = call.body(body);
    }
    let answer = call.send().await.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Reply { status, headers, text: answer.text().await.expect("a body") }
}
