//! Letters: written once, handed to a real SMTP server (of the crate `mailin`), never twice by themselves, never lost.

use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use qianglian::actions::letters::deliver_next;
use qianglian::domain::access::Role;
use qianglian::mail::Mailer;
use serde_json::{Value, json};

use super::support::app::{App, on_both};
use super::support::review::{at_scoring, review_settings, serving, sheet, signed};
use super::support::text;

/// What a server does with the next letters.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mood {
    Takes,
    /// Refuses the recipient for good.
    Refuses,
    /// Asks to come back later.
    Later,
    /// Takes all of the letter and breaks the connection off instead of saying so.
    BreaksOff,
}

/// A mail server on this machine, and the letters that it has taken.
pub(crate) struct Server {
    url: String,
    taken: Arc<Mutex<Vec<String>>>,
    mood: Arc<Mutex<Mood>>,
}

#[derive(Clone)]
struct Inbox {
    taken: Arc<Mutex<Vec<String>>>,
    mood: Mood,
    letter: Vec<u8>,
}

impl Handler for Inbox {
    fn rcpt(&mut self, _to: &str) -> Response {
        match self.mood {
            Mood::Refuses => response::NO_MAILBOX,
            Mood::Later => Response::custom(450, "Try again later".to_owned()),
            _ => response::OK,
        }
    }

    fn data(&mut self, buf: &[u8]) -> std::io::Result<()> {
        self.letter.extend_from_slice(buf);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.taken.lock().unwrap().push(String::from_utf8_lossy(&self.letter).into_owned());
        response::OK
    }
}

fn talk(stream: TcpStream, inbox: Inbox) -> std::io::Result<()> {
    let mood = inbox.mood;
    let builder = SessionBuilder::new("mail.example.org");
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), inbox);
    let mut write = stream.try_clone()?;
    let mut read = BufReader::new(stream);
    session.greeting().write_to(&mut write)?;
    write.flush()?;
    let mut data = false;
    loop {
        let mut line = Vec::new();
        if read.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let ends = data && line == b".\r\n";
        let answer = session.process(&line);
        data = (data || line.to_ascii_uppercase().starts_with(b"DATA")) && !ends;
        if ends && mood == Mood::BreaksOff {
            return Ok(());
        }
        if answer.action != Action::NoReply {
            answer.write_to(&mut write)?;
            write.flush()?;
        }
        if answer.action == Action::Close {
            return Ok(());
        }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (taken, mood) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Mood::Takes)));
        let (inbox, moods) = (Arc::clone(&taken), Arc::clone(&mood));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let inbox =
                    Inbox { taken: Arc::clone(&inbox), mood: *moods.lock().unwrap(), letter: Vec::new() };
                std::thread::spawn(move || talk(stream.unwrap(), inbox));
            }
        });
        Self { url, taken, mood }
    }

    pub(crate) fn mailer(&self) -> Mailer {
        Mailer::new(&self.url, "强链 <office@example.org>").expect("the settings are good")
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    /// One of the letters that it took, as it reads.
    pub(crate) fn letter(&self, number: usize) -> String {
        let raw = self.taken.lock().unwrap()[number].clone();
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head and a body");
        let encoded: String = body.split_whitespace().collect();
        let decoded = STANDARD.decode(encoded).map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        format!("{head}\n{}", decoded.unwrap_or_else(|_| body.to_owned()))
    }

    fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

/// The letters of a competition: how many stand where.
async fn standing(app: &App, competition: &str) -> Vec<(String, i64)> {
    let office = app.known(Role::Office, None).await;
    let page = office.get(&format!("/api/v1/competitions/{competition}/letters?limit=100")).await.ok();
    let letters = page["items"].as_array().unwrap().iter();
    let mut all: Vec<(String, i64)> = letters
        .map(|letter| (text(&letter["state"]).to_owned(), letter["attempts"].as_i64().unwrap()))
        .collect();
    all.sort();
    all
}

async fn deliver_all(app: &App, mailer: &Mailer) {
    while deliver_next(&app.service, mailer).await.unwrap() {}
    // Looking for nothing every second writes nothing: what is remembered of the database stays.
    let committed = app.service.db.committed();
    assert!(!deliver_next(&app.service, mailer).await.unwrap());
    assert_eq!(app.service.db.committed(), committed);
}

/// Sends what owners of accounts are told of them, which is not what these stories are about.
async fn send_invitations(app: &App) {
    deliver_all(app, &Server::start().mailer()).await;
}

on_both! {
    async fn whoever_is_late_is_reminded_once_a_day(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let names = serving(&app, &competition).await;
        let first = app.known_as(&names[0], Role::Expert, None).await;
        for application in &competition.applications {
            signed(&first, application, sheet(5)).await;
        }
        let office = app.known(Role::Office, None).await;
        let path = format!("/api/v1/competitions/{}/reminders", competition.id);
        send_invitations(&app).await;
        // Four experts; inspections are still to be planned by the office itself, which reads its own list.
        assert_eq!(office.post(&path, Value::Null).await.ok(), json!({ "written": 4, "already": 0, "without_address": [] }));
        assert_eq!(office.post(&path, Value::Null).await.ok(), json!({ "written": 0, "already": 4, "without_address": [] }));
        let server = Server::start();
        deliver_all(&app, &server.mailer()).await;
        deliver_all(&app, &server.mailer()).await;
        assert_eq!(server.count(), 4, "each is sent once");
        let letter = server.taken.lock().unwrap()[0].clone();
        assert!(letter.contains("Message-ID: <") && letter.contains("@qianglian>"), "{letter}");
        assert!(names[1..].iter().any(|name| letter.contains(&format!("{name}@example.org"))), "{letter}");
        assert_eq!(standing(&app, &competition.id).await, vec![("sent".to_owned(), 1); 4]);
        app.at("2026-05-19T09:00:00+08:00");
        let office = app.known(Role::Office, None).await;
        assert_eq!(office.post(&path, Value::Null).await.ok()["written"], 4, "another day, another letter");
    }

    async fn a_letter_is_tried_again_given_up_or_left_to_a_person(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        send_invitations(&app).await;
        office.post(&format!("/api/v1/competitions/{}/reminders", competition.id), Value::Null).await.ok();
        let server = Server::start();
        let mailer = server.mailer();
        // Not now: tried again, later each time. One whose time has not come is left alone.
        server.set(Mood::Later);
        deliver_all(&app, &mailer).await;
        assert_eq!((server.count(), standing(&app, &competition.id).await), (0, vec![("queued".to_owned(), 1); 5]));
        deliver_all(&app, &mailer).await;
        assert_eq!(standing(&app, &competition.id).await, vec![("queued".to_owned(), 1); 5]);
        app.at("2026-05-18T09:01:00+08:00");
        // Never: the recipient is refused.
        server.set(Mood::Refuses);
        assert!(deliver_next(&app.service, &mailer).await.unwrap());
        // Nobody knows: the server had all of it and did not say so.
        server.set(Mood::BreaksOff);
        assert!(deliver_next(&app.service, &mailer).await.unwrap());
        server.set(Mood::Takes);
        deliver_all(&app, &mailer).await;
        let mut expected = vec![("failed".to_owned(), 2)];
        expected.extend(vec![("sent".to_owned(), 2); 3]);
        expected.push(("unsure".to_owned(), 2));
        assert_eq!(standing(&app, &competition.id).await, expected);
        assert_eq!(server.count(), 4, "three sent, and the one of which nobody knows; it is not sent again by itself");
        // A person decides.
        let office = app.known(Role::Office, None).await;
        let page = office.get(&format!("/api/v1/competitions/{}/letters", competition.id)).await.ok();
        for letter in page["items"].as_array().unwrap() {
            let path = format!("/api/v1/letters/{}/resending", text(&letter["id"]));
            let answer = office.post(&path, Value::Null).await;
            if letter["state"] == "sent" {
                answer.refused(409, "no_such_step");
            } else {
                assert_eq!(answer.ok()["state"], "queued");
            }
        }
        deliver_all(&app, &mailer).await;
        assert_eq!(standing(&app, &competition.id).await.iter().filter(|(state, _)| state == "sent").count(), 5);
    }

    /// A process that dies while it hands a letter over leaves it claimed. It is neither sent again nor forgotten.
    async fn a_crash_in_the_middle_is_seen_and_nothing_is_sent_twice(app) {
        let competition = at_scoring(&app, review_settings()).await;
        let office = app.known(Role::Office, None).await;
        send_invitations(&app).await;
        office.post(&format!("/api/v1/competitions/{}/reminders", competition.id), Value::Null).await.ok();
        // A server that takes the connection and never answers: the hand-over is under way when its task is dropped.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", silent.local_addr().unwrap());
        let mailer = Mailer::new(&url, "office@example.org").unwrap();
        {
            let mut under_way = Box::pin(deliver_next(&app.service, &mailer));
            while !standing(&app, &competition.id).await.iter().any(|(state, _)| state == "sending") {
                assert!(futures_util::poll!(&mut under_way).is_pending());
            }
        }
        let server = Server::start();
        deliver_all(&app, &server.mailer()).await;
        assert_eq!(server.count(), 4, "the others are sent");
        let mut expected = vec![("sending".to_owned(), 1)];
        expected.extend(vec![("sent".to_owned(), 1); 4]);
        assert_eq!(standing(&app, &competition.id).await, expected);
        app.at("2026-05-18T09:05:01+08:00");
        deliver_all(&app, &server.mailer()).await;
        assert_eq!(server.count(), 4);
        assert_eq!(standing(&app, &competition.id).await.last().unwrap().0, "unsure");
    }
}

#[test]
fn wrong_settings_are_told_without_the_password() {
    for (url, from) in [
        ("http://user:geheim@host", "a@example.org"),
        ("smtp://user:geheim@host:port", "a@example.org"),
        ("smtp://user:geheim@host", "nobody"),
    ] {
        let wrong = Mailer::new(url, from).map(drop).unwrap_err();
        assert!(!wrong.contains("geheim"), "{wrong}");
    }
}
