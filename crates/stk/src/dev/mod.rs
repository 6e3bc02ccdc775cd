//! `stk dev`: the platform for one project, deployed now and again on every save.
//!
//! Errors are shown in place while the last good release keeps serving. Nothing here knows how a project is checked:
//! files go to the Hub as `stk deploy` sends them.

mod event;
pub mod logs;
mod provision;
mod screen;
mod seed;
mod try_call;
mod watch;

use std::time::{Duration, Instant};

use stk_contract::hub::{
    ApplyRequest, ApplyResult, ApplyScope, Environment, ManifestResponse, Project as HubProject, Severity,
};

use stk_hub::EnvironmentId;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::hub_client::HubClient;
use crate::output::Output;
use crate::platform::signals::Signals;
use crate::platform::{Platform, PlatformConfig, logging, secrets};
use crate::profile::{DevPlatform, ENV_DEV, Profile, write_private};
use crate::project_folder::{ProjectFolder, to_wire};
use event::{Deployed, Event, Ready};
use screen::Screen;

/// How long a release may take from the Hub to the Server of the same process.
const LIVE_MAX: Duration = Duration::from_secs(10);

/// One project on its platform.
struct Dev<'a> {
    folder: ProjectFolder,
    platform: &'a Platform,
    hub: HubClient,
    env: String,
}

pub async fn run(global: &args::Global, args: args::Dev, output: &Output) -> Result<(), Failure> {
    logging::for_dev(output.is_json());
    let folder = ProjectFolder::find(args.folder.as_deref().or(global.dir.as_deref()))?;
    let env = global.env.clone().unwrap_or_else(|| ENV_DEV.to_owned());
    let mut signals = Signals::listen()?;
    let config = PlatformConfig {
        data: args.data.clone().unwrap_or_else(|| folder.state().join("dev")),
        listen: args.listen,
        hub_listen: args.hub_listen,
        storage: args.storage.clone(),
        database_url: args.database_url.clone(),
        root: Some(EnvironmentId { project: folder.config.project_id.clone(), env: env.clone() }),
    };
    let platform = tokio::select! {
        platform = Platform::start(config, output) => platform?,
        () = signals.stop() => return Ok(()),
    };
    let result = tokio::select! {
        result = serve(&platform, folder.clone(), env, args.no_watch, output) => result,
        () = signals.stop() => Ok(()),
    };
    DevPlatform::remove(&folder);
    output.say("\nstopping");
    platform.stop().await;
    result
}

async fn serve(
    platform: &Platform,
    folder: ProjectFolder,
    env: String,
    no_watch: bool,
    output: &Output,
) -> Result<(), Failure> {
    let token = access_token(platform).await?;
    DevPlatform {
        hub_url: platform.hub_url(),
        server_url: platform.server_url(),
        access_token: token.clone(),
    }
    .save(&folder)?;
    let profile = Profile { hub_url: platform.hub_url(), token: Some(token), is_dev: true };
    let dev = Dev { hub: HubClient::new(&profile)?, folder, platform, env };
    dev.ensure_environment().await?;
    let mut screen = Screen::new(
        output,
        Ready {
            project: dev.folder.config.project_id.clone(),
            env: dev.env.clone(),
            server_url: platform.server_url(),
            hub_url: platform.hub_url(),
        },
    );
    // Watching starts before the first deploy: a save during it must not be missed.
    let mut watcher = watch::Watcher::start(&dev.folder)?;
    loop {
        screen.show(dev.deploy().await);
        if no_watch {
            std::future::pending::<()>().await;
        }
        watcher.changed(&dev.folder).await?;
    }
}

/// The token of this data directory, made of the Hub's one-time token at the first start.
async fn access_token(platform: &Platform) -> Result<String, Failure> {
    let file = platform.data.join("token");
    match platform.hub.bootstrap_token() {
        Some(one_time) => {
            let token = crate::commands::login::bootstrap(&platform.hub_url(), one_time).await?;
            write_private(&file, token.as_bytes())?;
            Ok(token)
        }
        None => std::fs::read_to_string(&file).map_err(|error| {
            Failure::new(format!(
                "the Hub has an owner already, but {} can not be read: {error}",
                file.display()
            ))
            .hint("delete the data directory to start afresh")
        }),
    }
}

impl Dev<'_> {
    fn path(&self, rest: &str) -> String {
        format!("/projects/{}/environments/{}{rest}", self.folder.config.project_id, self.env)
    }

    async fn ensure_environment(&self) -> Result<(), Failure> {
        let id = self.folder.config.project_id.clone();
        let projects: Vec<HubProject> = self.hub.get("/projects").await?;
        if !projects.iter().any(|project| project.id == id) {
            let _: HubProject = self.hub.post("/projects", &HubProject { id: id.clone() }).await?;
        }
        let path = format!("/projects/{id}/environments");
        let environments: Vec<Environment> = self.hub.get(&path).await?;
        if !environments.iter().any(|environment| environment.name == self.env) {
            let environment = Environment { name: self.env.clone(), number: None };
            let _: Environment = self.hub.post(&path, &environment).await?;
        }
        Ok(())
    }

    /// Everything from the files to types in the app: check, databases, apply, live, seed, sync.
    async fn deploy(&self) -> Event {
        let started = Instant::now();
        match self.try_deploy(started).await {
            Ok(deployed) => Event::Deployed(Box::new(deployed)),
            Err(failure) => Event::Failed(failure),
        }
    }

    async fn try_deploy(&self, started: Instant) -> Result<Deployed, Failure> {
        let files = self.folder.read()?;
        let (project, diagnostics) = stk_project::check(&self.folder.config.project_id, &files);
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(Failure::check(diagnostics));
        }
        crate::sync::handlers::write(&self.folder, &project)?;
        let made = provision::ensure(self, &project).await?;
        let request = ApplyRequest {
            scope: ApplyScope::Deploy,
            files: to_wire(&files),
            expected_number: None,
            dry_run: false,
            // Nobody else uses this database. What loses data is still asked for by name.
            allow: vec!["STK-B*".to_owned(), "STK-L*".to_owned()],
        };
        let result: ApplyResult = self.hub.post(&self.path("/apply"), &request).await?;
        self.wait_until_live(result.number).await?;
        let live_ms = started.elapsed().as_millis() as u64;
        let seeded = seed::run(self, &made).await?;
        let manifest: ManifestResponse = self.hub.get(&self.path("/manifest")).await?;
        let call = try_call::choose(self, &project, &manifest.manifest).await?;
        let hints = crate::sync::from_response(&self.folder, manifest)?.hints;
        Ok(Deployed { result, live_ms, seeded, call, hints })
    }

    /// The Server follows the KV by itself; this only waits, so that what is shown is true.
    async fn wait_until_live(&self, number: u64) -> Result<(), Failure> {
        let live = self.platform.server.wait_until_live(&self.folder.config.project_id, &self.env, number);
        tokio::time::timeout(LIVE_MAX, live).await.map_err(|_| {
            Failure::new(format!("release {number} is stored, but the Server does not serve it"))
                .exit(Exit::Failed)
                .hint("start with STK_LOG=info to see why")
        })
    }

    fn random_secret(&self) -> Result<String, Failure> {
        secrets::random_hex(32)
    }
}
