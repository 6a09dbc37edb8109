//! Programs that are built beside the tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An example of this crate, as `cargo` built it along with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("the test's own program");
    // `target/debug/deps/test-0123` and `target/debug/examples/NAME`.
    let folder = test.ancestors().nth(2).expect("the folder of the build");
    let program = folder.join("examples").join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name);
    let is_fresh = program.is_file() && changed(&program) >= newest(&source);
    assert!(
        is_fresh,
        "the example isn't built as it stands: run `cargo build -p cart-axum --example {name}`"
    );
    program
}

/// When a program's sources were changed last; what only people read is none of them.
fn newest(folder: &Path) -> SystemTime {
    let files = fs::read_dir(folder).expect("the sources");
    let paths = files.map(|file| file.expect("a file").path());
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension != "md"));
    let times = sources.map(|path| changed(&path));
    times.max().expect("a source")
}

fn changed(file: &Path) -> SystemTime {
    let metadata = fs::metadata(file).expect("a file");
    metadata.modified().expect("a time")
}
