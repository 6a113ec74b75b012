//! Being told to stop, by SIGTERM or SIGINT: heard from the first moment of a command by a thread of its own, as the start
//! keeps the others busy. Told once, the service ends in order; told twice, it ends at once.

use std::sync::mpsc;
use std::time::Duration;

use actix_web::dev::Server;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::http::Manners;

/// Whether somebody has told this process to stop.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    pub(super) fn listen() -> Result<Self> {
        let failed =
            |error: &dyn std::fmt::Display| Error::internal(format!("signals can't be heard: {error}"));
        let (told, stop) = watch::channel(false);
        let (ready, is_ready) = mpsc::channel();
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || hear(&told, &ready)).map_err(|error| failed(&error))?;
        is_ready.recv().map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        Ok(Self(stop))
    }

    pub(super) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Runs a server until told to stop: then says so to who looks whether it is ready, goes on for as long as told, takes
    /// no more connections, and finishes what is under way.
    pub(super) async fn serve(mut self, server: Server, manners: Manners, drain: Duration) -> Result<()> {
        let handle = server.handle();
        actix_web::rt::spawn(async move {
            if self.0.wait_for(|told| *told).await.is_ok() {
                manners.stop();
                tracing::info!(
                    seconds = drain.as_secs(),
                    "told to stop: not ready any more, requests are still taken"
                );
                actix_web::rt::time::sleep(drain).await;
                handle.stop(true).await;
            }
        });
        server.await.map_err(|error| Error::internal(format!("the server failed: {error}")))
    }
}

fn hear(told: &watch::Sender<bool>, ready: &mpsc::Sender<std::io::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let outcome: std::io::Result<()> = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let (mut terminate, mut interrupt) =
                (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            // Who waits for this may be gone only with the process.
            let _ = ready.send(Ok(()));
            loop {
                let kind = tokio::select! {
                    _ = terminate.recv() => SignalKind::terminate(),
                    _ = interrupt.recv() => SignalKind::interrupt(),
                };
                if told.send_replace(true) {
                    std::process::exit(128 + kind.as_raw_value());
                }
            }
        })
    });
    if let Err(error) = outcome {
        let _ = ready.send(Err(error));
    }
}
