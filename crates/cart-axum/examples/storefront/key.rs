//! The key that the shop's cookies are signed with.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use cart_axum::Key;

/// The key in a file, which is made when it isn't there: a shop that is started again knows its guests.
/// Several servers of one shop share the file.
pub(crate) fn open(path: &Path) -> Result<Key, Box<dyn Error>> {
    match create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        created => created?,
    }
    Ok(Key::try_from(&*fs::read(path)?)?)
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(Key::generate().master())
}
