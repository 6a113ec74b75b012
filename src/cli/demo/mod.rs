//! `qianglian demo`: four competitions of fictional figures on real regions and chains, made by the same acts as over HTTP.

mod cases;
mod figures;
mod filing;
mod open;
mod people;
mod walk;

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use self::people::{PASSWORD, People};
use self::walk::Walk;
use super::failure::{Doing, failed};
use super::serve::{claim, close_stages, listen, open, read_ahead};
use super::stop::Stop;
use crate::actions::login::{self, LogIn};
use crate::actions::panels::{self, SeatView};
use crate::actions::{RequestContext, Service, competitions, data};
use crate::clock::Clock;
use crate::config::DemoOptions;
use crate::domain::competition::CompetitionState;
use crate::domain::draw::SeatState;
use crate::error::{Error, Result};
use crate::http::{self, Manners};

/// When the demonstration's present begins: the second competition is on notice, the third is being scored, the fourth takes
/// applications.
const PRESENT: &str = "2026-07-03T10:00:00+08:00";

pub(super) fn run(options: &DemoOptions) -> Result<()> {
    actix_web::rt::System::new().block_on(demo(options))
}

fn time(text: &str) -> Result<crate::domain::time::Timestamp> {
    text.parse().map_err(|_| Error::internal(format!("{text} is no time")))
}

async fn demo(options: &DemoOptions) -> Result<()> {
    keep_to_this_machine(options)?;
    let stop = Stop::listen()?;
    let place = options.data_options();
    let _claimed = if place.database_url.is_none() { Some(claim(place.directory())?) } else { None };
    let clock = Clock::simulated(time("2025-02-24T09:00:00+08:00")?, options.seed);
    let watch = Clock::stopwatch();
    let mut service = open(&place, clock.clone()).await?;
    service.letters_to_owners = false;
    let context = RequestContext::of_operator(&clock);
    data::mark_as_demonstration(&service).await?;
    let there = competitions::list(&service, &context, None, 1).await?;
    if there.items.is_empty() {
        let mut walk = Walk::new(&service, &clock, usize::from(options.scale)).await?;
        walk.all().await?;
        super::say(&format!(
            "演示数据已生成（用时{:.1}秒）；所有数字均为虚构 / Made in {:.1} s; every figure is fictional",
            watch.seconds(),
            watch.seconds()
        ))?;
    }
    clock.set(time(PRESENT)?);
    clock.run();
    let listener = if options.no_serve { None } else { Some(listen(options.listen, "--listen")?) };
    sign_ins(&service, options.sign_ins.as_deref()).await?;
    let Some((listener, address)) = listener else { return Ok(()) };
    let manners = Manners::new(false);
    let server = http::serve(service.clone(), listener, None, None, Vec::new(), manners.clone())?;
    super::say(&format!(
        "演示已启动（演示时间从{PRESENT}起）/ The demonstration serves at http://{address}/"
    ))?;
    close_stages(&service);
    read_ahead(&service);
    drop(service);
    stop.serve(server, manners, Duration::ZERO).await
}

/// Refuses to let others reach accounts whose password everybody knows, unless told to.
fn keep_to_this_machine(options: &DemoOptions) -> Result<()> {
    if options.listen.ip().is_loopback() {
        return Ok(());
    }
    if !options.allow_remote {
        return Err(Error::bad_request(
            "remote",
            "演示账号的密码人人知道，只能在本机监听；确需他人访问请加 --allow-remote",
            "Everybody knows the password of a demonstration, so it listens on this machine alone; say --allow-remote to let others reach it",
        ));
    }
    super::say(
        "注意：他人可访问本演示，账号的密码人人知道 / Others can reach this demonstration, whose password everybody knows",
    )?;
    Ok(())
}

/// Prints a sign-in for each role, and writes them to a file where one is wanted.
async fn sign_ins(service: &Service, file: Option<&Path>) -> Result<()> {
    super::say(&format!("密码 / password: {PASSWORD}"))?;
    let mut written = serde_json::Map::new();
    let expert = serving_expert(service).await?;
    let expert = ("expert", expert.as_str(), "评审组专家 / an expert of the panel");
    for (role, name, what) in People::SIGN_INS.into_iter().chain([expert]) {
        super::say(&format!("  {role:14} {name:16} {what}"))?;
        if file.is_some() {
            let context = RequestContext::of_operator(&service.clock);
            let request = LogIn { name: name.to_owned(), password: PASSWORD.to_owned() };
            let tokens = login::log_in(service, &context, request, "demo".to_owned()).await?.session()?;
            written.insert(
                role.to_owned(),
                json!({ "user": name, "password": PASSWORD, "token": tokens.access_token }),
            );
        }
    }
    let Some(path) = file else { return Ok(()) };
    write_private(path, &format!("{:#}\n", serde_json::Value::Object(written)))
        .map_err(|error| failed(Doing::Writing, path, &error))
}

/// The login name of an expert who serves on a panel of the competition that is being scored: the walkthrough's, or else another.
async fn serving_expert(service: &Service) -> Result<String> {
    let context = RequestContext::of_operator(&service.clock);
    let competitions = competitions::list(service, &context, None, 100).await?.items;
    let scoring = competitions.iter().find(|competition| competition.state == CompetitionState::Scoring);
    let scoring = scoring.ok_or_else(|| {
        Error::conflict(
            "no_demo",
            "该数据目录不是演示数据，请另选目录（--data）",
            "What is there is no demonstration; choose another directory (--data)",
        )
    })?;
    let panels = panels::list(service, &context, scoring.id).await?;
    let seats = panels.iter().flat_map(|panel| &panel.seats);
    let serving = seats.filter(|seat| seat.state == SeatState::Serving);
    let number = |seat: &SeatView| seat.name.strip_prefix(people::EXPERT_NAME)?.parse().ok();
    let numbers: Vec<usize> = serving.filter_map(number).collect();
    let known = numbers.iter().find(|number| **number == people::EXPERT_OF_THE_WALK);
    known
        .or(numbers.first())
        .copied()
        .map(people::expert)
        .ok_or_else(|| Error::internal("nobody serves on the panel"))
}

/// Writes a file that only its owner can read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}
