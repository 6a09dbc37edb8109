//! Data folders that are made once and copied from then on.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::error::{Result, ServerError};
use super::folder::{Folder, Medium};
use super::{account, folder, lock, program};

/// How the data folder of a server is made.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) server: &'static str,
    /// A shell script that makes the folder `data` in the folder in which it runs.
    pub(super) script: &'static str,
    /// The programs that the script calls, as `$1` and so on.
    pub(super) programs: &'a [&'a Path],
}

impl Template<'_> {
    /// Puts a fresh data folder at `target`, which isn't there yet.
    pub(super) fn copy_to(&self, target: &Path) -> Result<()> {
        let cache = cache()?;
        let template = cache.join(self.name()?);
        {
            let _nobody_else = lock::wait_for(&cache.join("lock"))?;
            if !template.exists() {
                self.make(&template)?;
            }
        }
        account::copy_folder(&template, target)
    }

    /// Another program, or another way of calling it, makes another template.
    fn name(&self) -> Result<String> {
        let mut key = DefaultHasher::new();
        self.script.hash(&mut key);
        for program in self.programs {
            let file = fs::metadata(program).map_err(ServerError::file(program))?;
            (program, file.len(), file.modified().ok()).hash(&mut key);
        }
        Ok(format!("{}-{:016x}", self.server, key.finish()))
    }

    fn make(&self, template: &Path) -> Result<()> {
        // The servers' account needn't be let into the cache, which may be in somebody's home.
        let folder = Folder::new(Medium::Memory)?;
        let mut command = account::command(Path::new("sh"))?;
        command.args(["-e", "-c", self.script, "template"]);
        program::run(command.args(self.programs).current_dir(folder.path()))?;
        // Whoever is killed here leaves a part behind, and never half a template.
        let part = template.with_extension("part");
        if part.exists() {
            fs::remove_dir_all(&part).map_err(ServerError::file(&part))?;
        }
        account::copy_folder(&folder.path().join("data"), &part)?;
        fs::rename(&part, template).map_err(ServerError::file(template))
    }
}

/// Where templates are kept, and servers that were fetched: in cargo's target folder, or else in a temporary one.
pub(super) fn cache() -> Result<PathBuf> {
    let program = env::current_exe().map_err(ServerError::file(Path::new("/proc/self/exe")))?;
    // Cargo marks the folder that it builds into.
    let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    let Some(target) = program.ancestors().find(is_target) else {
        return folder::shared("templates");
    };
    let cache = target.join("cart-servers-cache");
    fs::create_dir_all(&cache).map_err(ServerError::file(&cache))?;
    Ok(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_has_a_template_of_its_own() {
        let name = |script| {
            let template = Template {
                server: "shell",
                script,
                programs: &[Path::new("/bin/sh")],
            };
            template.name().unwrap()
        };
        assert!(name("a").starts_with("shell-"));
        assert_eq!(name("a"), name("a"));
        assert_ne!(name("a"), name("b"));
    }
}
