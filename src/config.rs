//! How the service is set up: command-line options and environment variables, read here and nowhere else.

mod environment;
mod log;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use ipnet::IpNet;

pub use environment::{Environment, language_asked};
pub use log::LogFilter;

use crate::actions::quotas::Quotas;
use crate::actions::second_factor::Protection;
use crate::db::Address;
use crate::error::{Error, Result};
use crate::files::{S3Settings, ScannerAddress};
use crate::keys::KeySource;
use crate::oidc;

/// The name of the SQLite database in a data directory.
pub const DATABASE: &str = "qianglian.db";

/// The name of the file of keys in a data directory.
const KEYS: &str = "keys.json";

/// Where data is kept: needed by every command that touches it.
#[derive(Args, Clone)]
pub struct DataOptions {
    /// 数据目录：SQLite 数据库和佐证材料 / Data directory: the SQLite database and the evidence
    #[arg(long = "data", env = "QIANGLIAN_DATA", default_value = "qianglian-data", value_name = "DIR")]
    pub data: PathBuf,
    /// PostgreSQL 地址；不设则使用数据目录中的 SQLite / PostgreSQL address; without it SQLite in the data directory
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// 密钥文件（仅属主可读），默认为数据目录中的 keys.json；同一数据库的各进程须用同一份 / File of keys, readable by its owner
    /// alone; by default keys.json in the data directory. All processes on one database need the same
    #[arg(long, env = "QIANGLIAN_KEYS", value_name = "FILE", conflicts_with = "keys_command")]
    pub keys: Option<PathBuf>,
    /// 打印密钥（内容同密钥文件）的命令 / Command that prints what such a file holds
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_KEYS_COMMAND", value_name = "CMD", hide_env_values = true)]
    pub keys_command: Option<String>,
}

/// An S3-compatible store for evidence, instead of the data directory.
#[derive(Args, Clone)]
pub struct S3Options {
    /// S3 兼容存储的桶；不设则存于数据目录 / Bucket of an S3-compatible store; without it files go to the data directory
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_S3_BUCKET", value_name = "NAME", requires_all = ["s3_endpoint", "s3_access_key_id", "s3_secret_access_key"])]
    pub s3_bucket: Option<String>,
    /// 存储地址 / Its address
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// 区域 / Its region
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// 访问键标识 / Access key id
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_S3_ACCESS_KEY_ID", hide_env_values = true)]
    pub s3_access_key_id: Option<String>,
    /// 访问密钥（仅从环境变量读取更安全）/ Secret access key (safer from the environment)
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub s3_secret_access_key: Option<String>,
}

impl DataOptions {
    /// The database.
    pub fn address(&self) -> Address {
        match &self.database_url {
            Some(url) => Address::Postgres(url.clone()),
            None => Address::Sqlite(self.data.join(DATABASE).to_string_lossy().into_owned()),
        }
    }

    /// Where keys are.
    pub fn key_source(&self) -> KeySource {
        match (&self.keys_command, &self.keys) {
            (Some(command), _) => KeySource::Command(command.clone()),
            (None, Some(path)) => KeySource::File(path.clone()),
            (None, None) => KeySource::File(self.data.join(KEYS)),
        }
    }

    /// A copy of the SQLite database in another directory, with the keys of this one.
    #[must_use]
    pub fn moved_to(&self, data: PathBuf) -> Self {
        let keys = self.keys.clone().or_else(|| Some(self.data.join(KEYS)));
        Self { data, database_url: None, keys, keys_command: self.keys_command.clone() }
    }

    pub fn directory(&self) -> &Path {
        &self.data
    }
}

/// Where the machine keeps what is needed for a moment.
pub fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

/// The address and the command may hold a password.
impl fmt::Debug for DataOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DataOptions")
            .field("data", &self.data)
            .field("postgres", &self.database_url.is_some())
            .field("keys", &self.key_source())
            .finish_non_exhaustive()
    }
}

impl S3Options {
    /// Refuses half of a store: with a bucket's name forgotten, evidence would go to the data directory.
    ///
    /// # Errors
    /// If something of a store is told, and no bucket.
    pub fn must_name_a_bucket(&self) -> Result<()> {
        let half = [&self.s3_endpoint, &self.s3_access_key_id, &self.s3_secret_access_key];
        if self.s3_bucket.is_some() || half.iter().all(|told| told.is_none()) {
            return Ok(());
        }
        Err(Error::bad_request(
            "s3",
            "设置了 S3 存储的地址或密钥，但没有桶：请加 --s3-bucket（QIANGLIAN_S3_BUCKET），或去掉其余 S3 设置",
            "An S3 store's address or keys are set, but no bucket: add --s3-bucket (QIANGLIAN_S3_BUCKET), or remove them",
        ))
    }

    /// How to reach a bucket, where address and keys are given.
    pub fn settings(&self, bucket: &str, spool_directory: PathBuf) -> Option<S3Settings> {
        let endpoint = self.s3_endpoint.clone()?;
        Some(S3Settings {
            allow_http: endpoint.starts_with("http://"),
            endpoint,
            region: self.s3_region.clone(),
            bucket: bucket.to_owned(),
            access_key_id: self.s3_access_key_id.clone()?,
            secret_access_key: self.s3_secret_access_key.clone()?,
            spool_directory,
        })
    }
}

/// Keys are not told.
impl fmt::Debug for S3Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("S3Options").field("s3_bucket", &self.s3_bucket).finish_non_exhaustive()
    }
}

/// A mail server for notices and reminders.
#[derive(Args, Clone)]
pub struct MailOptions {
    /// 邮件服务器，如 `smtps://用户:密码@主机` 或 `smtp://主机:587?tls=required`；不设则信件只排队 / Mail server; without it
    /// letters only wait
    #[arg(
        long,
        value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        requires = "mail_from"
    )]
    pub smtp_url: Option<String>,
    /// 发件人 / Who letters come from
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), env = "QIANGLIAN_MAIL_FROM", value_name = "ADDRESS", requires = "smtp_url")]
    pub mail_from: Option<String>,
    /// 允许不加密地发往其他主机的邮件服务器 / Hand letters to a server on another machine without encryption
    #[arg(long, env = "QIANGLIAN_SMTP_PLAIN")]
    pub smtp_plain: bool,
}

/// A platform by which people may sign in (`OpenID` Connect).
#[derive(Args, Clone)]
pub struct OidcOptions {
    /// 统一认证平台的 issuer；不设则只用密码登录 / Issuer of a platform by which people may sign in; without it by password alone
    #[arg(long, env = "QIANGLIAN_OIDC_ISSUER", value_name = "URL", requires_all = ["oidc_client_id", "oidc_client_secret", "oidc_name", "public_url"])]
    pub oidc_issuer: Option<String>,
    /// 在平台登记的客户端标识 / How the platform knows this service
    #[arg(long, env = "QIANGLIAN_OIDC_CLIENT_ID", value_name = "ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// 客户端密钥（仅从环境变量读取更安全）/ Its secret (safer from the environment)
    #[arg(
        long,
        env = "QIANGLIAN_OIDC_CLIENT_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        requires = "oidc_issuer"
    )]
    pub oidc_client_secret: Option<String>,
    /// 平台名称，显示在登录页 / Name of the platform, for the page of signing in
    #[arg(long, env = "QIANGLIAN_OIDC_NAME", value_name = "NAME", requires = "oidc_issuer")]
    pub oidc_name: Option<String>,
    /// 浏览器访问本服务的地址，如 `https://qianglian.example.org`；设置后可用通行密钥 / Address by which browsers reach this service;
    /// with it there are passkeys
    #[arg(long, env = "QIANGLIAN_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
}

impl OidcOptions {
    /// The platform, where one is told of.
    pub fn settings(&self) -> Option<oidc::Settings> {
        Some(oidc::Settings {
            issuer: self.oidc_issuer.clone()?,
            client_id: self.oidc_client_id.clone()?,
            client_secret: self.oidc_client_secret.clone()?,
            name: self.oidc_name.clone()?,
            public_url: self.public_url.clone()?,
        })
    }
}

/// The secret is not told.
impl fmt::Debug for OidcOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OidcOptions").field("oidc_issuer", &self.oidc_issuer).finish_non_exhaustive()
    }
}

/// The address may hold a password.
impl fmt::Debug for MailOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MailOptions")
            .field("smtp", &self.smtp_url.is_some())
            .field("from", &self.mail_from)
            .field("plain", &self.smtp_plain)
            .finish()
    }
}

/// What the public may take without logging in.
#[derive(Args, Clone, Debug)]
pub struct PublicOptions {
    /// 每个来源（IPv4 地址或 IPv6 /64）每天可提异议和线索数 / Objections and leads a day from one source, an IPv4 address or an
    /// IPv6 /64
    #[arg(long, env = "QIANGLIAN_PUBLIC_FILINGS_SOURCE", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    pub public_filings_source: u32,
    /// 每天异议总数上限，线索另计同数 / Objections a day in all, and as many leads
    #[arg(long, env = "QIANGLIAN_PUBLIC_FILINGS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..), value_name = "N")]
    pub public_filings: u32,
    /// 公众材料每天可占的存储 / Storage that the public's files may take a day
    #[arg(long, env = "QIANGLIAN_PUBLIC_FILES_DAY", default_value_t = 2048, value_name = "MIB")]
    pub public_files_day: u32,
    /// 公众材料总共可占的存储 / Storage that the public's files may take in all
    #[arg(long, env = "QIANGLIAN_PUBLIC_FILES", default_value_t = 20_480, value_name = "MIB")]
    pub public_files: u32,
}

impl PublicOptions {
    /// The quotas that they make.
    pub fn quotas(&self) -> Quotas {
        Quotas {
            filings_of_source: self.public_filings_source.into(),
            filings: self.public_filings.into(),
            bytes_a_day: i64::from(self.public_files_day) << 20,
            bytes: i64::from(self.public_files) << 20,
        }
    }
}

/// A demonstration.
#[derive(Args, Clone, Debug)]
pub struct DemoOptions {
    /// 数据目录；已有演示数据时直接启动服务 / Data directory; what is there already is served as it is
    #[arg(long, env = "QIANGLIAN_DEMO_DATA", default_value = "qianglian-demo", value_name = "DIR")]
    pub data: PathBuf,
    /// PostgreSQL 地址；不设则使用数据目录中的 SQLite / PostgreSQL address; without it SQLite in the data directory
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "URL")]
    pub database_url: Option<String>,
    /// 监听地址 / Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// 允许监听本机以外的地址：人人知道演示账号的密码 / Listen beyond this machine, though everybody knows the password
    #[arg(long)]
    pub allow_remote: bool,
    /// 随机种子：相同种子得到相同的演示数据 / Seed: the same seed makes the same demonstration
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// 已公布的一届（每件7份评分表）和评分中的一届的申报数 / Applications of the announced competition, seven sheets each, and of the
    /// one that is being scored
    #[arg(long, default_value_t = 42, value_parser = clap::value_parser!(u16).range(40..=1000), value_name = "N")]
    pub scale: u16,
    /// 只生成数据，不启动服务 / Make the data and stop
    #[arg(long)]
    pub no_serve: bool,
    /// 将各角色的登录信息写入 JSON 文件（仅本人可读）/ Write a sign-in for each role to a JSON file that only its owner reads
    #[arg(long, value_name = "FILE")]
    pub sign_ins: Option<PathBuf>,
}

impl DemoOptions {
    /// The same as options of data.
    pub fn data_options(&self) -> DataOptions {
        let (data, database_url) = (self.data.clone(), self.database_url.clone());
        DataOptions { data, database_url, keys: None, keys_command: None }
    }
}

/// Whether something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    /// 必须 / It must be there
    Required,
    /// 自愿 / Whoever wants to
    Optional,
}

/// How to serve.
#[derive(Args, Clone, Debug)]
pub struct ServeOptions {
    /// Where data is kept.
    #[command(flatten)]
    pub data: DataOptions,
    /// 查询数据库的线程数（SQLite 另有一个写入线程；PostgreSQL 每个线程一个连接）；不设则每个处理器核心两个，至少 8 个 / Threads that ask the
    /// database (SQLite: beside the one that writes; PostgreSQL: a connection each); two a core unless told, at least 8
    #[arg(long, env = "QIANGLIAN_DATABASE_THREADS", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub database_threads: Option<u16>,
    /// 处理请求的线程数；不设则每个处理器核心一个，至少 2 个 / Threads that handle requests; one a core unless told, at least 2
    #[arg(long, env = "QIANGLIAN_WORKERS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// The store of evidence.
    #[command(flatten)]
    pub s3: S3Options,
    /// 监听地址；端口为 0 时自动选择并打印 / Address to listen on; port 0 picks one and prints it
    #[arg(long, env = "QIANGLIAN_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// 每个来源地址每秒请求数上限，0 为不限 / Requests a second from one address; 0 for no limit
    #[arg(long, env = "QIANGLIAN_RATE", default_value_t = 200)]
    pub rate: u32,
    /// 只提供 /metrics 的监听地址；不设则不提供 / Address to listen on for /metrics alone; without it there are none
    #[arg(long, env = "QIANGLIAN_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    /// 仍以演示数据启动：人人知道其密码 / Serve though the data are a demonstration's, whose password everybody knows
    #[arg(long)]
    pub allow_demonstration: bool,
    /// 受信任的反向代理地址或网段，可多个；沿 X-Forwarded-For 自右向左，第一个不受信任者即来源 / Address or network (CIDR) of
    /// proxies that are trusted, as often as there are; the first in X-Forwarded-For, from the right, that is none of them
    /// is where a request comes from
    #[arg(
        long = "trusted-proxy",
        env = "QIANGLIAN_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "ADDRESS",
        value_parser = network
    )]
    pub trusted_proxies: Vec<IpNet>,
    /// 可用令牌从浏览器页面调用接口的其他网站，如 `https://portal.example.cn`，可多个；无须登录的内容任何网站都可读取 / Other sites whose pages
    /// may use the API with a token, such as `https://portal.example.cn`, as often as there are; what needs no sign-in any site reads
    #[arg(
        long = "allow-origin",
        env = "QIANGLIAN_ALLOW_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGIN",
        value_parser = origin
    )]
    pub allow_origins: Vec<String>,
    /// 办公室、纪检监督、管理员的两步验证：必须或自愿 / The second factor of the office, supervisors and administrators
    #[arg(long, env = "QIANGLIAN_SECOND_FACTOR", value_enum, default_value = "required")]
    pub second_factor: Wanted,
    /// What the public may take.
    #[command(flatten)]
    pub public: PublicOptions,
    /// The mail server.
    #[command(flatten)]
    pub mail: MailOptions,
    /// The platform by which people may sign in.
    #[command(flatten)]
    pub oidc: OidcOptions,
    /// 推送除互联网外还可发往的网段，可多个，如 `10.1.0.0/16`；含本机的（`127.0.0.0/8`）还允许 http，用于开发 / Networks beside the
    /// internet that webhooks may send to, as often as there are, such as `10.1.0.0/16`; with this machine's (`127.0.0.0/8`) also
    /// by http, for development
    #[arg(
        long = "webhook-network",
        env = "QIANGLIAN_WEBHOOK_NETWORKS",
        value_delimiter = ',',
        value_name = "NETWORK",
        value_parser = network
    )]
    pub webhook_networks: Vec<IpNet>,
    /// 安全扫描服务：`clamd:/run/clamav/clamd.ctl` 或 `clamd:127.0.0.1:3310`；不设则文件不经扫描即可打开 / Scanner for harmful
    /// files; without it files are opened unscanned
    #[arg(long, env = "QIANGLIAN_SCANNER", value_name = "clamd:…")]
    pub scanner: Option<ScannerAddress>,
    /// 另有字体的目录（优先于系统字体）：PDF 公文所用，如小标宋、仿宋 / Directory with fonts that PDF documents are set in, before
    /// the system's
    #[arg(long, env = "QIANGLIAN_FONTS", value_name = "DIR")]
    pub fonts: Option<PathBuf>,
    /// 收到停止信号后，/readyz 答 503 而仍受理请求的秒数；之后不再接受连接，未完成的请求最多再等20秒 / Seconds that it still
    /// takes requests once told to stop, while /readyz answers 503; then it takes none, and what is under way has 20 s more
    #[arg(long, env = "QIANGLIAN_DRAIN", default_value_t = 5, value_parser = clap::value_parser!(u16).range(..=3600), value_name = "SECONDS")]
    pub drain: u16,
    /// 告诉浏览器一年内只用 HTTPS 访问本域名及其子域名；只在 TLS 之后有意义 / Tell browsers to come by HTTPS alone for a year, to
    /// this host name and those below it; only behind TLS
    #[arg(long, env = "QIANGLIAN_HSTS")]
    pub hsts: bool,
    /// 日志级别：error、warn、info、debug、trace，可再加“模块=级别” / Level of the log, and `module=level` beside it
    #[arg(long, env = "QIANGLIAN_LOG", default_value = "info", value_name = "LEVEL")]
    pub log: LogFilter,
}

/// An address, or a network in CIDR notation.
fn network(text: &str) -> std::result::Result<IpNet, String> {
    let text = text.trim();
    let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>().ok().or_else(alone).ok_or_else(|| "an address or a network (CIDR)".to_owned())
}

/// A site as browsers tell it: scheme, host and, if it is another than the scheme's, port.
fn origin(text: &str) -> std::result::Result<String, String> {
    let text = text.trim();
    let told = reqwest::Url::parse(text).map(|address| address.origin().ascii_serialization());
    match told {
        Ok(told) if told == text => Ok(told),
        _ => Err("an origin such as https://portal.example.cn, without a path".to_owned()),
    }
}

impl ServeOptions {
    /// What is asked of those who sign in.
    pub fn protection(&self) -> Protection {
        Protection { second_factor_required: self.second_factor == Wanted::Required, fresh_proof: true }
    }

    /// The limit of requests, if there is one.
    pub fn rate(&self) -> Option<NonZeroU32> {
        NonZeroU32::new(self.rate)
    }
}
