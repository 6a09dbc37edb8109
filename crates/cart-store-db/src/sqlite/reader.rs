//! The threads that read: in WAL mode they don't wait for the writer, nor the writer for them.

use std::sync::{Arc, Mutex, PoisonError};

use cart_core::Result;
use diesel::SqliteConnection;

use super::classify::{Phase, classify};
use super::job::{Jobs, Queue, spawn};

/// Starts a thread for each connection; whichever is free takes the next job.
pub(super) fn start(connections: Vec<SqliteConnection>) -> Result<Queue> {
    let (queue, jobs) = Queue::new();
    let jobs = Arc::new(Mutex::new(jobs));
    for connection in connections {
        let jobs = Arc::clone(&jobs);
        spawn("cart-sqlite-reader", move || serve(connection, &jobs))?;
    }
    Ok(queue)
}

fn serve(mut connection: SqliteConnection, jobs: &Mutex<Jobs>) {
    loop {
        // One idle reader waits for the next job, the others for their turn to wait.
        let next = jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv();
        let Some(mut job) = next else { return };
        let failed = job.run(&mut connection).err();
        job.answer(failed.map(|error| classify(&error, Phase::Statement)));
    }
}
