//! The groups that operations are shown in.

use serde_json::{Value, json};

const TAGS: [(&str, &str, &str); 20] = [
    ("session", "登录与本人账号", "Signing in, and one's own account"),
    ("accounts", "账号与一次性链接码", "Accounts and one-time codes"),
    ("machines", "外部系统及其令牌", "External systems and their tokens"),
    ("webhooks", "向外部系统推送变更", "Telling external systems what changed"),
    (
        "data",
        "产业链与地区目录、工作日历",
        "The catalogue of chains and regions, the calendar of working days",
    ),
    ("clock", "服务的时钟", "The service's clock"),
    (
        "competitions",
        "竞赛：设置、阶段，以及整届的推荐、抽取、汇总、公示",
        "Competitions: settings, stages, and what is of a whole competition, such as lists, draws, tallies and notices",
    ),
    (
        "applications",
        "申报：内容、提交、审查、考察、评分表、得分",
        "Applications: content, submission, checks, inspection, score sheets, results",
    ),
    ("changes", "变更", "Changes"),
    ("evidence", "佐证材料", "Evidence"),
    ("experts", "专家库", "The expert pool"),
    ("rectifications", "考察中要求的整改", "What inspections order to be put right"),
    ("notices", "公示", "Notices"),
    ("objections", "异议", "Objections"),
    ("recheck-requests", "复核申请", "Re-check requests"),
    ("announcements", "公布", "Announcements"),
    ("titles", "称号", "Titles"),
    ("letters", "函件", "Letters"),
    ("health", "服务的运行情况", "How the service is"),
    ("audit", "审计记录", "The audit trail"),
];

pub(super) fn tags() -> Vec<Value> {
    TAGS.iter().map(|(name, zh, en)| json!({ "name": name, "description": format!("{zh} · {en}") })).collect()
}
