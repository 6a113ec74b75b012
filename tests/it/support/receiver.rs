//! Somebody who receives messages of webhooks, over HTTP, and answers as told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{HttpRequest, HttpResponse, HttpServer, http::StatusCode, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;
use tokio::sync::Notify;

/// A message as it came.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Received {
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether it is signed by a secret, as the specification says; the program's own functions are not asked.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.id(), self.headers["webhook-timestamp"], self.text);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        let wanted = format!("v1,{}", STANDARD.encode(tag));
        self.headers["webhook-signature"].split(' ').any(|one| one == wanted)
    }
}

#[derive(Default)]
struct State {
    received: Mutex<Vec<Received>>,
    /// What it answers with next; 204 once there is nothing more. 0: it never answers.
    answers: Mutex<VecDeque<u16>>,
    came: Notify,
}

pub(crate) struct Receiver {
    pub(crate) address: String,
    state: Arc<State>,
    server: ServerHandle,
}

async fn receive(request: HttpRequest, bytes: web::Bytes, state: web::Data<State>) -> HttpResponse {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let header =
        |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
    let received = Received {
        headers: request.headers().iter().map(header).collect(),
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    };
    state.received.lock().unwrap().push(received);
    state.came.notify_one();
    let status = state.answers.lock().unwrap().pop_front().unwrap_or(204);
    if status == 0 {
        std::future::pending::<()>().await;
    }
    let mut answer = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if (300..400).contains(&status) {
        answer.insert_header(("location", "/elsewhere"));
    }
    // More than anybody wants to read.
    if status >= 400 { answer.body("x".repeat(1 << 20)) } else { answer.finish() }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let state = web::Data::new(State::default());
        let shared = state.clone();
        let app = move || actix_web::App::new().app_data(shared.clone()).default_service(web::to(receive));
        let server =
            HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}/changes", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, state: state.into_inner(), server: handle }
    }

    /// What it answers with next.
    pub(crate) fn answers(&self, statuses: &[u16]) {
        *self.state.answers.lock().unwrap() = statuses.iter().copied().collect();
    }

    /// What came since this was asked last.
    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut self.state.received.lock().unwrap())
    }

    /// Waits until something has come.
    pub(crate) async fn something(&self) {
        self.state.came.notified().await;
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _stopping = self.server.stop(false);
    }
}
