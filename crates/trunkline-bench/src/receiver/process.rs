//! The receiver as a process of its own: it survives the server, and its ledger tells what it saw.
//!
//! Orders come on standard input, one JSON object a line; the process ends when standard input does, so it cannot
//! outlive whoever started it. Each request becomes one line of the ledger before it is answered.

mod clerk;
mod handle;
mod line;
mod order;

use std::fs::OpenOptions;
use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;

use super::Receiver;
use clerk::Clerk;
pub use handle::{Handle, Program};
pub use line::Line;
use order::Order;

/// Most orders that wait to be carried out.
const WAITING_ORDERS: usize = 16;

/// Is the process: carries orders out until there are no more.
///
/// # Errors
/// When an order makes no sense or cannot be carried out.
pub fn run(orders: impl BufRead + Send + 'static) -> anyhow::Result<()> {
    let (sender, mut receiver) = mpsc::channel(WAITING_ORDERS);
    // Reading standard input blocks; the thread ends with it.
    std::thread::spawn(move || {
        for line in orders.lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut listeners = Vec::new();
        while let Some(line) = receiver.recv().await {
            // The line may hold a secret: it is not repeated.
            let order: Order = serde_json::from_str(&line).context("an order does not parse")?;
            carry_out(order, &mut listeners).await?;
        }
        Ok(())
    })
}

async fn carry_out(order: Order, listeners: &mut Vec<Receiver<Clerk>>) -> anyhow::Result<()> {
    match order {
        Order::Listen { count, addresses, ledger } => {
            if !listeners.is_empty() {
                bail!("it listens already");
            }
            let file = OpenOptions::new().create(true).append(true).open(&ledger);
            let file = Arc::new(Mutex::new(file.with_context(|| format!("opening {}", ledger.display()))?));
            for number in 0..count {
                listeners.push(Receiver::up(Arc::new(Clerk::new(number, Arc::clone(&file))))?);
            }
            announce(listeners, &addresses)
        }
        Order::Check { listener, client_secret } => {
            clerk(listeners, listener)?.check_signatures(&client_secret);
            Ok(())
        }
        Order::Answer { listener, reply } => {
            clerk(listeners, listener)?.answer(reply);
            Ok(())
        }
        Order::Mark(number) => {
            for listener in &*listeners {
                listener.quiet().await;
            }
            clerk(listeners, 0)?.mark(number)
        }
    }
}

fn clerk(listeners: &[Receiver<Clerk>], number: usize) -> anyhow::Result<&Clerk> {
    let listener = listeners.get(number).with_context(|| format!("there is no listener {number}"))?;
    Ok(listener.desk())
}

/// Whole or not at all: whoever waits for the file reads it the moment it is there.
fn announce(listeners: &[Receiver<Clerk>], path: &Path) -> anyhow::Result<()> {
    let addresses: Vec<_> = listeners.iter().map(|listener| listener.address().to_string()).collect();
    let unfinished = path.with_extension("tmp");
    std::fs::write(&unfinished, addresses.join("\n"))
        .and_then(|()| std::fs::rename(&unfinished, path))
        .with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_its_orders() {
        run(std::io::empty()).unwrap();
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for order in ["{}", r#"{"check":{"listener":0,"client_secret":"top"}}"#] {
            let error = format!("{:#}", run(order.as_bytes()).unwrap_err());
            assert!(!error.contains("top"), "{error}");
        }
    }
}
