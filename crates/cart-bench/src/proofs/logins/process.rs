//! Logins of another process, which is killed.

use std::io::Write;
use std::sync::Arc;

use super::death::{Moment, Plan};
use super::shop::Shop;
use super::shopper::Shopper;
use crate::proof::{Proven, ensure};
use crate::worker::{self, Colleague};

/// What the process says when it has come to its moment.
const THERE: &str = "there";

/// Has another process log a guest in, and kills it at that moment.
pub(super) fn kill_at(urls: &[String; 2], number: u64, moment: Moment) -> Proven {
    let which = Moment::ALL.iter().position(|known| *known == moment);
    let numbers = [number.to_string(), which.unwrap_or_default().to_string()];
    let mut process = Colleague::start(worker::command("login")?.args(urls).args(numbers))?;
    let line = process.line()?;
    ensure(line.as_deref() == Some(THERE), || {
        format!("a process was through before it was killed: {line:?}")
    })?;
    let was_killed = process.kill()?;
    ensure(was_killed, || "a process ended by itself".to_owned())
}

/// The other process.
pub(crate) fn work(urls: &[String; 2], number: u64, moment: usize) -> Proven {
    let moment = *Moment::ALL.get(moment).ok_or("there is no such moment")?;
    tokio::runtime::Runtime::new()?.block_on(async {
        let shopper = Shopper::new(number)?;
        let plan = Arc::new(Plan::new(shopper.target()?, moment, false));
        let shop = Shop::open(urls).await?.under(&plan);
        let login = shop.login(&shopper.guest, &shopper.user);
        tokio::pin!(login);
        tokio::select! {
            ended = &mut login => {
                ended?;
                Ok(())
            }
            () = plan.carried_out() => {
                let mut output = std::io::stdout().lock();
                writeln!(output, "{THERE}")?;
                output.flush()?;
                drop(output);
                // Nothing is dropped before the kill.
                login.await?;
                Ok(())
            }
        }
    })
}
