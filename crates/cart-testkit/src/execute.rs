//! Runs one case.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::Capabilities;
use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::case::Case;
use crate::harness::Harness;
use crate::outcome::{CaseResult, Stop};
use crate::report::Outcome;
use crate::subject::Subject;

/// What a case may take: far more than any needs, so that only a case that hangs is cut.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The threads of a case's runtime: enough for tasks to run at the same time.
const WORKERS: usize = 4;

/// Runs `case` on a store of its own and a runtime of its own, and tells how long that took.
pub(crate) fn execute(
    case: &'static Case,
    harness: &Arc<dyn Harness>,
    seed: u64,
) -> (Outcome, Duration) {
    let start = Instant::now();
    let outcome = run(case, harness, seed);
    (outcome, start.elapsed())
}

fn run(case: &'static Case, harness: &Arc<dyn Harness>, seed: u64) -> Outcome {
    let runtime = match Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(format!("there is no runtime: {error}")),
    };
    let harness = Arc::clone(harness);
    let seed = seed ^ hash(case.name);
    let task = runtime.spawn(async move { attempt(case, &harness, seed).await });
    let ended = runtime.block_on(async { timeout(TIME_LIMIT, task).await });
    let outcome = match ended {
        Ok(Ok(Ok(()))) => Outcome::Passed,
        Ok(Ok(Err(Stop::Skipped(reason)))) => Outcome::Skipped { reason },
        Ok(Ok(Err(Stop::Failed(message)))) => failed(message),
        Ok(Err(panic)) => failed(match panic.try_into_panic() {
            Ok(payload) => format!("panicked: {}", text_of(&*payload)),
            Err(cancelled) => cancelled.to_string(),
        }),
        Err(_) => failed(format!("{} took longer than {TIME_LIMIT:?}", case.name)),
    };
    // A store that hangs must not hold the other cases up.
    runtime.shutdown_background();
    outcome
}

async fn attempt(case: &Case, harness: &Arc<dyn Harness>, seed: u64) -> CaseResult {
    let subject = Subject::start(harness, seed)
        .await
        .map_err(|error| Stop::failed(format!("the store did not start: {error}")))?;
    if let Some(reason) = case.unmet(&subject.store().info().capabilities) {
        return Err(Stop::Skipped(reason.to_owned()));
    }
    (case.body)(&subject).await
}

/// What the harness's stores declare; `None` when none can be started, which the cases will tell.
pub(crate) fn declared(harness: &Arc<dyn Harness>) -> Option<Capabilities> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .ok()?;
    let subject = runtime.block_on(Subject::start(harness, 0)).ok()?;
    let declared = subject.store().info().capabilities;
    // A fixture may need its runtime to clean up.
    runtime.block_on(async move { drop(subject) });
    Some(declared)
}

fn failed(message: String) -> Outcome {
    Outcome::Failed { message }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

/// FNV-1a: gives each case other random numbers under one seed.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
