//! The service's health, and what it was started with.

use super::super::prelude::*;
use crate::actions::health::{self, ConfiguredView, DatabaseKind, FilesPlace, HealthView};
use crate::domain::letter::LetterState;
use crate::http::pages::words::size;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/health", Action::ReadHealth, show)]
}

fn bytes(count: Option<u64>) -> Option<String> {
    count.map(|count| size(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn letters(health: &HealthView, state: LetterState) -> i64 {
    health.letters.get(&state).copied().unwrap_or(0)
}

/// What an administrator should see to.
pub(super) fn warnings(request: &PageRequest, health: &HealthView) -> Vec<Markup> {
    let mut found = Vec::new();
    let mut warn = |zh: String, en: String| {
        found.push(html! { p { (if request.is_chinese() { zh } else { en }) } });
    };
    if !health.clock.believed {
        warn(
            "服务器的时钟发生跳变，尚未确认：见“时钟”页。".to_owned(),
            "The machine's clock has jumped and is not confirmed: see the page of the clock.".to_owned(),
        );
    }
    if !health.file_store.ready {
        warn(
            "文件存储现在不能用：不能上传佐证材料。原因在日志中。".to_owned(),
            "Files can't be stored now: no evidence can be uploaded. The log says why.".to_owned(),
        );
    }
    if let (Some(free), Some(kept)) = (health.file_store.free, health.file_store.kept_free)
        && free < kept.saturating_mul(2)
    {
        let (free, kept) = (bytes(Some(free)).unwrap_or_default(), bytes(Some(kept)).unwrap_or_default());
        warn(
            format!("磁盘剩余{free}；少于{kept}时不再接收文件，请及时扩容。"),
            format!("{free} are left on the disk; below {kept} no file is taken in. Make room in time."),
        );
    }
    let scanner = &health.scanner;
    if scanner.address.is_some() && scanner.scanner_version.is_none() {
        warn(
            format!("安全扫描服务没有应答：{}个文件在等待，扫描之前任何人都不能打开。", scanner.pending),
            format!(
                "The scanner does not answer: {}, and nobody can open what waits.",
                count(scanner.pending, "file waits", "files wait")
            ),
        );
    }
    if scanner.stuck > 0 {
        warn(
            format!(
                "安全扫描对{}个文件没有结论，将再次扫描。原因在日志中；文件过大时请调高 StreamMaxLength。",
                scanner.stuck
            ),
            format!(
                "The scanner has no verdict on {} and will be asked again. The log says why; where a file is too large, raise StreamMaxLength.",
                count(scanner.stuck, "file", "files")
            ),
        );
    }
    if scanner.quarantined > 0 {
        warn(
            format!("安全扫描发现{}个有害文件，已隔离；纪检监督已收到预警。", scanner.quarantined),
            format!(
                "The scanner found {} quarantined; the supervisors are alarmed.",
                count(scanner.quarantined, "harmful file, which is", "harmful files, which are")
            ),
        );
    }
    let failed = letters(health, LetterState::Failed) + letters(health, LetterState::Unsure);
    if failed > 0 {
        warn(
            format!("{failed}封函件发送失败或不知是否送达：请办公室在各届“函件”页查看并重发。"),
            format!(
                "{} failed or perhaps not arrived: the office can look at what failed and send it again on a competition's page of letters.",
                count(failed, "letter has", "letters have")
            ),
        );
    }
    let queued = letters(health, LetterState::Queued);
    if queued > 0 && health.configured.mail_from.is_none() {
        warn(
            format!("{queued}封函件等待发送，但未配置邮件服务器，函件只排队不发出。"),
            format!(
                "No mail server is named: {} where it is queued.",
                count(queued, "letter stays", "letters stay")
            ),
        );
    }
    found
}

fn letter_words(request: &PageRequest, state: LetterState) -> &'static str {
    let (zh, en) = match state {
        LetterState::Queued => ("待发送", "To be sent"),
        LetterState::Sending => ("发送中", "Being sent"),
        LetterState::Sent => ("已送交邮件服务器", "Taken by the mail server"),
        LetterState::Failed => ("失败", "Failed"),
        LetterState::Unsure => ("不知是否送达", "Nobody knows"),
    };
    request.t(zh, en)
}

async fn show(request: Rc<PageRequest>) -> Result<Page> {
    let health = health::read(&request.service, &request.context).await?;
    let warnings = warnings(&request, &health);
    let content = html! {
        @if warnings.is_empty() {
            (notice(Tone::Good, &html! { p { (request.t("一切正常。", "All is in order.")) } }))
        }
        @for warning in &warnings { (notice(Tone::Warning, warning)) }
        (facts(&[
            (request.t("程序版本", "Version"), html! { (health.program_version) }),
            (request.t("服务时间", "Time"), html! {
                (request.time(health.at)) " " a href=(request.link("/clock")) { (request.t("时钟", "The clock")) }
            }),
        ]))
        (database(&request, &health))
        (files(&request, &health))
        h2 { (request.t("函件", "Letters")) }
        (letter_table(&request, &health))
        (configured(&request, &health.configured))
        h2 { (request.t("供监控程序使用", "For programs that watch")) }
        ul {
            li { a href="/healthz" { code { "/healthz" } } (request.t("：进程在运行", ": the process runs")) }
            li { a href="/readyz" { code { "/readyz" } } (request.t("：数据库应答、文件可存", ": the database answers and files can be stored")) }
            li { code { "/metrics" } (request.t("：Prometheus 指标，在 --metrics-listen 的地址", ": metrics for Prometheus, at the address of --metrics-listen")) }
        }
    };
    Ok(Page::new(request.t("运行状况", "Health"), content).data("/api/v1/health"))
}

fn database(request: &PageRequest, health: &HealthView) -> Markup {
    let database = &health.database;
    let kind = match database.kind {
        DatabaseKind::Sqlite => request.t("SQLite（数据目录内）", "SQLite, in the data directory"),
        DatabaseKind::Postgres => "PostgreSQL",
    };
    html! {
        h2 { (request.t("数据库", "Database")) }
        (facts(&[
            (request.t("状态", "State"), tag(request.t("应答正常", "Answers"), Tone::Good)),
            (request.t("种类", "Kind"), html! { (kind) }),
            (request.t("启动以来的事务", "Transactions since the start"), html! { (database.committed) }),
            (request.t("启动以来的语句", "Statements since the start"), html! { (database.statement_count) }),
            (request.t("正在排队的任务", "Jobs that wait"), html! { (database.waiting) }),
        ]))
    }
}

fn files(request: &PageRequest, health: &HealthView) -> Markup {
    let files = &health.file_store;
    let place = match files.store {
        FilesPlace::Folder => request.t("数据目录", "The data directory"),
        FilesPlace::Bucket => request.t(
            "S3 兼容存储；上传时暂存于数据目录",
            "An S3-compatible store; uploads pass through the data directory",
        ),
    };
    let state = if files.ready {
        tag(request.t("可以存取", "Ready"), Tone::Good)
    } else {
        tag(request.t("不能用", "Not ready"), Tone::Bad)
    };
    let unknown = || request.t("磁盘未告知", "The disk does not say").to_owned();
    html! {
        h2 { (request.t("文件", "Files")) }
        (facts(&[
            (request.t("状态", "State"), state),
            (request.t("位置", "Where"), html! { (place) }),
            (request.t("磁盘剩余", "Left on the disk"), html! { (bytes(files.free).unwrap_or_else(unknown)) }),
            (request.t("须保留", "Must stay free"), html! { (bytes(files.kept_free).unwrap_or_else(unknown)) }),
            (request.t("安全扫描", "Scanner"), html! { (scanner(request, health)) }),
        ]))
    }
}

fn scanner(request: &PageRequest, health: &HealthView) -> String {
    let scanner = &health.scanner;
    let Some(address) = &scanner.address else {
        let none = request.t(
            "未配置：文件不经扫描即可打开（见 --scanner）",
            "None is set up: files are opened unscanned (see --scanner)",
        );
        return none.to_owned();
    };
    let version = scanner.scanner_version.as_deref().unwrap_or(request.t("没有应答", "no answer"));
    let pending = scanner.pending;
    request.either(
        format!("{address}（{version}），{pending}个文件等待扫描"),
        format!("{address} ({version}), {}", count(pending, "file waits", "files wait")),
    )
}

fn letter_table(request: &PageRequest, health: &HealthView) -> Markup {
    Table::new(request.t("各届函件合计", "Letters of all competitions"), LetterState::ALL)
        .head(request.t("状态", "State"), |state| letter_words(request, **state))
        .number(request.t("封数", "Letters"), |state| letters(health, **state))
        .scrolled()
        .render()
}

fn configured(request: &PageRequest, configured: &ConfiguredView) -> Markup {
    let rate = match configured.requests_per_second {
        Some(rate) => rate.to_string(),
        None => request.t("不限", "No limit").to_owned(),
    };
    let proxies = if configured.trusted_proxies.is_empty() {
        request.t("无", "None").to_owned()
    } else {
        configured.trusted_proxies.join(request.t("、", ", "))
    };
    let mail = configured.mail_from.as_deref();
    html! {
        h2 { (request.t("配置", "Settings")) }
        p.muted { (request.t("只读：由启动参数或环境变量设定，修改后须重新启动。", "Read only: set by options or the environment at the start; a change needs a restart.")) }
        (facts(&[
            (request.t("函件发件人", "Letters come from"), html! { (mail.unwrap_or(request.t("未配置邮件服务器，函件只排队", "No mail server is named; letters only wait"))) }),
            (request.t("每个来源地址每秒请求上限", "Requests a second from one address"), html! { (rate) }),
            (request.t("受信任的反向代理", "Trusted proxies"), html! { (proxies) }),
            (request.t("日志级别", "Level of the log"), html! { (configured.log.as_deref().unwrap_or(request.t("未设定", "Not set"))) }),
        ]))
    }
}
