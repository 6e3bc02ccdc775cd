//! Types for the editors of those who write logic: `.stk/logic.d.ts`, which `logic/tsconfig.json` includes.

use stk_project::Project;

use super::install::write_if_changed;
use crate::failure::Failure;
use crate::project_folder::ProjectFolder;

/// Below the folder of the project.
pub const FILE: &str = ".stk/logic.d.ts";

/// Writes them where the project has scripts, and they are not as its headers say.
pub fn write(folder: &ProjectFolder, project: &Project) -> Result<(), Failure> {
    if !project.modules.is_empty() {
        let text = stk_project::handler_types(&project.manifest);
        write_if_changed(&folder.root.join(FILE), text.as_bytes(), false)?;
    }
    Ok(())
}
