//! Data folders that are made once and copied from then on.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::error::{Result, ServerError};
use super::folder::Folder;
use super::{account, lock, program};

/// How the data folder of a server is made.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) server: &'static str,
    /// The program that makes it.
    pub(super) program: &'a Path,
    /// What the program is told. It is to make the folder `data` in the folder in which it runs.
    pub(super) arguments: &'a [&'a str],
    /// A file that the program reads there: its name and its text.
    pub(super) file: (&'static str, &'static str),
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
        let program = fs::metadata(self.program).map_err(ServerError::file(self.program))?;
        (self.program, program.len(), program.modified().ok()).hash(&mut key);
        (self.arguments, self.file).hash(&mut key);
        Ok(format!("{}-{:016x}", self.server, key.finish()))
    }

    fn make(&self, template: &Path) -> Result<()> {
        // The servers' account needn't be let into the cache, which may be in somebody's home.
        let folder = Folder::new()?;
        let (name, text) = self.file;
        let file = folder.path().join(name);
        fs::write(&file, text).map_err(ServerError::file(&file))?;
        account::hand_over(&file)?;
        let mut command = account::command(self.program)?;
        program::run(command.args(self.arguments).current_dir(folder.path()))?;
        // Whoever is killed here leaves a part behind, and never half a template.
        let part = template.with_extension("part");
        if part.exists() {
            fs::remove_dir_all(&part).map_err(ServerError::file(&part))?;
        }
        account::copy_folder(&folder.path().join("data"), &part)?;
        fs::rename(&part, template).map_err(ServerError::file(template))
    }
}

/// Where things are kept that take long to make: cargo's target folder, or else a temporary one.
pub(super) fn cache() -> Result<PathBuf> {
    let program = env::current_exe().map_err(ServerError::file(Path::new("/proc/self/exe")))?;
    let target = program
        .ancestors()
        // Cargo marks the folder that it builds into.
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .map_or_else(env::temp_dir, Path::to_owned);
    let cache = target.join("cart-servers-cache");
    fs::create_dir_all(&cache).map_err(ServerError::file(&cache))?;
    Ok(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_making_it_has_a_template_of_its_own() {
        let name = |arguments| {
            let template = Template {
                server: "shell",
                program: Path::new("/bin/sh"),
                arguments,
                file: ("password", "secret"),
            };
            template.name().unwrap()
        };
        assert!(name(&["a"]).starts_with("shell-"));
        assert_eq!(name(&["a"]), name(&["a"]));
        assert_ne!(name(&["a"]), name(&["a", "b"]));
    }

    #[test]
    fn cache_is_in_cargos_target_folder() {
        let cache = cache().unwrap();
        assert!(cache.parent().unwrap().join("CACHEDIR.TAG").is_file());
    }
}
