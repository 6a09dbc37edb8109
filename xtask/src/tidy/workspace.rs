//! What the rules look at: the packages that cargo sees, and the text files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::cargo;
use crate::error::{Error, Result};

/// The folders and files whose texts are read, from the workspace's root.
const PLACES: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "benches",
    "crates",
    "docs",
    "xtask",
];
/// The files that people write.
const EXTENSIONS: [&str; 4] = ["md", "rs", "sql", "toml"];

/// The workspace as the rules see it.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    /// Its packages.
    pub(super) packages: Vec<Package>,
    /// Its text files, ordered by path.
    pub(super) files: Vec<TextFile>,
}

/// A package, as `cargo metadata` describes it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Package {
    /// Its name.
    pub(super) name: String,
    /// Its manifest, from the workspace's root.
    pub(super) manifest_path: PathBuf,
    /// What it says about itself.
    pub(super) description: Option<String>,
    /// Its licence expression.
    pub(super) license: Option<String>,
    /// The registries that it may go to: `None` is every one, an empty list is none.
    pub(super) publish: Option<Vec<String>>,
    /// What it depends on.
    pub(super) dependencies: Vec<Dependency>,
    /// What it builds.
    pub(super) targets: Vec<Target>,
}

/// A dependency of a package.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Dependency {
    /// The package that is depended on.
    pub(super) name: String,
    /// The versions that will do; `*` when none is stated.
    pub(super) req: String,
    /// `dev`, `build`, or none for a normal dependency.
    pub(super) kind: Option<String>,
    /// Where it lies, for a package of this workspace.
    pub(super) path: Option<PathBuf>,
}

/// Something that a package builds.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Target {
    /// Its name.
    pub(super) name: String,
    /// `lib`, `bin`, `example`, `test`, `bench`.
    pub(super) kind: Vec<String>,
}

/// A text file.
#[derive(Clone, Debug)]
pub(super) struct TextFile {
    /// Its path from the workspace's root.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) text: String,
}

impl Workspace {
    /// Reads it: cargo's view and the files.
    pub(super) fn read() -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
        }

        let root = cargo::root();
        let text =
            cargo::output(cargo::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let Metadata { mut packages } =
            serde_json::from_str(&text).map_err(|source| Error::Json {
                from: "`cargo metadata`".into(),
                source,
            })?;
        for package in &mut packages {
            if let Ok(path) = package.manifest_path.strip_prefix(&root) {
                package.manifest_path = path.to_path_buf();
            }
        }
        let mut files = Vec::new();
        for place in PLACES {
            read_into(&mut files, &root, Path::new(place))?;
        }
        Ok(Self { packages, files })
    }

    /// The file at a path, if it is there.
    pub(super) fn file(&self, path: impl AsRef<Path>) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path.as_ref())
    }

    /// The files with an extension.
    pub(super) fn files_of(&self, extension: &str) -> impl Iterator<Item = &TextFile> {
        self.files
            .iter()
            .filter(move |file| file.path.extension().is_some_and(|e| e == extension))
    }

    /// The line of a manifest which names a dependency; 1 when the file isn't known.
    pub(super) fn manifest_line(&self, package: &Package, dependency: &str) -> usize {
        self.file(&package.manifest_path)
            .map_or(1, |file| file.line_that(|l| l.starts_with(dependency)))
    }

    /// Whether any package has an example of this name.
    pub(super) fn has_example(&self, name: &str) -> bool {
        self.packages
            .iter()
            .flat_map(|package| &package.targets)
            .any(|target| target.name == name && target.kind.iter().any(|kind| kind == "example"))
    }
}

impl Package {
    /// Whether others can depend on it from a registry.
    pub(super) fn is_published(&self) -> bool {
        self.publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
    }

    /// The packages of this workspace that it depends on.
    pub(super) fn internal_dependencies(&self) -> impl Iterator<Item = &Dependency> {
        self.dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
    }
}

impl Dependency {
    /// Whether only tests, examples and benchmarks use it.
    pub(super) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

impl TextFile {
    /// The lines with their numbers, which start at 1.
    pub(super) fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The number of the first line that fits; 1 when none does.
    pub(super) fn line_that(&self, fits: impl Fn(&str) -> bool) -> usize {
        self.numbered_lines()
            .find(|(_, line)| fits(line))
            .map_or(1, |(number, _)| number)
    }
}

/// Reads a file, or the files of a folder and those below it, and skips what isn't there.
fn read_into(files: &mut Vec<TextFile>, root: &Path, place: &Path) -> Result<()> {
    let absolute = root.join(place);
    let fail = |source| Error::File {
        path: place.to_path_buf(),
        source,
    };
    if absolute.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(&absolute).map_err(fail)? {
            names.push(entry.map_err(fail)?.file_name());
        }
        names.sort();
        for name in names {
            read_into(files, root, &place.join(name))?;
        }
    } else if EXTENSIONS
        .iter()
        .any(|known| place.extension().is_some_and(|e| e == *known))
        && absolute.is_file()
    {
        let text = fs::read_to_string(&absolute).map_err(fail)?;
        files.push(TextFile {
            path: place.to_path_buf(),
            text,
        });
    }
    Ok(())
}

/// Workspaces as small as a rule's test needs them.
#[cfg(test)]
pub(super) mod planted {
    use super::{Dependency, Package, TextFile, Workspace};

    /// A workspace of these files alone.
    pub(crate) fn files(files: &[(&str, &str)]) -> Workspace {
        let files = files
            .iter()
            .map(|(path, text)| TextFile {
                path: (*path).into(),
                text: (*text).into(),
            })
            .collect();
        Workspace {
            files,
            ..Workspace::default()
        }
    }

    /// A complete package with these dependencies.
    pub(crate) fn package(name: &str, dependencies: &[Dependency]) -> Package {
        Package {
            name: name.into(),
            manifest_path: format!("crates/{name}/Cargo.toml").into(),
            description: Some("Something".into()),
            license: Some("MIT OR Apache-2.0".into()),
            dependencies: dependencies.to_vec(),
            ..Package::default()
        }
    }

    /// A dependency on another package of the workspace.
    pub(crate) fn internal(name: &str, kind: Option<&str>, req: &str) -> Dependency {
        Dependency {
            name: name.into(),
            req: req.into(),
            kind: kind.map(Into::into),
            path: Some(format!("crates/{name}").into()),
        }
    }
}
