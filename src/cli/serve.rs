//! `serve`: opens what the service needs, and serves until told to stop.

use std::fs::{self, File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::failure::{Doing, cannot_listen, failed};
use super::scratch::sweep;
use super::stop::Stop;
use crate::actions::doctor::BROKEN_OFF;
use crate::actions::health::ConfiguredView;
use crate::actions::login::set_up_code;
use crate::actions::{
    Hasher, Service, alarms, competitions, data, housekeeping, jumps, keys, letters, scans, webhooks,
};
use crate::clock::Clock;
use crate::config::{DATABASE, DataOptions, MailOptions, OidcOptions, S3Options, ServeOptions};
use crate::courier::Courier;
use crate::db::{BROKEN, Closed, Conn, Db, is_up_to_date, look_through};
use crate::domain::passkey::Site;
use crate::domain::problem::Message;
use crate::domain::values::Language;
use crate::error::{Error, Result};
use crate::files::{FileStore, Fonts, Scanner};
use crate::http::{self, Manners};
use crate::keys::Keys;
use crate::mail::{Mailer, is_exposed};
use crate::oidc::Platform;

/// How long an orderly end waits at most for the connections of the database.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

const SECOND: Duration = Duration::from_secs(1);
/// How often is cleaned up.
const HOUR: Duration = Duration::from_hours(1);

/// How long a start waits at most until the database has been looked through.
const LOOKED_FOR: Duration = Duration::from_secs(30);

/// Connections to PostgreSQL of commands that are not told how many.
pub(super) const CONNECTIONS: u16 = 8;

/// The code of a data directory that another process uses.
const LOCKED: &str = "locked";

/// A data directory that this process alone uses, for as long as the value lives.
pub(super) struct Claimed {
    _lock: File,
}

/// Makes the data directory, for its owner alone, and claims it: two processes on one SQLite file would not know of
/// each other's writes.
pub(super) fn claim(directory: &Path) -> Result<Claimed> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    if !directory.exists() {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|error| failed(Doing::Making, directory, &error))?;
    }
    let path = directory.join("lock");
    let lock = File::options().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(|error| failed(Doing::Opening, &path, &error))?;
    let _ = lock.set_permissions(fs::Permissions::from_mode(0o600));
    // Made here, the database is its owner's alone also where the directory, made
    // by somebody else, is not; SQLite gives its log the same mode.
    let database = directory.join(DATABASE);
    let made = File::options().create(true).append(true).mode(0o600).open(&database);
    made.map_err(|error| failed(Doing::Opening, &database, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(Claimed { _lock: lock }),
        Err(TryLockError::WouldBlock) => Err(Error::conflict(
            LOCKED,
            format!("数据目录 {} 正被另一进程使用", directory.display()),
            format!("The data directory {} is in use by another process", directory.display()),
        )),
        Err(TryLockError::Error(error)) => Err(failed(Doing::Locking, &path, &error)),
    }
}

/// Claims the data directory, or works beside the service that has it: then the tables must be this program's already. On
/// PostgreSQL there is nothing to claim.
pub(super) fn claim_or_join(data: &DataOptions) -> Result<Option<Claimed>> {
    if data.database_url.is_some() {
        return Ok(None);
    }
    match claim(data.directory()) {
        Err(error) if error.code == LOCKED => {
            if !is_up_to_date(&mut Conn::open(&data.address())?)? {
                return Err(Error::conflict(
                    "database_older",
                    "数据库结构需要更新，而另一进程正在使用它：请先停止服务，再运行 qianglian migrate",
                    "The tables have to be brought up to date, and another process uses them: stop the service, then run `qianglian migrate`",
                ));
            }
            Ok(None)
        }
        claimed => claimed.map(Some),
    }
}

/// The store of evidence: a bucket if one is named, else the data directory.
pub(super) fn open_store(s3: &S3Options, directory: &Path) -> Result<FileStore> {
    let settings = s3.s3_bucket.as_ref().and_then(|bucket| s3.settings(bucket, directory.join("spool")));
    let store = settings.map_or_else(|| FileStore::local(directory), FileStore::s3);
    Ok(store?)
}

/// Whether the data directory has an SQLite database.
pub(super) fn has_database(data: &DataOptions) -> bool {
    data.directory().join(DATABASE).is_file()
}

/// Refuses a data directory without an SQLite database.
pub(super) fn must_have_database(data: &DataOptions) -> Result<()> {
    let directory = data.directory();
    if has_database(data) {
        return Ok(());
    }
    Err(Error::bad_request(
        "no_data",
        format!("数据目录 {} 中没有数据库", directory.display()),
        format!("The data directory {} has no database", directory.display()),
    ))
}

/// Opens all that acts work with, evidence in the data directory, as commands need it that are told nothing else.
pub(super) async fn open(options: &DataOptions, clock: Clock) -> Result<Service> {
    open_with(options, CONNECTIONS, FileStore::local(options.directory())?, clock).await
}

/// The same, evidence in a bucket if one is named.
pub(super) async fn open_stored(options: &DataOptions, s3: &S3Options, clock: Clock) -> Result<Service> {
    open_with(options, CONNECTIONS, open_store(s3, options.directory())?, clock).await
}

async fn open_with(
    options: &DataOptions,
    connections: u16,
    files: FileStore,
    clock: Clock,
) -> Result<Service> {
    let db = Db::open(&options.address(), usize::from(connections))?;
    data::seed(&db, &clock).await?;
    let keys = keys::open(&db, &clock, options.key_source()).await?;
    let hasher = Hasher::new(&clock);
    Ok(Service::new(db, clock, Arc::new(files), hasher, keys))
}

/// Two threads a core wait for the disk, or for PostgreSQL, while others work.
fn database_threads(options: &ServeOptions) -> u16 {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let enough = || u16::try_from(2 * cores).unwrap_or(u16::MAX).clamp(CONNECTIONS, 64);
    options.database_threads.unwrap_or_else(enough)
}

/// Runs `serve`; `notes` are what the log is told first.
pub(super) fn run(options: &ServeOptions, notes: &[Message]) -> Result<()> {
    let filter = options.log.filter();
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    for note in notes {
        tracing::warn!("{}", note.in_language(Language::English));
    }
    // Tasks and the server's workers have handles of the database until the runtime has gone.
    let closed = actix_web::rt::System::new().block_on(serve(options))?;
    closed.wait(CLOSED_WITHIN);
    Ok(())
}

async fn serve(options: &ServeOptions) -> Result<Closed> {
    let stop = Stop::listen()?;
    let manners =
        Manners::new(options.hsts).with_workers(options.workers).with_sites(options.allow_origins.clone());
    let mailer = mailer(&options.mail)?;
    options.s3.must_name_a_bucket()?;
    // PostgreSQL is shared by several processes, and so may the directory be that holds their uploads for a moment.
    let claimed =
        if options.data.database_url.is_none() { Some(claim(options.data.directory())?) } else { None };
    sweep_left(options.data.directory());
    if claimed.is_some() && was_left_open(options.data.directory()) {
        look_through_first(&options.data)?;
    }
    let clock = Clock::machine();
    let files = open_store(&options.s3, options.data.directory())?;
    let mut service = open_with(&options.data, database_threads(options), files, clock.clone()).await?;
    service.configured = Arc::new(configured(options));
    if let Some(address) = &options.scanner {
        service.scanning.set(Scanner::new(address.clone()));
    }
    service.fonts = Arc::new(Fonts::new(options.fonts.clone()));
    tell_fonts(Arc::clone(&service.fonts));
    service.quotas = options.public.quotas();
    service.letters_to_owners = mailer.is_some();
    service.platform = platform(options, &clock)?;
    service.site = site(&options.oidc);
    service.protection = options.protection();
    service.courier = Courier::new(options.webhook_networks.clone());
    jumps::begin(&service).await?;
    // Where this process alone uses the directory, nobody is writing what it finds there.
    let kept = if claimed.is_some() { Duration::ZERO } else { BROKEN_OFF };
    service.files.sweep_spool(clock.now().into(), kept).await?;
    refuse_a_demonstration(&service, options.allow_demonstration).await?;
    if stop.is_told() {
        tracing::info!("told to stop before it served");
        return Ok(service.db.closed());
    }
    let (listener, address) = listen(options.listen, "--listen")?;
    let metrics = options.metrics_listen.map(|address| listen(address, "--metrics-listen")).transpose()?;
    if let Some(code) = set_up_code(&service).await? {
        printed(super::say(&format!(
            "首位管理员的一次性设置码（24小时内有效）/ One-time set-up code for the first administrator (24 hours), for the page /set-up:\n  {code}"
        )));
    }
    let (metrics, told_at) = metrics.unzip();
    let proxies = options.trusted_proxies.clone();
    let server = http::serve(service.clone(), listener, metrics, options.rate(), proxies, manners.clone())?;
    printed(super::say(&format!("强链已启动 / Qianglian serves at http://{address}/")));
    if let Some(address) = told_at {
        printed(super::say(&format!("指标 / Metrics at http://{address}/metrics")));
    }
    begin(&service, mailer);
    stop.serve(server, manners, Duration::from_secs(options.drain.into())).await?;
    let closed = service.db.closed();
    drop(service);
    drop(claimed);
    Ok(closed)
}

/// Whether the process before did not end by itself: SQLite removes its log when the last connection is closed.
fn was_left_open(directory: &Path) -> bool {
    directory.join(format!("{DATABASE}-wal")).exists()
}

/// Looks through the database before it is served. A large one is served meanwhile after a while; if it turns out not to
/// be whole, the service stops.
fn look_through_first(data: &DataOptions) -> Result<()> {
    let address = data.address();
    let watch = Clock::stopwatch();
    tracing::info!("the service before did not end by itself; looking through the database");
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let outcome = look_through(&address);
        tracing::info!(seconds = watch.seconds(), whole = outcome.is_ok(), "looked through the database");
        if let Err(mpsc::SendError(Err(error))) = tell.send(outcome) {
            tracing::error!(%error, "the database is not whole; stopping");
            std::process::exit(BROKEN);
        }
    });
    match told.recv_timeout(LOOKED_FOR) {
        Ok(outcome) => outcome,
        Err(_) => {
            tracing::warn!("the database is large: it is served while it is looked through");
            Ok(())
        }
    }
}

/// A service goes on though nobody can be told of it: its standard output may be a full disk.
fn printed(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "standard output can't be written");
    }
}

/// Removes what commands made in the data directory and left when they were interrupted.
fn sweep_left(directory: &Path) {
    for prefix in [super::export::COPY, super::backup::MAKING, super::restore::MAKING] {
        sweep(directory, prefix);
    }
}

/// Binds an address that an option gives: the listener, with the port that it got.
pub(super) fn listen(address: SocketAddr, option: &str) -> Result<(TcpListener, SocketAddr)> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| cannot_listen(address, option, &error))
}

/// A demonstration's accounts have one password, which is printed in the manual.
async fn refuse_a_demonstration(service: &Service, allowed: bool) -> Result<()> {
    if !data::is_demonstration(service).await? {
        return Ok(());
    }
    if !allowed {
        return Err(Error::conflict(
            "demonstration",
            "这是演示数据，人人知道其账号的密码：请另选数据目录，确需如此请加 --allow-demonstration",
            "These are a demonstration's data, whose password everybody knows: choose other data, or say --allow-demonstration",
        ));
    }
    tracing::warn!("these are a demonstration's data: everybody knows the password of its accounts");
    Ok(())
}

/// Says in the log what PDF documents are set in, without keeping the service from starting.
fn tell_fonts(fonts: Arc<Fonts>) {
    std::thread::spawn(move || {
        if fonts.must_have_chinese().is_err() {
            tracing::warn!(
                "no font has Chinese, so there are no PDF documents: install fonts-noto-cjk, or name a directory by --fonts"
            );
            return;
        }
        for (part, font) in fonts.chosen() {
            tracing::info!(part, font, "PDF documents are set in");
        }
    });
}

/// What of the options is shown to administrators.
fn configured(options: &ServeOptions) -> ConfiguredView {
    ConfiguredView {
        mail_from: options.mail.smtp_url.as_ref().and(options.mail.mail_from.clone()),
        requests_per_second: options.rate().map(NonZeroU32::get),
        trusted_proxies: options.trusted_proxies.iter().map(ToString::to_string).collect(),
        log: Some(options.log.to_string()),
    }
}

fn platform(options: &ServeOptions, clock: &Clock) -> Result<Option<Platform>> {
    let Some(settings) = options.oidc.settings() else { return Ok(None) };
    Platform::new(settings, clock).map(Some).map_err(|wrong| {
        Error::bad_request(
            "oidc",
            format!("统一认证平台的设置无效：{wrong}"),
            format!("The settings of the platform are wrong: {wrong}"),
        )
    })
}

/// The site that passkeys are for.
fn site(options: &OidcOptions) -> Option<Arc<Site>> {
    let address = options.public_url.as_ref()?;
    let site = Site::at(address).map(Arc::new);
    if site.is_none() {
        tracing::warn!(address, "no passkeys: they need a host name, and https but for localhost");
    }
    site
}

fn mailer(options: &MailOptions) -> Result<Option<Mailer>> {
    let (Some(url), Some(from)) = (&options.smtp_url, &options.mail_from) else { return Ok(None) };
    if is_exposed(url) && !options.smtp_plain {
        return Err(Error::bad_request(
            "mail",
            "邮件服务器在另一台主机上而未加密：请用 smtps:// 或 ?tls=required，确需如此请加 --smtp-plain",
            "The mail server is on another machine and not encrypted: use smtps:// or ?tls=required, or say --smtp-plain",
        ));
    }
    Mailer::new(url, from).map(Some).map_err(|wrong| {
        Error::bad_request(
            "mail",
            format!("邮件设置无效：{wrong}"),
            format!("The mail settings are wrong: {wrong}"),
        )
    })
}

/// Begins all that goes on in the background. Each part by itself: where one fails, the others go on.
fn begin(service: &Service, mailer: Option<Mailer>) {
    let own = service.clone();
    go_on(service, "clock", SECOND, async move || jumps::look(&own).await);
    close_stages(service);
    read_ahead(service);
    let own = service.clone();
    go_on(service, "cleanup", HOUR, async move || housekeeping::tidy_up(&own).await);
    let own = service.clone();
    let scanning = async move || scans::keep_scanning(own.clone()).await;
    keep(service, "scanning", scanning);
    let own = service.clone();
    keep(service, webhooks::NAME, async move || webhooks::keep_delivering(own.clone()).await);
    let keys = service.keys.clone();
    let reread_every = keys.reread_every();
    go_on(service, "keys", reread_every, async move || reread(keys.clone()).await);
    if let Some(mailer) = mailer {
        let own = service.clone();
        go_on(service, "letters", SECOND, async move || deliver(&own, &mailer).await);
    }
}

/// Does something now and again after each period.
fn go_on<T: 'static>(
    service: &Service,
    name: &'static str,
    period: Duration,
    round: impl AsyncFn() -> Result<T> + 'static,
) {
    let (loops, clock) = (service.loops.clone(), service.clock.clone());
    actix_web::rt::spawn(async move { loops.every(name, period, &clock, round).await });
}

/// Does something that goes on by itself.
fn keep(service: &Service, name: &'static str, work: impl AsyncFn() + 'static) {
    let (loops, clock) = (service.loops.clone(), service.clock.clone());
    actix_web::rt::spawn(async move { loops.keep(name, &clock, work).await });
}

/// Hands the letters that wait to the mail server, one at a time.
async fn deliver(service: &Service, mailer: &Mailer) -> Result<()> {
    while letters::deliver_next(service, mailer).await? {}
    Ok(())
}

/// Reads the keys again, so that a new one signs without a restart; those read before stay where that fails.
async fn reread(keys: Keys) -> Result<()> {
    let read = actix_web::rt::task::spawn_blocking(move || keys.reread()).await;
    if read.map_err(|error| Error::internal(error.to_string()))?? {
        tracing::info!("the signing keys have changed");
    }
    Ok(())
}

/// Closes stages whose deadline is over, every second.
pub(super) fn close_stages(service: &Service) {
    let own = service.clone();
    go_on(service, competitions::CLOSING, SECOND, async move || competitions::close_what_is_due(&own).await);
}

/// Reads what would else make the first who ask wait.
pub(super) fn read_ahead(service: &Service) {
    let own = service.clone();
    let read = async move || {
        if let Err(error) = alarms::read_ahead(&own).await {
            tracing::error!(%error, "nothing could be read ahead");
        }
    };
    keep(service, "read_ahead", read);
}
