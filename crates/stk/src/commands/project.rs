//! `stk project`.

use stk_contract::hub::Project as HubProject;

use crate::args::{Global, Project};
use crate::failure::Failure;
use crate::hub_client::HubClient;
use crate::output::{GREEN, Output, paint};
use crate::profile::Profile;
use crate::project_folder::ProjectFolder;

pub async fn run(global: &Global, args: Project, output: &Output) -> Result<(), Failure> {
    let folder = ProjectFolder::find(global.dir.as_deref()).ok();
    let hub = HubClient::new(&Profile::resolve(global, folder.as_ref())?)?;
    match args {
        Project::Create { id } => {
            let project: HubProject = hub.post("/projects", &HubProject { id }).await?;
            output.result(&project, || format!("{} project {}", paint(GREEN, "made"), project.id));
        }
        Project::List => {
            let projects: Vec<HubProject> = hub.get("/projects").await?;
            output.result(&projects, || projects.iter().map(|project| format!("{}\n", project.id)).collect());
        }
    }
    Ok(())
}
